"""Datasets as people hand them in: what is usable is used, the rest is named."""

from pathlib import Path

import pytest

from tests.worker.training.made_dataset import make_dataset
from triage.errors import TrainingError
from worker.training.pictures import Dataset, limited, listed, readable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_dataset(tmp_path / "data", count=3)


def checked(source: Path) -> Dataset:
    dataset = listed(source)
    return readable(dataset, dataset.examples)


def test_a_folder_gives_every_split_and_class(folder: Path) -> None:
    dataset = checked(folder)
    assert dataset.counts() == {name: {"gun": 3, "not_gun": 3} for name in ("train", "validation", "test")}
    assert all((example.label == 1) == ("/gun/" in str(example.path)) for example in dataset.examples)


def test_an_unreadable_picture_is_named_and_left_out(folder: Path) -> None:
    (folder / "train" / "gun" / "bad.jpg").write_text("no picture")
    dataset = checked(folder)
    assert dataset.counts()["train"]["gun"] == 3
    (problem,) = dataset.problems
    assert "train/gun/bad.jpg: not a picture" in problem


def test_a_class_that_is_missing_or_all_broken_stops_the_training(folder: Path) -> None:
    for file in (folder / "validation" / "not_gun").iterdir():
        file.write_bytes(b"")
    with pytest.raises(TrainingError, match=r"class not_gun in split validation \(3 left out\)"):
        checked(folder)


@pytest.mark.parametrize("name", ["empty", "gone"])
def test_an_empty_or_missing_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(TrainingError):
        checked(tmp_path / name)


def test_a_manifest_names_missing_files_and_bad_rows(folder: Path) -> None:
    rows = [f"{path.relative_to(folder)},{path.parts[-2]},{path.parts[-3]}" for path in folder.rglob("*.png")]
    rows += ["gone.png,gun,train", "x.png,rifle,train", "x.png,gun,holdout"]
    manifest = folder / "pictures.csv"
    manifest.write_text("\n".join(["path,label,split", *rows]))
    dataset = checked(manifest)
    assert len(dataset.examples) == 18
    assert sorted(problem.rsplit("/", 1)[-1][:20] for problem in dataset.problems) == [
        "gone.png: cannot be ",
        "pictures.csv, line 2",
        "pictures.csv, line 2",
    ]


def test_a_manifest_without_the_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("file,class\n")
    with pytest.raises(TrainingError, match="lacks the columns label, path, split"):
        listed(tmp_path / "bad.csv")


def test_a_limit_keeps_so_many_of_each_and_the_same_ones_for_a_seed(folder: Path) -> None:
    dataset = listed(folder)
    few = limited(dataset, 2, seed=1)
    assert few.counts()["test"] == {"gun": 2, "not_gun": 2}
    assert few == limited(dataset, 2, seed=1)
    assert few != limited(dataset, 2, seed=2)
