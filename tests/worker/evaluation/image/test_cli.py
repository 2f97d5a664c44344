"""`flagpost evaluate image` as people run it: real processes, real exit codes."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import flagpost
from tests.worker.evaluation.conftest import Altered

HAS_EXTRA = find_spec("matplotlib") is not None and find_spec("sklearn") is not None
needs_extra = pytest.mark.skipif(not HAS_EXTRA, reason="needs the train extra")


@pytest.mark.train
@needs_extra
def test_tables_for_people_and_a_report(data: Path, tmp_path: Path) -> None:
    done = flagpost("evaluate", "image", "--data", str(data), "--report", str(tmp_path / "report"))
    assert done.returncode == 0, done.stderr
    assert "12 guns, 12 other pictures (split: test)" in done.stdout
    assert "false-positive rate" in done.stdout
    assert (tmp_path / "report" / "report.html").is_file()


@pytest.mark.train
@needs_extra
def test_json_for_machines_with_a_comparison_and_a_broken_picture(
    data: Path, altered: Altered, other_framing: dict[str, Any]
) -> None:
    (data / "test" / "gun" / "broken.jpg").write_text("no picture")
    other = altered(version="other", input=other_framing)
    done = flagpost("evaluate", "image", "--data", str(data), "--against", str(other), "--json")
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    assert found["pictures"] == {"not_gun": 12, "gun": 12}
    assert found["comparison"]["against"]["version"] == "other"
    assert len(found["unreadable"]) == 1
    assert "broken.jpg: not a picture" in done.stderr.replace("\n", "")


@pytest.mark.train
@needs_extra
def test_misuse_ends_with_two_and_says_what_to_do(data: Path, tmp_path: Path, altered: Altered) -> None:
    for arguments, advice in (
        (("--data", str(tmp_path / "gone")), "Give a dataset folder"),
        (("--data", str(data), "--artifact", str(altered(layout=0))), "Train it anew"),
        (("--data", str(data), "--split", "holdout"), "holdout"),
        (("--data", str(data), "--report", str(data / "test" / "gun" / "0.png" / "r")), "cannot write"),
    ):
        done = flagpost("evaluate", "image", *arguments)
        assert done.returncode == 2
        assert advice in " ".join(done.stderr.split())


@pytest.mark.skipif(HAS_EXTRA, reason="the train extra is installed")
def test_without_the_train_extra_it_says_how_to_get_it(data: Path) -> None:
    done = flagpost("evaluate", "image", "--data", str(data))
    assert done.returncode == 2
    assert "pip install 'flagpost[train]'" in " ".join(done.stderr.split())


def test_help_has_examples() -> None:
    assert "--against old/gun_image" in flagpost("evaluate", "image", "--help").stdout
