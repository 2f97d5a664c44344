"""A report is a folder that needs nothing else, and says what was measured."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("matplotlib", reason="needs the train extra")

from tests.worker.evaluation.conftest import Altered
from worker.evaluation.image import report
from worker.evaluation.image.measure import evaluate
from worker.evaluation.image.summary import summarise

pytestmark = pytest.mark.train

NASTY = "<img src=x onerror=alert(1)>.png"


@pytest.fixture
def compared(data: Path, altered: Altered, tmp_path: Path) -> tuple[dict[str, Any], Path]:
    """A summary and a report on two artifacts, the second much stricter, and on a nasty file name."""
    (data / "test" / "gun" / "3.png").rename(data / "test" / "gun" / NASTY)
    strict = altered(version="strict", operating_points={"unsure": 0.999, "likely": 0.9999, "strong": 1})
    loose = altered(version="loose", operating_points={"unsure": 0, "likely": 0, "strong": 1})
    found = evaluate(data, strict, loose)
    summary = summarise(found)
    return summary, report.write(found, summary, tmp_path / "report")


def test_the_page_needs_nothing_from_outside(compared: tuple[dict[str, Any], Path]) -> None:
    page = compared[1].read_text()
    assert not re.search(r"https?://|<script|<link|@import|url\(", page)
    shown = re.findall(r'<img[^>]*? src="([^"]+)"', page)
    assert len(shown) == len(set(shown)) >= 8
    assert all((compared[1].parent / name).is_file() for name in shown)


def test_names_of_files_are_escaped(compared: tuple[dict[str, Any], Path]) -> None:
    page = compared[1].read_text()
    assert NASTY not in page
    assert "&lt;img src=x onerror=alert(1)&gt;.png" in page


def test_the_summary_comes_first_and_shows_what_was_measured(compared: tuple[dict[str, Any], Path]) -> None:
    summary, page = compared[0], compared[1].read_text()
    headings = re.findall("<h2>(.*?)</h2>", page)
    assert headings[:3] == ["In short", "Figures", "Against loose"]
    assert f"{summary['model']['figures']['roc_auc']['value']:.4f}" in page
    assert "12 pictures with a gun and 12 without" in page


def test_the_json_is_the_summary_without_anything_json_cannot_say(
    compared: tuple[dict[str, Any], Path],
) -> None:
    text = (compared[1].parent / "report.json").read_text()
    assert json.loads(text, parse_constant=pytest.fail) == compared[0]


def test_a_model_that_flags_nothing_against_one_that_flags_all(
    compared: tuple[dict[str, Any], Path],
) -> None:
    comparison = compared[0]["comparison"]
    assert comparison["differences"]["recall"] == {"value": -1, "low": -1, "high": -1}
    assert comparison["differences"]["roc_auc"]["value"] == 0
    assert {row["shows"] for row in comparison["better"]} == {"not_gun"}
    assert {row["shows"] for row in comparison["worse"]} == {"gun"}
    assert len(comparison["worse"]) == len(compared[0]["misses"]) == 12


def test_a_contact_sheet_keeps_the_label_and_the_probability_of_a_gun_apart() -> None:
    row = {"picture": "a.png", "shows": "not_gun", "probability": 0.8891}
    assert report._lines(row) == ("a.png", "label: not gun", "gun score: 0.889")
    assert report._lines(row | {"before": 0.5})[-1] == "gun score: 0.500 → 0.889"


def test_an_older_report_is_replaced_and_what_else_lies_there_stays(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    folder.mkdir()
    for name in ("better.png", "mine.png"):
        (folder / name).write_bytes(b"old")
    found = evaluate(data)
    page = report.write(found, summarise(found), folder).read_text()
    assert {path.name for path in folder.iterdir()} >= {"mine.png", "roc.png"}
    assert not (folder / "better.png").exists()
    assert "Got better" not in page
