"""Configured sources: read only while approved, once or followed, with any adapter that is installed."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import func, select, text
from typer.testing import CliRunner

from ingest import follow, ingest_cli, sources, terms
from ingest.adapter import PAGE_POSTS
from ingest.run import Progress
from tests.conftest import ROOT, forget
from tests.ingest.test_source_cli import GIVEN, source
from triage import models
from triage.db import session_scope
from triage.errors import ConfigurationError, InputError, NotApproved

pytestmark = pytest.mark.usefixtures("database")


def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(content)
    monkeypatch.setenv("FLAGPOST_SOURCES", str(path))
    forget()


@pytest.fixture
def partner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configured source that is not approved yet: a file of posts."""
    posts = tmp_path / "posts.jsonl"
    posts.write_text("".join(json.dumps({"id": n, "text": "x"}) + "\n" for n in range(3)))
    configure(tmp_path, monkeypatch, f"[partner]\nadapter = 'files'\nevery = 0.05\npath = '{posts}'")
    return posts


@pytest.fixture
def tail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The adapter of the documentation, installed as another package's, and its file."""
    (code,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "docs" / "sources" / "README.md").read_text(), re.DOTALL
    )
    assert len(code.splitlines()) <= 45
    (tmp_path / "tail_example.py").write_text(code)
    metadata = tmp_path / "tail_example-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: tail-example\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[flagpost.adapters]\ntail = tail_example:from_options\n")
    monkeypatch.syspath_prepend(tmp_path)
    grown = tmp_path / "tips.txt"
    grown.write_text("")
    configure(tmp_path, monkeypatch, f"[tips]\nadapter = 'tail'\nevery = 0.05\npath = '{grown}'")
    source("approve", "tips", *GIVEN)
    return grown


def ids() -> list[str]:
    with session_scope() as session:
        return list(session.scalars(select(models.Post.external_id).order_by(models.Post.id)))


def once(name: str) -> int:
    return follow.read(sources.find(name), lambda _: None, Event()).stored


def audited() -> list[str]:
    with session_scope() as session:
        return list(session.scalars(select(models.AuditEntry.action).order_by(models.AuditEntry.id)))


