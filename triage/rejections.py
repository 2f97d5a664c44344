"""Items that could not be stored as posts, kept for a while where a person can read and retry them."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Interval, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from triage import models
from triage.contracts import storable
from triage.settings import get_settings

KEPT_BYTES = 64 * 1024
"""So much of a rejected item is kept; the rest is where it came from."""


def record(session: Session, source: str, place: str, reason: str, raw: bytes) -> None:
    """Keep a rejected item: where it stood (`posts.jsonl:17`), why, and the first 64 KiB of its bytes."""
    life = func.now() + literal(timedelta(days=get_settings().dismissed_days), Interval)
    fields = {
        "reason": storable(reason),
        "raw": raw[:KEPT_BYTES],
        "rejected_at": func.now(),
        "expires_at": life,
    }
    statement = insert(models.Rejection).values(source=source, place=storable(place), **fields)
    session.execute(statement.on_conflict_do_update(index_elements=["source", "place"], set_=fields))


def recent(session: Session, limit: int = 100) -> Sequence[models.Rejection]:
    """Return the latest rejected items, newest first."""
    table = models.Rejection
    return session.scalars(
        select(table).order_by(table.rejected_at.desc(), table.id.desc()).limit(limit)
    ).all()
