"""Items that could not be stored as posts: where a person finds, mends and sends them again.

Their text is not kept: it may name authors, and stays where it came from.
"""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from triage import models
from triage.contracts import storable
from triage.models.base import from_now
from triage.settings import get_settings


def record(session: Session, source: str, place: str, reason: str) -> bool:
    """Remember a rejected item: where it stands (`posts.jsonl:17`) and why. What it says stays there.

    Returns:
        Whether that is news: nothing was rejected there before, or for another reason.
    """
    table, place, reason = models.Rejection, storable(place), storable(reason)
    before = session.scalar(select(table.reason).where(table.source == source, table.place == place))
    life = from_now(days=get_settings().dismissed_days)
    fields = {"reason": reason, "rejected_at": func.now(), "expires_at": life}
    statement = insert(table).values(source=source, place=place, **fields)
    session.execute(statement.on_conflict_do_update(index_elements=["source", "place"], set_=fields))
    return before != reason


def recent(session: Session, limit: int = 100) -> Sequence[models.Rejection]:
    """Return the latest rejected items, newest first."""
    table = models.Rejection
    return session.scalars(
        select(table).order_by(table.rejected_at.desc(), table.id.desc()).limit(limit)
    ).all()
