"""Posts: stored before they are queued, counted while they wait. The database is the record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import case, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from triage import contracts, deletions, models, revisions
from triage.models import PostState
from triage.models.base import among, from_now
from triage.settings import get_settings

FIRST_PAUSE = 300.0
"""Seconds until a picture whose server was away is tried again; see `triage.late_pictures`."""
PLACED = {"sha256", "alt", "problem", "later"}
"""What belongs to a picture's place in a post."""
Item: TypeAlias = tuple[str, str, datetime | None]
"""Source, external id, and when it was edited: one item that a source sent."""


@dataclass(frozen=True)
class Recorded:
    """What became of a batch of posts."""

    stored: tuple[int, ...]
    """Ids of the posts, and of the edits of posts, that are new."""
    duplicates: int
    waiting: tuple[int, ...]
    """Ids of duplicates that still wait for their scores; ringing for them again does no harm."""
    items: frozenset[Item] = frozenset()
    """The items that are new."""


@dataclass(frozen=True)
class Tally:
    """How far the scoring of some posts has come, in posts."""

    pending: int = 0
    scored: int = 0
    failed: int = 0
    flagged: int = 0


def record(session: Session, posts: Sequence[contracts.Post]) -> Recorded:
    """Store posts as `pending` with their media, and edits of known posts as their next revisions.

    A (source, external_id) that is known is not stored again, nor one that its source deleted. Call
    `queue.enqueue` with the ids after the commit. The media's bytes must be in the media store already.
    """
    unique: dict[tuple[str, str], contracts.Post] = {}
    for post in posts:  # the first of two with the same id counts, as it does between two calls
        unique.setdefault((post.source, post.external_id), post)
    for key in deletions.known(session, unique):
        del unique[key]
    if not unique:
        return Recorded((), len(posts), ())
    ids = _insert_posts(session, [(post, 1) for post in unique.values()])
    candidates = (post for post in posts if (post.source, post.external_id) in unique)
    edits = revisions.numbered(session, (post for post in candidates if item(post) not in ids))
    ids |= _insert_posts(session, edits)
    # Also those of duplicates: their bytes are in the store, and without a row no purge would find them.
    record_media(session, [media for post in posts for media in post.media])
    by_item = {item(post): post for post in [*(post for post, _ in edits), *unique.values()]}
    _insert_places(session, {ids[key]: by_item[key] for key in ids})
    waiting = _waiting(session, [key for key in unique if item(unique[key]) not in ids])
    return Recorded(tuple(ids.values()), len(posts) - len(ids), waiting, frozenset(ids))


def item(post: contracts.Post) -> Item:
    """Return what tells a post from others, and from its own edits."""
    return post.source, post.external_id, post.edited_at


def pending_since(session: Session, first_id: int) -> list[int]:
    """Return ids of the posts stored from `first_id` on that still wait for their scores."""
    table = models.Post
    late = select(table.id).where(table.id >= first_id, table.state == PostState.PENDING)
    return list(session.scalars(late.order_by(table.id)))


def more_wait_than(session: Session, limit: int) -> bool:
    """Whether more posts than that wait for their scores; counts no further than it has to."""
    beyond = select(models.Post.id).where(models.Post.state == PostState.PENDING).offset(limit).limit(1)
    return session.scalar(beyond) is not None


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


def _insert_posts(session: Session, posts: Sequence[tuple[contracts.Post, int]]) -> dict[Item, int]:
    """Insert posts, each as a revision, and return the ids of those that are new."""
    if not posts:
        return {}
    table = models.Post
    life = from_now(hours=get_settings().unflagged_hours)
    statement = (
        insert(table)
        .values(expires_at=life)
        .on_conflict_do_nothing(index_elements=["source", "external_id", "revision"])
        .returning(table.id, table.source, table.external_id, table.edited_at)
    )
    rows = [post.model_dump(exclude={"media"}) | {"revision": number} for post, number in posts]
    inserted = session.execute(statement, rows)
    return {(row.source, row.external_id, row.edited_at): row.id for row in inserted}


def record_media(session: Session, media: Iterable[contracts.Media]) -> None:
    """Note pictures whose bytes are in the media store; known ones are used again, and stay."""
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
        {"post_id": post_id, "position": position, **media.model_dump(include=PLACED)}
        for post_id, post in posts.items()
        for position, media in enumerate(post.media)
    ]
    if rows:
        first_try = insert(models.PostMedia).values(next_try_at=from_now(seconds=FIRST_PAUSE))
        session.execute(first_try, rows)


def _waiting(session: Session, keys: Sequence[tuple[str, str]]) -> tuple[int, ...]:
    if not keys:
        return ()
    table = models.Post
    known = select(table.id).where(
        tuple_(table.source, table.external_id).in_(keys), table.state == PostState.PENDING
    )
    return tuple(session.scalars(known))
