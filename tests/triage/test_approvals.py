"""Somebody answers for every source that is read, and the log shows who, when, and what was refused."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from ingest import terms
from triage import approvals, audit
from triage.approvals import Terms
from triage.db import session_scope
from triage.errors import InputError, NotApproved
from triage.models import AuditEntry

pytestmark = pytest.mark.usefixtures("database")
GOOD = Terms("Capt. R. Example", "State Act 12", "triage of threats", datetime.now(UTC) + timedelta(days=30))


def approve(source: str = "fediverse", **changes: object) -> None:
    with session_scope() as session:
        approvals.approve(session, source, GOOD._replace(**changes))


def withdraw() -> None:
    with session_scope() as session:
        approvals.withdraw(session, "fediverse", "Capt. R. Example", "agreement ended")


def deeds() -> list[tuple[str, str, str]]:
    with session_scope() as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        assert audit.verify(session) is None
        return [(row.actor, row.action, row.subject) for row in rows]


def test_an_unapproved_source_is_refused_with_how_to_approve_it_and_the_refusal_is_logged() -> None:
    with pytest.raises(NotApproved, match="flagpost source approve fediverse --by"):
        terms.require("fediverse")
    assert deeds() == [("system", "source.refused", "source:fediverse")]


def test_an_approved_source_may_be_read_and_no_other() -> None:
    approve()
    terms.require("fediverse")
    with pytest.raises(NotApproved, match="other has no approval"):
        terms.require("other")
    assert deeds()[0] == ("Capt. R. Example", "source.approved", "source:fediverse")


def test_an_approval_runs_out_by_the_clock_of_the_database() -> None:
    approve()
    with session_scope() as session:
        session.execute(text("update approvals set expires_at = now() - interval '1 second'"))
    with pytest.raises(NotApproved, match="ran out on"):
        terms.require("fediverse")
    approve()
    terms.require("fediverse")


def test_a_withdrawn_approval_ends_the_earlier_ones_too() -> None:
    approve()
    approve()
    withdraw()
    with pytest.raises(NotApproved, match="was withdrawn on"):
        terms.require("fediverse")
    assert deeds()[2][1] == "source.withdrawn"
    approve()
    terms.require("fediverse")


def test_what_nobody_answers_for_cannot_be_withdrawn() -> None:
    with pytest.raises(NotApproved, match="Nobody answers for the source fediverse"):
        withdraw()
    approve()
    withdraw()
    with pytest.raises(NotApproved, match="Nobody answers for the source fediverse"):
        withdraw()
    assert [action for _, action, _ in deeds()] == ["source.approved", "source.withdrawn"]


@pytest.mark.parametrize("part", ["approved_by", "authority", "use"])
def test_an_approval_without_a_part_is_refused(part: str) -> None:
    with pytest.raises(InputError, match="under what authority"):
        approve(**{part: " "})
    assert deeds() == []


def test_an_approval_that_has_ended_already_is_refused() -> None:
    with pytest.raises(InputError, match="would have ended"):
        approve(expires_at=datetime.now(UTC) - timedelta(minutes=1))
