"""`flagpost` as its users run it: real processes, exit codes, messages that say what to do."""

import json
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.conftest import FLAGPOST, flagpost
from tests.e2e.processes import until
from tests.made import post, record, score, store, take
from triage import __version__, attempts, db, embedded, fleet, identity, schema
from triage.contracts import Level
from triage.db import session_scope
from worker.manifest import SHIPPED

NOBODY = "postgresql://nobody@127.0.0.1:1/nothing"


def open_a_case(caption: str = "toy-threat [bold]\x1b[31m", **fields: str) -> None:
    (post_id,) = store(post(7, caption, **fields))
    record(take(post_id)[0], score(Level.STRONG))


def test_the_version_is_shown() -> None:
    done = flagpost("--version")
    assert (done.returncode, done.stdout) == (0, f"flagpost {__version__}\n")


@pytest.mark.parametrize(
    "command",
    [
        "up",
        "demo",
        "run",
        "score",
        "explain",
        "cases",
        "migrate",
        "doctor",
        "bench",
        "retry",
        "rejected",
        "failed",
        "train",
        "user",
    ],
)
def test_every_command_explains_itself(command: str) -> None:
    done = flagpost(command, "--help")
    assert done.returncode == 0
    assert "Usage: flagpost" in done.stdout.replace("\n", " ")


def test_a_misused_command_exits_with_2() -> None:
    for arguments in (("cases", "--state", "lost"), ("fly",), ("run",), ("run", "no-such-file.jsonl")):
        assert flagpost(*arguments).returncode == 2, arguments


@pytest.mark.usefixtures("database")
def test_cases_are_listed_for_machines() -> None:
    open_a_case()
    done = flagpost("cases", "--json")
    (case,) = json.loads(done.stdout)
    assert {name: case[name] for name in ("source", "external_id", "state", "priority", "rule")} == {
        "source": "made",
        "external_id": "post-7",
        "state": "open",
        "priority": 70,
        "rule": "text",
    }
    assert [(at["scorer"], at["probability"]) for at in case["scores"]] == [("toy_text", 0.9)]


@pytest.mark.usefixtures("database")
def test_cases_are_listed_for_people_and_a_caption_cannot_steer_the_terminal() -> None:
    open_a_case()
    shown = flagpost("cases").stdout
    assert "made/post-7" in shown
    assert "[bold]" in shown.replace("\n", "")
    assert "\x1b" not in shown
    assert "revision" not in shown
    open_a_case("toy-threat, edited", edited_at="2026-11-21T08:30:00Z")
    assert "(revision 2)" in " ".join(flagpost("cases").stdout.split())


@pytest.mark.usefixtures("database")
def test_a_changed_audit_log_is_found_and_an_untouched_one_is_not() -> None:
    with session_scope() as session:
        for name in ("anna", "bert"):
            identity.add_analyst(session, name, "correct horse battery")
    done = flagpost("audit", "verify", "--json")
    assert (done.returncode, json.loads(done.stdout)["entries"]) == (0, 2)
    with db.engine().begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(text("update audit_log set actor = 'nobody' where id = 1"))
    done = flagpost("audit", "verify", "--json")
    assert (done.returncode, json.loads(done.stdout)["broken_at"]) == (1, 1)


@pytest.mark.usefixtures("database")
def test_no_case_is_no_error() -> None:
    assert json.loads(flagpost("cases", "--json").stdout) == []
    assert flagpost("cases").returncode == 0


def test_an_unreachable_database_is_one_clear_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_DATABASE_URL", NOBODY)
    done = flagpost("cases")
    assert done.returncode == 3
    assert "database cannot be reached or refuses" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("database")
