"""Data leaves on a clock: posts past `expires_at` go, with scores, cases and pictures nobody else uses."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Interval, delete, func, literal, select
from sqlalchemy.orm import Session

from triage import audit, media, models
from triage.db import session_scope

BATCH = 5000
GRACE = timedelta(hours=1)
"""A picture this young may belong to a post that is being stored right now."""


@dataclass(frozen=True)
class Purged:
    """What a purge deleted, in rows."""

    posts: int = 0
    media: int = 0
    rejections: int = 0


def purge_expired() -> Purged:
    """Delete everything past its date, in small transactions, and say so in the audit log."""
    posts = rejections = 0
    while True:
        with session_scope() as session:
            gone = _delete_expired(session, models.Post)
            stale = _delete_expired(session, models.Rejection)
            if gone or stale:
                counts = {"posts": gone, "rejections": stale}
                audit.record(session, "system", audit.Deed.EXPIRED_PURGED, "posts", counts)
        posts, rejections = posts + gone, rejections + stale
        if max(gone, stale) < BATCH:
            return Purged(posts, _purge_media(), rejections)


def _delete_expired(session: Session, table: type[models.Post] | type[models.Rejection]) -> int:
    expired = select(table.id).where(table.expires_at < func.now()).order_by(table.id).limit(BATCH)
    chosen = expired.with_for_update(skip_locked=True)
    return len(session.scalars(delete(table).where(table.id.in_(chosen)).returning(table.id)).all())


def _purge_media() -> int:
    """Delete pictures that no post shows. Bytes go first: a row without them is found again."""
    with session_scope() as session:
        unused = (
            select(models.Media)
            .where(~select(models.PostMedia).where(models.PostMedia.sha256 == models.Media.sha256).exists())
            .where(models.Media.stored_at < func.now() - literal(GRACE, Interval))
            .with_for_update(skip_locked=True)
            .limit(BATCH)
        )
        rows = session.scalars(unused).all()
        for row in rows:
            media.open_store().delete(row.sha256)
            session.delete(row)
        return len(rows)
