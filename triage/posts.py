"""Posts: stored before they are queued, taken for scoring, retried. The database is the record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Interval, case, delete, func, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from triage import contracts, models
from triage.models import PostState
from triage.models.base import among
from triage.settings import get_settings


@dataclass(frozen=True)
class Recorded:
    """What became of a batch of posts."""

    stored: tuple[int, ...]
    """Ids of the posts that are new."""
    duplicates: int
    waiting: tuple[int, ...]
    """Ids of duplicates that still wait for their scores; ringing for them again does no harm."""


@dataclass(frozen=True)
class Tally:
    """How far the scoring of some posts has come, in posts."""

    pending: int = 0
    scored: int = 0
    failed: int = 0
    flagged: int = 0


def record(session: Session, posts: Sequence[contracts.Post]) -> Recorded:
    """Store posts as `pending` with their media. A (source, external_id) that is known is not stored again.

    Call `queue.enqueue` with the ids after the commit. The media's bytes must be in the media store already.
    """
    unique: dict[tuple[str, str], contracts.Post] = {}
    for post in posts:  # the first of two with the same id counts, as it does between two calls
        unique.setdefault((post.source, post.external_id), post)
    if not unique:
        return Recorded((), 0, ())
    ids = _insert_posts(session, list(unique.values()))
    new = {key: unique[key] for key in ids}
    _insert_media(session, [media for post in new.values() for media in post.media])
    _insert_places(session, {ids[key]: post for key, post in new.items()})
    waiting = _waiting(session, [key for key in unique if key not in ids])
    return Recorded(tuple(ids.values()), len(posts) - len(ids), waiting)


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


def pending_since(session: Session, first_id: int) -> list[int]:
    """Return ids of the posts stored from `first_id` on that still wait for their scores."""
    table = models.Post
    late = select(table.id).where(table.id >= first_id, table.state == PostState.PENDING)
    return list(session.scalars(late.order_by(table.id)))


def tally(session: Session, post_ids: Sequence[int]) -> Tally:
    """Count the states of some posts, and how many of them the policy flagged (samples are not flags)."""
    table, cases = models.Post, models.Case
    counts = session.execute(
        select(
            *(func.count(case((table.state == state, 1))) for state in PostState),
            func.count(case((cases.action == contracts.Action.FLAG, 1))),
        )
        .outerjoin(cases, cases.post_id == table.id)
        .where(among(table.id, post_ids))
    ).one()
    return Tally(pending=counts[0], scored=counts[1], failed=counts[2], flagged=counts[3])


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


def _insert_posts(session: Session, posts: Sequence[contracts.Post]) -> dict[tuple[str, str], int]:
    table = models.Post
    life = func.now() + literal(timedelta(hours=get_settings().unflagged_hours), Interval)
    statement = (
        insert(table)
        .values(expires_at=life)
        .on_conflict_do_nothing(index_elements=["source", "external_id"])
        .returning(table.id, table.source, table.external_id)
    )
    rows = [post.model_dump(exclude={"media"}) for post in posts]
    return {(row.source, row.external_id): row.id for row in session.execute(statement, rows)}


def _insert_media(session: Session, media: Iterable[contracts.Media]) -> None:
    fields = {"sha256", "kind", "size", "width", "height"}
    rows = {item.sha256: item.model_dump(include=fields) for item in media if item.sha256}
    if not rows:
        return
    # Touching `stored_at` keeps the purge of unused media from taking a picture just as it is used again.
    # Sorted, so that two batches with the same pictures lock them in the same order.
    statement = insert(models.Media).values([rows[key] for key in sorted(rows)])
    session.execute(
        statement.on_conflict_do_update(index_elements=["sha256"], set_={"stored_at": func.now()})
    )


def _insert_places(session: Session, posts: dict[int, contracts.Post]) -> None:
    rows = [
        {"post_id": post_id, "position": position, **media.model_dump(include={"sha256", "alt", "problem"})}
        for post_id, post in posts.items()
        for position, media in enumerate(post.media)
    ]
    if rows:
        session.execute(insert(models.PostMedia), rows)


def _waiting(session: Session, keys: Sequence[tuple[str, str]]) -> tuple[int, ...]:
    if not keys:
        return ()
    table = models.Post
    known = select(table.id).where(
        tuple_(table.source, table.external_id).in_(keys), table.state == PostState.PENDING
    )
    return tuple(session.scalars(known))


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
