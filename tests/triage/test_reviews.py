"""Decisions about cases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, text

from tests.desk import add_analyst, open_case
from tests.e2e.processes import until
from triage import reviews
from triage.db import session_scope
from triage.errors import CaseConflict, InputError, ReviewError
from triage.models import Analyst, AuditEntry, Case, CaseState, Post, Review
from triage.reviews import REASONS, Verdict

pytestmark = pytest.mark.usefixtures("database")


def decide(
    case_id: int,
    analyst: Analyst,
    verdict: Verdict = Verdict.DISMISS,
    reason: str = "game_or_film",
    note: str = "",
) -> None:
    with session_scope() as session:
        reviews.decide(session, case_id, analyst, verdict, reason, note)


def case(case_id: int) -> Case:
    with session_scope() as session:
        return session.get_one(Case, case_id)


def decided() -> list[AuditEntry]:
    with session_scope() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.action == "case.decided")))


@pytest.mark.parametrize(
    ("verdict", "reason", "state", "days"),
    [
        (Verdict.DISMISS, "toy_or_replica", CaseState.DISMISSED, 30),
        (Verdict.ESCALATE, "threat_to_people", CaseState.ESCALATED, 365),
    ],
)
def test_a_decision_moves_the_case_and_how_long_its_post_is_kept(
    verdict: Verdict, reason: str, state: CaseState, days: int
) -> None:
    anna, case_id, other = add_analyst(), open_case(), open_case()
    decide(case_id, anna, verdict, reason, "  seen before ")
    closed = case(case_id)
    assert closed.state == state
    assert closed.closed_at is not None
    assert abs(closed.purge_by - datetime.now(UTC) - timedelta(days=days)) < timedelta(minutes=5)
    with session_scope() as session:
        assert session.get_one(Post, closed.post_id).expires_at == closed.purge_by
        (past,) = reviews.history(session, case_id)
    assert (past.state, past.reason, past.note, past.analyst) == (
        state,
        REASONS[verdict][reason],
        "seen before",
        "anna",
    )
    assert case(other).state == CaseState.OPEN


def test_a_decision_is_recorded_without_its_note() -> None:
    anna, case_id = add_analyst(), open_case()
    decide(case_id, anna, note="private words")
    (entry,) = decided()
    assert (entry.actor, entry.subject) == ("anna", f"case:{case_id}")
    assert entry.detail == {"verdict": "dismiss", "reason": "game_or_film"}


def test_a_second_decision_is_told_who_decided_what_and_changes_nothing() -> None:
    anna, ben, case_id = add_analyst(), add_analyst("ben"), open_case()
    decide(case_id, anna)
    with pytest.raises(CaseConflict, match=r"dismissed already, by anna at \d{4}.*Game, film or artwork"):
        decide(case_id, ben, Verdict.ESCALATE, "self_harm")
    assert case(case_id).state == CaseState.DISMISSED
    assert len(decided()) == 1


def test_of_analysts_who_decide_at_the_same_moment_one_wins() -> None:
    people, case_id = [add_analyst(f"analyst {n}") for n in range(4)], open_case()

    def attempt(analyst: Analyst) -> bool:
        try:
            decide(case_id, analyst)
        except CaseConflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(attempt, people)) == [False, False, False, True]
    with session_scope() as session:
        assert len(reviews.history(session, case_id)) == 1


@pytest.mark.parametrize(
    ("verdict", "reason", "note", "says"),
    [
        (Verdict.DISMISS, "", "", "Choose a reason"),
        (Verdict.DISMISS, "self_harm", "", "Choose a reason"),
        (Verdict.ESCALATE, "made up", "", "Choose a reason"),
        (Verdict.ESCALATE, "other", "  ", "needs a note"),
        (Verdict.DISMISS, "duplicate", "x" * 4001, "4001 characters"),
    ],
)
def test_a_decision_without_a_proper_reason_is_refused(
    verdict: Verdict, reason: str, note: str, says: str
) -> None:
    anna, case_id = add_analyst(), open_case()
    with pytest.raises(InputError, match=says):
        decide(case_id, anna, verdict, reason, note)
    assert case(case_id).state == CaseState.OPEN
    assert decided() == []


def test_a_note_that_the_database_cannot_hold_is_kept_readable() -> None:
    anna, case_id = add_analyst(), open_case()
    decide(case_id, anna, reason="other", note="a\x00b \U0001f52b \u0645\u0631\u062d\u0628\u0627")
    with session_scope() as session:
        assert (
            session.scalars(select(Review.note)).one() == "a\ufffdb \U0001f52b \u0645\u0631\u062d\u0628\u0627"
        )


def test_a_purged_case_is_reported() -> None:
    anna, case_id = add_analyst(), open_case()
    with session_scope() as session:
        session.execute(delete(Post))
    with pytest.raises(ReviewError, match=f"no case {case_id}"):
        decide(case_id, anna)


def test_a_decision_and_a_purge_of_the_same_post_never_wait_for_each_other() -> None:
    anna, case_id = add_analyst(), open_case()
    with ThreadPoolExecutor(1) as pool:
        with session_scope() as purge:
            post = purge.get_one(Post, case(case_id).post_id, with_for_update=True)
            late = pool.submit(decide, case_id, anna)
            until(lambda: locks_waited_for() == 1)
            purge.delete(post)
        with pytest.raises(ReviewError, match="purged"):
            late.result(30)


def locks_waited_for() -> int:
    with session_scope() as session:
        return session.scalar(text("select count(*) from pg_locks where not granted")) or 0