def wait_until(holds: object, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_a_source_that_nobody_answers_for_is_not_even_opened(partner: Path) -> None:
    partner.unlink()
    with pytest.raises(NotApproved, match="flagpost source approve partner"):
        once("partner")
    assert audited() == ["source.refused"]


def test_an_approved_source_is_read_once_and_its_file_anew_the_next_time(partner: Path) -> None:
    source("approve", "partner", *GIVEN)
    assert (once("partner"), once("partner")) == (3, 0)
    assert ids() == ["0", "1", "2"]
    assert audited() == ["source.approved", "source.started", "source.read", "source.started"]


def test_what_a_reading_finds_again_is_neither_audited_nor_told_again(partner: Path) -> None:
    source("approve", "partner", *GIVEN)
    said = list[str]()

    def tell(progress: Progress) -> None:
        said.extend(progress.messages)

    def again(more: str) -> int:
        partner.write_text(partner.read_text() + more)
        before = audited().count("source.read")
        said.clear()
        follow.read(sources.find("partner"), tell, Event())
        return audited().count("source.read") - before

    assert (again("broken\n"), len(said)) == (1, 1)
    assert (again(""), said) == (0, [])
    assert (again("broken, too\n"), len(said)) == (1, 1)
    assert (again('{"id": "1", "deleted": true}\n'), said) == (1, [])
    assert (again(""), said) == (0, [])


def test_a_source_that_cannot_be_opened_has_not_started(
    partner: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(tmp_path, monkeypatch, "[partner]\nadapter = 'files'\npath = '.'\nwhat = 1")
    source("approve", "partner", *GIVEN)
    with pytest.raises(ConfigurationError):
        once("partner")
    assert audited() == ["source.approved"]


def test_a_source_stores_changes_and_deletes_its_own_posts_only(partner: Path) -> None:
    source("approve", "partner", *GIVEN)
    once("partner")
    at = "2026-11-21T08:00:00Z"
    lines = [
        {"id": "1", "deleted": True},
        {"id": "2", "text": "changed", "edited_at": at},
        {"id": "9", "source": "other", "text": "squatted"},
        {"id": "9", "source": "other", "deleted": True},
        {"id": "9", "source": "other", "text": "changed", "edited_at": at},
    ]
    partner.write_text("\n".join(json.dumps(line) for line in lines))
    summary = follow.read(sources.find("partner"), lambda _: None, Event())
    assert (summary.deleted, summary.stored, summary.rejected) == (1, 1, 3)
    with session_scope() as session:
        reasons = set(session.scalars(select(models.Rejection.reason)))
        assert set(session.scalars(select(models.Post.source))) == {"partner"}
    assert reasons == {"it names another source than partner, which is read"}


def test_a_live_source_goes_on_where_it_ended(tail: Path) -> None:
    tail.write_text("1\tone\n2\ttwo\nhalf a li")
    assert once("tips") == 2
    with tail.open("a") as file:
        file.write("ne\n3\tthree\n")
    assert once("tips") == 1
    assert ids() == ["1", "2", "3"]
    with session_scope() as session:
        (rejected,) = session.scalars(select(models.Rejection))
        assert "neither a caption" in rejected.reason


def test_a_followed_source_takes_what_comes_and_ends_when_its_approval_does(tail: Path) -> None:
    refused: list[NotApproved] = []

    def follow_it() -> None:
        try:
            follow.follow(sources.find("tips"), lambda _: None, Event())
        except NotApproved as error:
            refused.append(error)

    thread = Thread(target=follow_it, daemon=True)
    thread.start()
    for number in range(3):
        with tail.open("a") as file:
            file.write(f"{number}\tpost\n")
        wait_until(lambda number=number: len(ids()) == number + 1)
    source("withdraw", "tips", "--by", "Capt. R. Example", "--why", "ended")
    thread.join(20)
    assert "was withdrawn" in str(refused[0])
    tail.write_text("late\tpost\n")
    assert len(ids()) == 3


def test_a_withdrawn_approval_stops_a_reading_at_its_next_page(tail: Path) -> None:
    tail.write_text("".join(f"{number}\tpost\n" for number in range(600)))

    def withdraw(_progress: Progress) -> None:
        source("withdraw", "tips", "--by", "Capt. R. Example", "--why", "ended")

    with pytest.raises(NotApproved):
        follow.read(sources.find("tips"), withdraw, Event())
    assert len(ids()) == PAGE_POSTS
    source("approve", "tips", *GIVEN)
    assert once("tips") == 600 - PAGE_POSTS


def test_a_source_that_fails_is_tried_again_and_its_error_is_shown_until_it_goes_well(
    partner: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "backoff", lambda _failures: 0.05)
    source("approve", "partner", *GIVEN)
    content = partner.read_text()
    partner.unlink()
    stop, said = Event(), list[str]()

    def tell(progress: Progress) -> None:
        said.extend(progress.messages)

    thread = Thread(target=follow.follow, args=(sources.find("partner"), tell, stop), daemon=True)
    thread.start()
    wait_until(lambda: "There is no file" in source("status", "--json").stdout)
    partner.write_text(content)
    wait_until(lambda: len(ids()) == 3)
    wait_until(lambda: json.loads(source("status", "--json").stdout)[0]["error"] is None)
    stop.set()
    thread.join(20)
    assert not thread.is_alive()
    assert "Next attempt in 0 s." in said[0]


def status() -> dict[str, Any]:
    (row,) = json.loads(source("status", "--json").stdout)
    return dict(row)


def test_a_reading_that_fails_is_shown_and_does_not_make_the_one_before_younger(partner: Path) -> None:
    source("approve", "partner", *GIVEN)
    content = partner.read_text()
    partner.unlink()
    with pytest.raises(InputError):
        once("partner")
    assert (status()["lag_seconds"], "There is no file" in status()["error"]) == (None, True)
    partner.write_text(content)
    once("partner")
    assert (status()["lag_seconds"] is not None, status()["error"]) == (True, None)
    with session_scope() as session:
        session.execute(text("update checkpoints set read_at = now() - interval '1 hour'"))
    partner.unlink()
    with pytest.raises(InputError):
        once("partner")
    assert status()["lag_seconds"] >= 3600
    assert "There is no file" in status()["error"]


def test_a_source_whose_server_is_away_ends_the_command_with_3_and_is_shown_with_its_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("TIPS_PASSWORD", "secret")
    mailbox = f"host = 'localhost'\nport = {port}\nuser = 'tips'\npassword = {{ env = 'TIPS_PASSWORD' }}"
    configure(tmp_path, monkeypatch, f"[tips]\nadapter = 'imap'\n{mailbox}")
    source("approve", "tips", *GIVEN)
    command = [sys.executable, "-m", "triage", "ingest", "run", "tips"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert status()["error"].startswith("localhost")


@pytest.mark.parametrize("failures", [1, 2, 5, 1000])
def test_pauses_grow_with_jitter_and_have_an_end(failures: int) -> None:
    waits = [follow.backoff(failures) for _ in range(50)]
    most = min(follow.LONGEST_PAUSE, 2.0**failures if failures < 1000 else 1e9)
    assert all(most / 2 <= wait <= most for wait in waits)
    assert len(set(waits)) > 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("nonsense", "cannot be read"),
        ("partner = 5", "is no table"),
        ("[partner]", "adapter: Field required"),
        ("[partner]\nadapter = 'files'\nevery = 0", "every"),
        ("['']\nadapter = 'files'", "name"),
    ],
)
def test_a_wrong_file_of_sources_is_one_clear_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, reason: str
) -> None:
    configure(tmp_path, monkeypatch, content)
    with pytest.raises((ConfigurationError, InputError), match=reason):
        sources.configured()