def test_an_unreachable_broker_is_one_clear_message(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FLAGPOST_BROKER_URL", "redis://127.0.0.1:1/0")
    posts = tmp_path / "posts.jsonl"
    posts.write_text('{"source":"a","id":"1","text":"hello"}\n')
    done = flagpost("run", str(posts), "--json")
    assert done.returncode == 3
    assert "broker cannot be reached" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("database")
def test_an_old_schema_is_refused_with_what_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_DATABASE_URL", embedded.database_url().replace("/postgres?", "/template1?"))
    done = flagpost("cases")
    assert done.returncode == 3
    assert "flagpost migrate" in " ".join(done.stderr.split())


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_BATCH_SIZE", "lots")
    done = flagpost("cases")
    assert done.returncode == 2
    assert "FLAGPOST_BATCH_SIZE" in done.stderr


def test_a_taken_port_is_said_before_anything_is_started(services: None) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = flagpost("up", "--port", str(other.getsockname()[1]))
    assert done.returncode == 3
    assert "--port" in done.stderr


@pytest.mark.usefixtures("database")
def test_the_doctor_finds_everything_well() -> None:
    done = flagpost("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(done.stdout)}
    assert set(checks) == {"services", "database", "schema", "broker", "clock", "disk", "models"}
    assert [check for check in checks.values() if not check["ok"]] == []
    assert done.returncode == 0


def test_the_doctor_says_what_to_do_about_each_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FLAGPOST_DATABASE_URL", NOBODY)
    monkeypatch.setenv("FLAGPOST_BROKER_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("FLAGPOST_ARTIFACTS", str(tmp_path))
    done = flagpost("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(done.stdout)}
    assert done.returncode == 1
    for name in ("database", "broker", "models"):
        assert not checks[name]["ok"]
        assert checks[name]["remedy"]


@pytest.mark.usefixtures("database")
def test_failed_posts_are_listed_with_their_reason_and_can_be_retried() -> None:
    (post_id,) = store(post(7))
    with session_scope() as session:
        attempts.set_aside(session, [post_id], "made to fail")
    (row,) = json.loads(flagpost("failed", "--json").stdout)
    assert row == {"id": post_id, "post": "made/post-7", "picture": None, "reason": "made to fail"}
    assert json.loads(flagpost("retry", str(post_id), "--json").stdout) == {
        "queued": [post_id],
        "pictures": 0,
    }
    assert json.loads(flagpost("failed", "--json").stdout) == []


@pytest.mark.usefixtures("database")
def test_a_model_that_was_altered_stops_a_run_with_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copytree(SHIPPED, tmp_path / "models")
    with (tmp_path / "models" / "violence_text" / "tokenizer.json").open("a") as file:
        file.write(" ")
    monkeypatch.setenv("FLAGPOST_ARTIFACTS", str(tmp_path / "models"))
    (tmp_path / "posts.jsonl").write_text('{"source":"a","id":"1","text":"hello"}\n')
    done = flagpost("run", str(tmp_path / "posts.jsonl"), "--json")
    assert done.returncode == 3
    assert "tokenizer.json was altered" in " ".join(done.stderr.split())


def test_first_starts_at_the_same_time_wait_for_each_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FLAGPOST_HOME", str(tmp_path))
    started = [subprocess.Popen([str(FLAGPOST), "cases", "--json"], stdout=subprocess.PIPE) for _ in range(3)]
    assert [process.communicate()[0] for process in started] == [b"[]\n"] * 3


@pytest.mark.usefixtures("database")
def test_a_process_that_migrated_and_lives_on_keeps_nobody_waiting() -> None:
    schema.migrate()
    assert flagpost("cases", "--json").returncode == 0


def test_migrating_an_unreachable_database_is_one_clear_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_DATABASE_URL", NOBODY)
    done = flagpost("migrate")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("database")
def test_a_run_whose_borrowed_worker_goes_away_starts_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FLAGPOST_SCORERS", "tests.e2e.strange:SlowText")
    rows = (json.dumps({"id": number, "text": f"hello {number}"}) for number in range(3000))
    (tmp_path / "posts.jsonl").write_text("\n".join(rows))
    with fleet.running("worker", fleet.worker_command()) as part:
        fleet.await_worker(part)
        run = subprocess.Popen([str(FLAGPOST), "run", str(tmp_path / "posts.jsonl"), "--json"], stdout=-1)
        until(lambda: waiting() > 0)
    assert waiting() > 0
    monkeypatch.setenv("FLAGPOST_SCORERS", "toy_text")
    assert json.loads(run.communicate(timeout=120)[0])["scored"] == 3000


def waiting() -> int:
    with session_scope() as session:
        return session.scalar(text("select count(*) from posts where state = 'pending'")) or 0


def test_migrate_works_on_a_database_of_its_own_and_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLAGPOST_HOME", str(tmp_path))
    for _ in range(2):
        done = flagpost("migrate")
        assert done.returncode == 0, done.stderr
    assert f"schema {schema.newest()}" in done.stderr


def test_up_starts_everything_and_a_signal_stops_it_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLAGPOST_HOME", str(tmp_path))
    process = subprocess.Popen([str(FLAGPOST), "up", "--port", "0"], stderr=subprocess.PIPE, text=True)
    assert process.stderr
    seen = ""
    while "Ctrl-C" not in seen:
        line = process.stderr.readline()
        assert line, seen
        seen += line
    assert "http://127.0.0.1:" in seen
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert not running_under(tmp_path)


@pytest.mark.skipif(not shutil.which("setpriv"), reason="no setpriv on this system")
def test_a_killed_up_takes_its_worker_beat_and_console_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLAGPOST_HOME", str(tmp_path))
    process = subprocess.Popen([str(FLAGPOST), "up", "--port", "0"], stderr=subprocess.PIPE, text=True)
    assert process.stderr
    while "Ctrl-C" not in process.stderr.readline():
        assert process.poll() is None
    assert parts_under(tmp_path)
    process.kill()
    process.wait()
    until(lambda: not parts_under(tmp_path))
    assert flagpost("cases", "--json").returncode == 0  # finds the servers that are left, and stops them
    assert not running_under(tmp_path)


def parts_under(home: Path) -> list[str]:
    return [words for words in running_under(home) if "celery" in words or "uvicorn" in words]


def running_under(home: Path) -> list[str]:
    """Command lines of all processes that mention a home or run in its environment."""
    import psutil

    found = []
    for process in psutil.process_iter():
        try:
            words = [*process.cmdline(), process.environ().get("FLAGPOST_HOME", "")]
            if process.pid != os.getpid() and any(str(home) in word for word in words):
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found
