"""Kept results are taken for the same question only."""

from pathlib import Path

import pytest

from triage.errors import TrainingError
from worker.training import kept

ASKED = {"epochs": 2, "data": Path("texts"), "sources": ("a", "b")}


def test_what_was_kept_is_read_again(tmp_path: Path) -> None:
    assert kept.read(tmp_path / "found.json", ASKED) is None
    kept.write(tmp_path / "found.json", ASKED, {"recall": 0.5})
    assert kept.read(tmp_path / "found.json", ASKED) == {"recall": 0.5}


def test_a_result_of_something_else_is_refused_by_name(tmp_path: Path) -> None:
    kept.write(tmp_path / "found.json", ASKED, {"recall": 0.5})
    with pytest.raises(TrainingError, match=r"found\.json is from a run with other data or options"):
        kept.read(tmp_path / "found.json", ASKED | {"epochs": 3})
