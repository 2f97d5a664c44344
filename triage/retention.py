"""Data leaves on a clock: posts past `expires_at` go, with scores, cases and pictures nobody else uses.

Three kinds of post stay past their date, for nobody has looked yet: those that still wait for their scores,
those with a picture that waits to be read, but no longer than a dismissed case stays, and those whose case is
open. A post that its source deleted is past its date at once, unless its case is open or was escalated.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, false, func, select
from sqlalchemy.orm import Session

from triage import audit, handles, media, models, readings
from triage.db import session_scope
from triage.models import CaseState, PostState, ReadingState
from triage.models.base import from_now
from triage.settings import get_settings

BATCH = 5000
GRACE = timedelta(hours=1)
"""A picture this young may belong to a post that is being stored right now."""


@dataclass(frozen=True)
class Purged:
    """What a purge deleted, in rows."""

    posts: int = 0
    media: int = 0
    rejections: int = 0
    tombstones: int = 0
    handles: int = 0


def purge_expired() -> Purged:
    """Delete everything past its date, in small transactions, and say so in the audit log."""
    gone = Counter[str]()
    while True:
        with session_scope() as session:
            batch = {
                "posts": _delete(session, models.Post, _done_with()),
                "rejections": _delete(session, models.Rejection, models.Rejection.expires_at < func.now()),
                "tombstones": _delete(session, models.Tombstone, models.Tombstone.expires_at < func.now()),
                "handles": _delete(session, models.AuthorHandle, handles.unused()),
            }
            if any(batch.values()):
                audit.record(session, "system", audit.Deed.EXPIRED_PURGED, "posts", batch)
        gone.update(batch)
        if max(batch.values()) < BATCH:
            return Purged(**gone, media=_purge_media())


def _done_with() -> ColumnElement[bool]:
    post, case = models.Post, models.Case
    of_post = select(case).where(case.post_id == post.id)
    undecided, escalated = (
        of_post.where(case.state == state).exists() for state in (CaseState.OPEN, CaseState.ESCALATED)
    )
    due = (post.expires_at < func.now()) & ~undecided
    needed = undecided | escalated if get_settings().deleted_cases == "keep" else false()
    deleted = post.deleted_at.is_not(None) & ~needed
    done = (due | deleted) & (post.state != PostState.PENDING)
    return done & ~_waits_for_reader() if readings.switched_on() else done


def _waits_for_reader() -> ColumnElement[bool]:
    place, reading = models.PostMedia, models.Reading
    shown = select(place).join(reading, reading.sha256 == place.sha256)
    longest = from_now(days=-get_settings().dismissed_days)  # a reader that never comes must not keep data
    waits = (reading.state == ReadingState.WAITING) & (reading.requested_at > longest)
    return shown.where(place.post_id == models.Post.id, waits).exists()


def _delete(
    session: Session,
    table: type[models.Post | models.Rejection | models.Tombstone | models.AuthorHandle],
    which: ColumnElement[bool],
) -> int:
    chosen = select(table.id).where(which).order_by(table.id).limit(BATCH).with_for_update(skip_locked=True)
    return len(session.scalars(delete(table).where(table.id.in_(chosen)).returning(table.id)).all())


def _purge_media() -> int:
    """Delete pictures that no post shows. Bytes go first: a row without them is found again."""
    with session_scope() as session:
        unused = (
            select(models.Media)
            .where(~select(models.PostMedia).where(models.PostMedia.sha256 == models.Media.sha256).exists())
            .where(models.Media.stored_at < from_now(seconds=-GRACE.total_seconds()))
            .with_for_update(skip_locked=True)
            .limit(BATCH)
        )
        rows = session.scalars(unused).all()
        gone = [row for row in rows if media.open_store().delete(row.sha256, unless_younger=GRACE)]
        for row in gone:
            session.delete(row)
        return len(gone)
