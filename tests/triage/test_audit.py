"""The audit log keeps its order and shows every change."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from typer.testing import CliRunner

from triage import audit
from triage.audit import Deed
from triage.audit_cli import app
from triage.db import session_scope
from triage.models import AuditEntry

pytestmark = pytest.mark.usefixtures("database")


def write(entries: int = 3) -> None:
    with session_scope() as session:
        for number in range(entries):
            audit.record(session, "anna", Deed.CASE_VIEWED, f"case:{number}", {"page": number})


def first_broken() -> str | None:
    with session_scope() as session:
        entry = audit.verify(session)
        return entry.subject if entry else None


def tamper(statement: str) -> None:
    """Change the log as somebody with the database owner's password could."""
    with session_scope() as session:
        session.execute(text("set local session_replication_role = replica"))
        session.execute(text(statement))


def test_an_untouched_log_is_whole() -> None:
    assert first_broken() is None
    write()
    assert first_broken() is None


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("update audit_log set actor = 'ben' where subject = 'case:1'", "case:1"),
        ("update audit_log set detail = '{\"page\": 7}' where subject = 'case:0'", "case:0"),
        ("update audit_log set at = at - interval '1 hour' where subject = 'case:2'", "case:2"),
        ("update audit_log set action = 'logout' where subject = 'case:1'", "case:1"),
        ("delete from audit_log where subject = 'case:1'", "case:2"),
        ("delete from audit_log where subject = 'case:0'", "case:1"),
        ("update audit_log set id = id + 100 where subject = 'case:0'", "case:1"),
    ],
)
def test_a_changed_moved_or_removed_entry_is_found(statement: str, broken: str) -> None:
    write()
    tamper(statement)
    assert first_broken() == broken


@pytest.mark.parametrize(
    "statement", ["update audit_log set actor = 'ben'", "delete from audit_log", "truncate audit_log"]
)
def test_the_database_itself_refuses_to_change_the_log(statement: str) -> None:
    write()
    with pytest.raises(DatabaseError, match="append-only"), session_scope() as session:
        session.execute(text(statement))


def test_what_is_rolled_back_leaves_no_entry() -> None:
    class Oops(Exception):
        pass

    with pytest.raises(Oops), session_scope() as session:
        audit.record(session, "anna", Deed.LOGIN, "analyst:anna")
        raise Oops
    with session_scope() as session:
        assert session.scalars(select(AuditEntry)).all() == []


def test_many_writers_at_once_make_one_chain() -> None:
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(write) for _ in range(40)]:
            done.result()
    with session_scope() as session:
        assert len(session.scalars(select(AuditEntry)).all()) == 120
    assert first_broken() is None


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(max_size=300),
    st.text(max_size=300),
    st.dictionaries(st.sampled_from("abc"), st.text() | st.integers(-(2**60), 2**60)),
)
def test_any_words_can_be_recorded_and_verify(actor: str, subject: str, detail: dict[str, str | int]) -> None:
    with session_scope() as session:
        audit.record(session, actor, Deed.LOGIN_FAILED, subject, detail)
    assert first_broken() is None


def shown(*arguments: str) -> list[dict[str, Any]]:
    done = CliRunner().invoke(app, ["show", "--json", *arguments])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("chosen", "subjects"),
    [
        ((), ["case:0", "case:1", "case:2", "source:web"]),
        (("--limit", "2"), ["case:2", "source:web"]),
        (("--subject", "case:1"), ["case:1"]),
        (("--action", "source.approved"), ["source:web"]),
        (("--actor", "anna", "--limit", "1"), ["case:2"]),
        (("--actor", "nobody"), []),
    ],
)
def test_the_log_is_shown_by_who_did_what_to_what(chosen: tuple[str, ...], subjects: list[str]) -> None:
    write()
    with session_scope() as session:
        audit.record(session, "ben", Deed.SOURCE_APPROVED, "source:web", {"by": "Capt. R. Example"})
    rows = shown(*chosen)
    assert [row["subject"] for row in rows] == subjects
    if subjects[-1:] == ["source:web"]:
        assert (rows[-1]["actor"], rows[-1]["detail"]) == ("ben", {"by": "Capt. R. Example"})


def test_the_log_is_a_table_for_people() -> None:
    write(1)
    done = CliRunner().invoke(app, ["show"])
    assert all(word in done.output for word in ("anna", "case.viewed", "case:0", "page 0"))
    assert "No such entry" in CliRunner().invoke(app, ["show", "--actor", "nobody"]).output
