"""`flagpost evaluate text` as people run it: real processes, real exit codes, the shipped model."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import flagpost
from tests.worker.evaluation.conftest import Altered

HAS_EXTRA = find_spec("matplotlib") is not None and find_spec("sklearn") is not None
needs_extra = pytest.mark.skipif(not HAS_EXTRA, reason="needs the train extra")
ROWS = """text,label,group,source,license
I will shoot you and your whole family tonight,1,threat,made,CC0
we should kill all of them at the mall tomorrow,1,incitement,made,CC0
Grandma's lemon cake again with blueberries,0,everyday,made,CC0
"finna kill it on stage tonight y'all, pull up",0,dialect,made,CC0
Muslims and Jews celebrated together in the park,0,everyday,made,CC0
"""


@pytest.fixture
def captions(tmp_path: Path) -> Path:
    path = tmp_path / "captions.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


@pytest.mark.train
@needs_extra
def test_tables_for_people_and_a_report(captions: Path, tmp_path: Path) -> None:
    done = flagpost("evaluate", "text", "--data", str(captions), "--report", str(tmp_path / "report"))
    assert done.returncode == 0, done.stderr
    assert "2 violent captions, 3 others" in done.stdout
    assert "dialect words" in done.stdout
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "names a group of people" in page
    assert "Grandma" not in page  # only mistakes are shown
    assert "<small>342.4 to 1000.0</small>" in page, "shares and intervals are both in 1,000"
    found = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert found["captions"] == {"not violent": 3, "violent": 2}
    assert sum(row["n"] for row in found["kinds"]) == 1, "a threat may be of any kind, an incitement not"
    assert "Kinds of threat" in page
    assert {path.name for path in (tmp_path / "report").glob("*.png")} == {
        "precision_recall.png", "roc.png", "confusion.png", "calibration.png", "histogram.png",
    }  # fmt: skip


@pytest.mark.train
@needs_extra
def test_json_for_machines_with_a_comparison_and_a_caption_without_words(
    captions: Path, altered: Altered
) -> None:
    with captions.open("a", encoding="utf-8") as file:
        file.write("\u200d,0,everyday,made,CC0\n")
    points = {"unsure": 0.99, "likely": 0.995, "strong": 0.999}
    other = altered("violence_text", version="other", operating_points=points)
    done = flagpost("evaluate", "text", "--data", str(captions), "--against", str(other), "--json")
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    assert found["comparison"]["against"]["version"] == "other"
    assert [row["label"] for row in found["comparison"]["better"]] == ["violent"] * 2
    assert "holds no words" in done.stderr


@pytest.mark.train
@needs_extra
def test_the_suite_is_run_alone_and_says_how_many_passed() -> None:
    done = flagpost("evaluate", "text", "--behaviour", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    shares = {row["name"]: row["share"] for row in found["functionalities"]}
    assert shares["direct-threat"] > 0.5
    assert shares["hunting-and-sport-shooting"] > 0.9
    assert found["passed"] == sum(round(row["share"] * row["n"]) for row in found["functionalities"])
    assert found["identity"]["mean"] < 0.1
    assert found["frames"] == 148
    assert all(row["high"] - row["low"] > 0.05 for row in found["functionalities"])


@pytest.mark.train
@needs_extra
def test_misuse_ends_with_two_and_says_what_to_do(captions: Path, tmp_path: Path, altered: Altered) -> None:
    (tmp_path / "bad.csv").write_text("caption,label\na,1\n", encoding="utf-8")
    for arguments, advice in (
        (("--data", str(tmp_path / "gone")), "Give --data a CSV file"),
        (("--behaviour", "--report", str(tmp_path / "report")), "give --data"),
        (("--data", str(tmp_path / "bad.csv")), "has no column 'text'"),
        (("--data", str(captions), "--artifact", str(altered("gun_image"))), "not for violence_text"),
    ):
        done = flagpost("evaluate", "text", *arguments)
        assert done.returncode == 2
        assert advice in " ".join(done.stderr.split())


def test_help_has_examples() -> None:
    assert "--against old/violence" in flagpost("evaluate", "text", "--help").stdout
