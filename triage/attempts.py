"""Attempts at scoring posts: counted before they begin, ended by their scores, given up, begun anew."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, Interval, delete, func, literal, select, update
from sqlalchemy.orm import Session

from triage import contracts, models
from triage.models import PostState
from triage.models.base import among
from triage.settings import get_settings


def take(session: Session, post_ids: Iterable[int]) -> list[contracts.PendingPost]:
    """Begin the first attempt at scoring those of the posts that are pending and were never tried."""
    return _begin(session, among(models.Post.id, post_ids) & (models.Post.attempts == 0))


def suspects(session: Session, post_ids: Iterable[int]) -> list[int]:
    """Return those of the posts that are pending though an attempt at them began earlier: it never ended.

    Call it before or after `take` in one transaction: what `take` began there is no suspect of this call.
    """
    table = models.Post
    waiting = select(table.id).where(among(table.id, post_ids), table.state == PostState.PENDING)
    return list(
        session.scalars(waiting.where(table.attempts > 0, table.tried_at < func.now()).order_by(table.id))
    )


def take_suspect(session: Session, post_id: int) -> contracts.PendingPost | None:
    """Begin another attempt at one post; set it aside instead when it took its worker down too often."""
    post = next(iter(_begin(session, models.Post.id == post_id)), None)
    most = get_settings().max_attempts
    if post is None or post.attempts < most:
        return post
    set_aside(
        session, [post.id], f"Scoring it never came to an end, {most} times. Look at it, then retry it."
    )
    return None


def set_aside(session: Session, post_ids: Iterable[int], reason: str) -> None:
    """Mark posts as failed, with a reason a person can act on; `retry` brings them back."""
    table = models.Post
    session.execute(
        update(table)
        .where(among(table.id, post_ids), table.state == PostState.PENDING)
        .values(state=PostState.FAILED, failure=reason, attempts=0)
    )


def retry(session: Session, post_ids: Sequence[int] | None = None) -> list[int]:
    """Make failed posts pending again (all by default) and return their ids, to be queued after commit.

    Their error rows go, so that the new attempt can write its own.
    """
    table, scores = models.Post, models.Score
    chosen = update(table).where(table.state == PostState.FAILED)
    if post_ids is not None:
        chosen = chosen.where(among(table.id, post_ids))
    reset = chosen.values(state=PostState.PENDING, failure=None, attempts=0, tried_at=func.now())
    ids = list(session.scalars(reset.returning(table.id)))
    session.execute(delete(scores).where(among(scores.post_id, ids), scores.error.is_not(None)))
    return ids


def overdue(session: Session, limit: int = 10_000) -> list[int]:
    """Return ids of posts pending longer than a healthy queue takes, oldest first, marked as tried now."""
    table = models.Post
    age = timedelta(seconds=get_settings().pending_after_seconds)
    late = (
        select(table.id)
        .where(table.state == PostState.PENDING, table.tried_at < func.now() - literal(age, Interval))
        .order_by(table.tried_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(session.scalars(late))
    session.execute(update(table).where(among(table.id, ids)).values(tried_at=func.now()))
    return ids


def _begin(session: Session, which: ColumnElement[bool]) -> list[contracts.PendingPost]:
    table = models.Post
    rows = session.scalars(
        update(table)
        .where(which, table.state == PostState.PENDING)
        .values(attempts=table.attempts + 1, tried_at=func.now())
        .returning(table)
    ).all()
    media = _media_of(session, [row.id for row in rows])
    return [_pending(row, media.get(row.id, ())) for row in sorted(rows, key=lambda row: row.id)]


def _media_of(session: Session, post_ids: Sequence[int]) -> dict[int, tuple[contracts.Media, ...]]:
    place, media = models.PostMedia, models.Media
    rows = session.execute(
        select(place, media)
        .outerjoin(media, media.sha256 == place.sha256)
        .where(among(place.post_id, post_ids))
        .order_by(place.post_id, place.position)
    ).all()
    found: dict[int, tuple[contracts.Media, ...]] = {}
    for at, stored in rows:
        item = _media(at, stored)
        found[at.post_id] = (*found.get(at.post_id, ()), item)
    return found


def _media(place: models.PostMedia, stored: models.Media | None) -> contracts.Media:
    if stored is None:
        return contracts.Media(alt=place.alt, problem=place.problem)
    return contracts.Media(
        sha256=stored.sha256,
        kind=stored.kind,
        size=stored.size,
        width=stored.width,
        height=stored.height,
        alt=place.alt,
    )


def _pending(row: models.Post, media: tuple[contracts.Media, ...]) -> contracts.PendingPost:
    return contracts.PendingPost(
        id=row.id,
        attempts=row.attempts - 1,
        source=row.source,
        external_id=row.external_id,
        caption=row.caption,
        language=row.language,
        url=row.url,
        posted_at=row.posted_at,
        author_ref=row.author_ref,
        media=media,
    )