@pytest.mark.usefixtures("tail")
@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ("adapter = 'files'", "opened: path: Field required"),
        ("adapter = 'files'\npath = '.'\nwhat = 1", "opened: what: Extra inputs are not permitted"),
        ("adapter = 'files'\npath = 7", "opened: path: Input is not a valid path"),
        ("adapter = 'feed'", "opened: url: Field required"),
        (
            "adapter = 'feed'\nurl = 'https://x.example'\npth = 1",
            "opened: pth: Extra inputs are not permitted",
        ),
        ("adapter = 'feed'\nurl = ['a']", "opened: url: Input should be a valid string"),
        ("adapter = 'nothing'", "opened: no adapter 'nothing' is installed; there are: .*files"),
        ("adapter = 'tail'", "needs the option 'path'"),
    ],
)
def test_options_that_an_adapter_cannot_use_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: str, reason: str
) -> None:
    configure(tmp_path, monkeypatch, f"[partner]\n{options}")
    with pytest.raises(ConfigurationError, match=reason):
        sources.find("partner").open()


def test_an_unknown_source_and_no_file_say_what_to_do(partner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="Known: partner"):
        sources.find("other")
    monkeypatch.delenv("FLAGPOST_SOURCES")
    forget()
    with pytest.raises(ConfigurationError, match="FLAGPOST_SOURCES"):
        sources.configured()


def test_the_list_names_the_adapters_also_where_no_source_is_configured(tail: Path) -> None:
    listed = CliRunner().invoke(ingest_cli.app, ["list", "--json"]).stdout
    assert json.loads(listed)["sources"] == [{"source": "tips", "adapter": "tail", "every": 0.05}]
    del os.environ["FLAGPOST_SOURCES"]
    forget()
    found = CliRunner().invoke(ingest_cli.app, ["list"])
    assert found.exit_code == 0
    assert all(name in found.stderr for name in ("bluesky,", "feed,", "mastodon,", "tail,"))


def test_on_the_command_line_a_signal_ends_a_followed_source_after_its_page(tail: Path) -> None:
    tail.write_text("1\tone\n")
    code = f"import sys; sys.path.insert(0, {str(tail.parent)!r}); from triage.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "ingest", "run", "tips", "--follow", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        wait_until(lambda: ids() == ["1"], 60)
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    assert json.loads(output) == {"posts": 1, "stored": 1, "duplicates": 0, "rejected": 0, "deleted": 0}
    assert audited()[-2:] == ["source.started", "source.read"]


def test_an_unapproved_source_ends_the_command_with_2_and_how_to_approve_it(partner: Path) -> None:
    command = [sys.executable, "-m", "triage", "ingest", "run", "partner"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "flagpost source approve partner" in done.stderr
    with session_scope() as session:
        assert session.scalar(select(func.count()).select_from(models.Post)) == 0
        assert session.scalar(text("select count(*) from audit_log where action = 'source.started'")) == 0


def test_a_refusal_does_not_outlast_a_new_approval(partner: Path) -> None:
    with pytest.raises(NotApproved):
        terms.require("partner")
    source("approve", "partner", *GIVEN)
    assert once("partner") == 3
