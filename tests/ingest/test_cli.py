import json
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import func, select

from tests.conftest import FLAGPOST, flagpost
from triage import models
from triage.db import session_scope

pytestmark = pytest.mark.usefixtures("toys")
KEYS = [
    "posts",
    "stored",
    "duplicates",
    "rejected",
    "deleted",
    "scored",
    "failed",
    "flagged",
    "pictures_read",
    "seconds",
]


def write(folder: Path, *lines: dict[str, Any] | str) -> Path:
    path = folder / "posts.jsonl"
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines))
    return path


def states() -> dict[str, int]:
    table = models.Post
    with session_scope() as session:
        rows = session.execute(select(table.state, func.count()).group_by(table.state))
        return {row[0]: row[1] for row in rows}


@pytest.mark.usefixtures("database")
def test_posts_go_all_the_way_and_standard_output_is_one_json_object(tmp_path: Path) -> None:
    posts = [{"id": n, "text": "toy-threat" if n % 10 == 0 else "hello"} for n in range(100)]
    done = flagpost("run", str(write(tmp_path, *posts)), "--json")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    figures = json.loads(line)
    assert list(figures) == KEYS
    assert figures.pop("seconds") > 0
    wanted = {"posts": 100, "stored": 100, "duplicates": 0, "rejected": 0, "deleted": 0}
    assert figures == wanted | {"scored": 100, "failed": 0, "flagged": 10, "pictures_read": 0}


@pytest.mark.usefixtures("database")
def test_rejected_lines_are_named_and_end_in_exit_code_1_and_a_second_run_finds_duplicates(
    tmp_path: Path,
) -> None:
    path = write(tmp_path, {"id": 1, "text": "hello"}, *["broken"] * 30)
    first = flagpost("run", str(path), "--source", "forum")
    assert first.returncode == 1
    assert f"{path}:2: rejected: not valid JSON" in first.stderr
    assert first.stderr.count("rejected: ") == 20
    assert "and 10 more" in first.stderr
    assert "flagpost run" in first.stdout
    figures = json.loads(flagpost("run", str(path), "--source", "forum", "--json").stdout)
    assert (figures["posts"], figures["stored"], figures["duplicates"], figures["rejected"]) == (31, 0, 1, 30)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing.jsonl"], "no file or folder"),
        (["posts.txt"], "of no known kind"),
        ([".", "--source", ""], "source's name"),
        ([], "Missing argument"),
    ],
)
def test_misuse_is_told_before_anything_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "posts.txt").touch()
    done = flagpost("run", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""


@pytest.mark.usefixtures("database")
def test_scores_that_take_too_long_are_reported_and_come_with_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, *({"id": n, "text": f"hello {n}"} for n in range(300)))
    monkeypatch.setenv("FLAGPOST_SCORERS", "tests.e2e.strange:SlowText")
    first = flagpost("run", str(path), "--json", "--timeout", "0")
    assert first.returncode == 3
    assert "still wait for their scores" in first.stderr
    assert json.loads(first.stdout)["stored"] == 300
    monkeypatch.setenv("FLAGPOST_SCORERS", "toy_text")
    figures = json.loads(flagpost("run", str(path), "--json").stdout)
    assert figures["duplicates"] == 300
    assert figures["scored"] > 0
    assert states() == {"scored": 300}


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_started_again_scores_every_post(tmp_path: Path, signum: signal.Signals) -> None:
    path = write(tmp_path, *({"id": n, "text": f"hello {n}"} for n in range(2000)))
    with subprocess.Popen(
        [FLAGPOST, "run", path], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as process:
        while not states():
            assert process.poll() is None
        parts = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signum)
        assert process.wait() in (-signum, 130)
    assert flagpost("run", str(path)).returncode == 0
    assert states() == {"scored": 2000}
    for part in parts:  # nobody can stop its parts after SIGKILL
        with suppress(psutil.NoSuchProcess):
            part.kill()
