"""Attempts at scoring posts: counted before they begin, ended by their scores, given up, begun anew."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from triage import contracts, models
from triage.models import PostState
from triage.models.base import among, from_now
from triage.queue import TASK_SECONDS
from triage.settings import get_settings


def take(session: Session, post_ids: Iterable[int], by: str) -> list[contracts.PendingPost]:
    """Begin the first attempt at scoring those of the posts that are pending.

    Args:
        session: the transaction; commit it before the attempt, so that the attempt is counted if it kills us.
        post_ids: candidates.
        by: who tries: the task's id, a slash, and the number of its planned retry. An earlier try of the same
            task ended in order, so its posts count as fresh.
    """
    post, task = models.Post, by.partition("/")[0]
    retried = post.tried_by.startswith(f"{task}/", autoescape=True) & (post.tried_by != by)
    return _begin(session, among(post.id, post_ids) & ((post.attempts == 0) | retried), by, attempts=1)


def suspects(session: Session, post_ids: Iterable[int], by: str) -> list[int]:
    """Return those of the posts that are pending though an earlier attempt at them can no longer be running.

    Either the same delivery tried them before (its worker died, so it came again), or the attempt is older
    than any task may run. Posts that another task is trying right now are no suspects.
    """
    post = models.Post
    waiting = select(post.id).where(
        among(post.id, post_ids), post.state == PostState.PENDING, post.attempts > 0
    )
    over = post.tried_at < from_now(seconds=-TASK_SECONDS)
    died = (post.tried_by == by) & (post.tried_at < func.now())
    return list(session.scalars(waiting.where(over | died).order_by(post.id)))


def take_suspect(session: Session, post_id: int, by: str) -> contracts.PendingPost | None:
    """Begin another attempt at one post; set it aside instead when it took its worker down too often."""
    post = next(iter(_begin(session, models.Post.id == post_id, by, attempts=models.Post.attempts + 1)), None)
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
    until = from_now(days=get_settings().dismissed_days)
    session.execute(
        update(table)
        .where(among(table.id, post_ids), table.state == PostState.PENDING)
        .values(state=PostState.FAILED, failure=reason, attempts=0, expires_at=until)
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


def failed(session: Session, limit: int) -> Sequence[models.Post]:
    """Return posts that were set aside, newest first."""
    table = models.Post
    chosen = select(table).where(table.state == PostState.FAILED)
    return session.scalars(chosen.order_by(table.id.desc()).limit(limit)).all()


def overdue(session: Session, limit: int = 10_000) -> list[int]:
    """Return ids of posts pending longer than a healthy queue takes, oldest first.

    Those never tried are marked, to be rung for again only after as long a wait. Those whose attempt
    began keep its time: by it `suspects` knows that it cannot be running any more.
    """
    table = models.Post
    healthy = from_now(seconds=-get_settings().pending_after_seconds)
    late = (
        select(table.id)
        .where(table.state == PostState.PENDING, table.tried_at < healthy)
        .order_by(table.tried_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(session.scalars(late))
    untried = among(table.id, ids) & (table.attempts == 0)
    session.execute(update(table).where(untried).values(tried_at=func.now()))
    return ids


def _begin(
    session: Session, which: ColumnElement[bool], by: str, attempts: int | ColumnElement[int]
) -> list[contracts.PendingPost]:
    table = models.Post
    rows = session.scalars(
        update(table)
        .where(which, table.state == PostState.PENDING)
        .values(attempts=attempts, tried_at=func.now(), tried_by=by)
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
        edited_at=row.edited_at,
        author_ref=row.author_ref,
        media=media,
    )
