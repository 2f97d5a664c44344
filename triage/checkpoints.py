"""Where reading of a source stopped. Saved in the same transaction as the posts before it."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from triage import models
from triage.contracts import storable


def load(session: Session, source: str) -> dict[str, Any] | None:
    """Return the checkpoint of a source, or None where reading never began."""
    row = session.get(models.Checkpoint, source)
    return row.position if row else None


def save(session: Session, source: str, position: dict[str, Any]) -> None:
    """Remember where reading of a source stopped, and that it goes well."""
    _upsert(session, source, position=position, failure=None, read_at=func.now())


def fail(session: Session, source: str, why: str) -> None:
    """Remember why a reading failed; the next one begins where the last page ended."""
    _upsert(session, source, failure=storable(why))


def _upsert(session: Session, source: str, **changed: Any) -> None:  # noqa: ANN401
    statement = insert(models.Checkpoint).values({"source": source, "position": {}, **changed})
    session.execute(statement.on_conflict_do_update(index_elements=["source"], set_=changed))


def everything(session: Session) -> dict[str, models.Checkpoint]:
    """Return where each source stands, by name."""
    return {row.source: row for row in session.scalars(select(models.Checkpoint))}
