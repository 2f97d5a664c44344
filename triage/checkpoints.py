"""Where reading of a source stopped. Saved in the same transaction as the posts before it."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from triage import models


def load(session: Session, source: str) -> dict[str, Any] | None:
    """Return the checkpoint of a source, or None where reading never began."""
    row = session.get(models.Checkpoint, source)
    return row.position if row else None


def save(session: Session, source: str, position: dict[str, Any]) -> None:
    """Remember where reading of a source stopped."""
    statement = insert(models.Checkpoint).values(source=source, position=position)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["source"], set_={"position": position, "updated_at": func.now()}
        )
    )


def times(session: Session) -> dict[str, datetime]:
    """Return when each source was last read."""
    table = models.Checkpoint
    return {row.source: row.updated_at for row in session.execute(select(table.source, table.updated_at))}
