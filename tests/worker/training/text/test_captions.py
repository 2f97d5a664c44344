"""Datasets of captions: what is read, and what is refused with a word on what to do."""

import gzip
from pathlib import Path

import pytest

from triage.errors import TrainingError
from worker.training.text.captions import collect, read

GOOD = "text,label,group,source,license\nI will hurt you,1,threat,made,none\nnice cake,0,food,made,none\n"
NAMES = ("train", "validation", "test")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        (tmp_path / f"{name}.csv").write_text(GOOD, encoding="utf-8")
    return tmp_path


def test_a_folder_of_three_splits_is_read(folder: Path) -> None:
    corpus = collect(folder)
    assert corpus.train.texts == ("I will hurt you", "nice cake")
    assert corpus.test.labels.tolist() == [1, 0]
    assert corpus.validation.origins == (("made", "none"), ("made", "none"))
    assert corpus.synthetic is None


def test_synthetic_rows_are_learned_from_and_in_no_other_split(folder: Path) -> None:
    (folder / "synthetic.csv").write_text("text,label\nmade up,1\nmade down,0\n", encoding="utf-8")
    corpus = collect(folder)
    assert corpus.learned()["synthetic"].texts[-2:] == ("made up", "made down")
    assert list(corpus.learned(synthetic=False)) == ["train"]
    assert "made up" not in corpus.validation.texts + corpus.test.texts


def test_gzip_and_a_byte_order_mark_are_read_too(tmp_path: Path) -> None:
    path = tmp_path / "train.csv.gz"
    path.write_bytes(gzip.compress(GOOD.encode("utf-8-sig")))
    assert len(read(path).texts) == 2


def test_a_limit_keeps_both_labels(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    rows = "".join(f"caption {number},{int(number % 20 == 0)}\n" for number in range(200))
    path.write_text("text,label\n" + rows, encoding="utf-8")
    assert sorted(read(path, limit=4).labels.tolist()) == [0, 0, 0, 0, 1, 1, 1, 1]


def test_another_text_makes_another_dataset(folder: Path) -> None:
    before = collect(folder).digest()
    (folder / "train.csv").write_text(GOOD.replace("cake", "pie"), encoding="utf-8")
    assert collect(folder).digest() != before


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "has no column 'text': its first line must name text and label"),
        (b"caption,label\na,1\nb,0\n", "has no column 'text'"),
        (b"text\na\nb\n", "has no column 'label'"),
        (b"text,label\n", "needs rows of both labels"),
        (b"text,label\na,1\nb,1\n", "needs rows of both labels, 0 and 1; add the missing ones"),
        (b"text,label\na,1\nb,maybe\n", "line 3: needs a text and a label of 0 or 1"),
        (b"text,label\na,1\n ,0\n", "line 3: needs a text"),
        (b"text,label\na,1\nb\n", "line 3: needs a text and a label"),
        (b"text,label\n\xff\xfe,1\nb,0\n", "cannot be read.*Save it as CSV in UTF-8"),
        (b'text,label\n"never closed,1\nb,0\n', "cannot be read"),
    ],
)
def test_a_bad_file_is_named_with_the_remedy(folder: Path, content: bytes, problem: str) -> None:
    path = folder / "validation.csv"
    path.write_bytes(content)
    with pytest.raises(TrainingError, match=rf"validation\.csv.*{problem}"):
        collect(folder)


@pytest.mark.parametrize("cut", [slice(0, 30), slice(0, 0), slice(5, None)])
def test_a_broken_gzip_file_is_named(tmp_path: Path, cut: slice) -> None:
    path = tmp_path / "train.csv.gz"
    path.write_bytes(gzip.compress(GOOD.encode())[cut])
    with pytest.raises(TrainingError, match=r"train\.csv\.gz"):
        read(path)


def test_a_missing_split_is_named(folder: Path) -> None:
    (folder / "test.csv").unlink()
    with pytest.raises(TrainingError, match=r"holds no test\.csv or test\.csv\.gz\. Give --data"):
        collect(folder)
