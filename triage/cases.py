"""Cases: the few posts that deserve a human look."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, selectinload

from triage import models
from triage.contracts import Decision
from triage.errors import ReviewError
from triage.models import CaseState
from triage.models.base import among, from_now
from triage.settings import get_settings


def open_cases(session: Session, decisions: dict[int, Decision]) -> list[int]:
    """Open a case for each post id that has none yet, and keep its post for as long as the case needs it.

    Call it in the transaction that stores the scores. Returns the ids of the new cases.
    """
    if not decisions:
        return []
    review_by = from_now(days=get_settings().review_days)
    statement = insert(models.Case).values(review_by=review_by, purge_by=review_by)
    rows = [
        {"post_id": post_id, **decision.model_dump(include={"action", "rule", "priority", "policy_version"})}
        for post_id, decision in decisions.items()
    ]
    inserted = statement.on_conflict_do_nothing(index_elements=["post_id"])
    opened = session.execute(inserted.returning(models.Case.id, models.Case.post_id), rows).all()
    new = [case.post_id for case in opened]
    session.execute(update(models.Post).where(among(models.Post.id, new)).values(expires_at=review_by))
    return [case.id for case in opened]


def raise_cases(session: Session, decisions: dict[int, Decision]) -> list[int]:
    """Raise the open cases of posts whose new decision is more urgent; return their ids."""
    table = models.Case
    raised: list[int] = []
    for post_id, decision in decisions.items():
        lower = (table.post_id == post_id) & (table.priority < decision.priority)
        values = decision.model_dump(include={"action", "rule", "priority", "policy_version"})
        more_urgent = update(table).where(lower, table.state == CaseState.OPEN).values(values)
        raised += session.scalars(more_urgent.returning(table.id))
    return raised


def queue(
    session: Session, state: CaseState | None = CaseState.OPEN, limit: int = 1000, offset: int = 0
) -> Sequence[models.Case]:
    """Return cases with their posts, most urgent first, then oldest. `state` None: all states."""
    table = models.Case
    chosen = select(table).options(selectinload(table.post))
    if state is not None:
        chosen = chosen.where(table.state == state)
    return session.scalars(
        chosen.order_by(table.priority.desc(), table.opened_at, table.id).limit(limit).offset(offset)
    ).all()


def no_case(case_id: int) -> ReviewError:
    """Return the error for a case that is not there."""
    return ReviewError(f"There is no case {case_id}. It may have been purged; go back to the queue.")


def scores_of(session: Session, post_ids: Iterable[int]) -> dict[int, list[models.Score]]:
    """Return the scores of some posts by post id, in the order they were written."""
    table = models.Score
    found: dict[int, list[models.Score]] = {}
    for score in session.scalars(select(table).where(among(table.post_id, post_ids)).order_by(table.id)):
        found.setdefault(score.post_id, []).append(score)
    return found
