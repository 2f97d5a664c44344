"""Readings as posts see them: how far those of a post's pictures have come, and what became of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, true, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from triage.models import Post, PostMedia, Reading, ReadingState
from triage.models.base import among


@dataclass(frozen=True)
class Progress:
    """How far the reading of some posts' pictures has come, in pictures."""

    waiting: int = 0
    read: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Failure:
    """A picture that could not be read, and one of the posts that show it."""

    post_id: int
    post: str
    sha256: str
    reason: str


def progress(session: Session, post_ids: Iterable[int]) -> Progress:
    """Count the readings of some posts' pictures; a picture that many of them show counts once."""
    counts = select(Reading.state, func.count()).where(_shown_by(post_ids)).group_by(Reading.state)
    return Progress(**{row[0]: row[1] for row in session.execute(counts)})


def of_post(session: Session, post_id: int) -> dict[str, Reading]:
    """Return the readings of a post's pictures by sha256."""
    found = session.scalars(select(Reading).where(_shown_by([post_id])))
    return {reading.sha256: reading for reading in found}


def failures(
    session: Session, post_ids: Iterable[int] | None = None, limit: int | None = None
) -> list[Failure]:
    """Return the pictures that could not be read (all, or those of some posts), the newest first."""
    chosen = among(Post.id, post_ids) if post_ids is not None else true()
    rows = session.execute(
        select(Post.id, Post.source, Post.external_id, Reading.sha256, Reading.failure)
        .join(PostMedia, PostMedia.post_id == Post.id)
        .join(Reading, Reading.sha256 == PostMedia.sha256)
        .where(Reading.state == ReadingState.FAILED, chosen)
        .ext(distinct_on(Reading.requested_at, Reading.sha256))
        .order_by(Reading.requested_at.desc(), Reading.sha256, Post.id)
        .limit(limit)
    )
    return [Failure(row.id, f"{row.source}/{row.external_id}", row.sha256, row.failure) for row in rows]


def problems(session: Session, post_ids: Iterable[int]) -> list[str]:
    """Return which of some posts' pictures could not be read, as lines `source/external_id: reason`."""
    return [f"{failure.post}: {failure.reason}" for failure in failures(session, post_ids)]


def retry(session: Session, post_ids: Sequence[int] | None = None) -> int:
    """Let failed readings wait again, all or those of some posts' pictures; ring the reader after commit.

    Returns:
        How many wait now.
    """
    failed = update(Reading).where(Reading.state == ReadingState.FAILED)
    if post_ids is not None:
        failed = failed.where(_shown_by(post_ids))
    anew = failed.values(state=ReadingState.WAITING, failure=None, tried_at=None, tried_by=None, attempts=0)
    return len(session.scalars(anew.returning(Reading.sha256)).all())


def _shown_by(post_ids: Iterable[int]) -> ColumnElement[bool]:
    return Reading.sha256.in_(select(PostMedia.sha256).where(among(PostMedia.post_id, post_ids)))
