"""Pictures whose server was away: their post is scored without them, and anew once they have come.

They are tried again after pauses that grow; `ingest.refetch` does the fetching.
"""

from dataclasses import dataclass

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.orm import Session

from triage import contracts, models, posts
from triage.models import PostState
from triage.models.base import from_now

MOST_TRIES = 5
GROWTH = 4
"""By so much each pause is longer than the one before: the last one is over after about seven hours."""


@dataclass(frozen=True)
class Late:
    """A picture's place in a post, and where to fetch it."""

    post_id: int
    position: int
    url: str
    alt: str | None
    tries: int
    """How often it was tried again, this time included."""


def due(session: Session, source: str, limit: int) -> list[Late]:
    """Take pictures of a source's posts that should be tried now; nobody else gets them until their next try.

    Commit before fetching, so that a picture that takes its process down is not tried for ever.
    """
    place, post = models.PostMedia, models.Post
    waiting = (
        select(place.post_id, place.position)
        .join(post, post.id == place.post_id)
        .where(place.later.is_not(None), place.next_try_at <= func.now(), post.source == source)
        .order_by(place.next_try_at)
        .limit(limit)
        .with_for_update(of=place, skip_locked=True)
    )
    pause = func.make_interval(0, 0, 0, 0, 0, 0, posts.FIRST_PAUSE * func.power(GROWTH, place.tries))
    taken = session.scalars(
        update(place)
        .where(tuple_(place.post_id, place.position).in_(waiting))
        .values(tries=place.tries + 1, next_try_at=func.now() + pause)
        .returning(place)
    )
    return [Late(row.post_id, row.position, row.later or "", row.alt, row.tries) for row in taken]


def arrived(session: Session, late: Late, picture: contracts.Media) -> bool:
    """Put a picture in its place, and let its post wait for scores again. Queue it after the commit.

    Returns:
        Whether it is there. While the post is being scored, or has left, it is not: the scores would come
        without it. Its next try is soon then, and does not count.
    """
    post = session.get(models.Post, late.post_id, with_for_update=True)
    if post is None:
        return False
    if post.state == PostState.PENDING and post.attempts:
        _change(session, late, tries=late.tries - 1, next_try_at=from_now(minutes=1))
        return False
    posts.record_media(session, [picture])
    _change(session, late, sha256=picture.sha256, problem=None, later=None)
    post.state, post.failure, post.attempts = PostState.PENDING.value, None, 0
    post.tried_at = func.now()
    return True


def failed(session: Session, late: Late, problem: str, *, for_good: bool) -> None:
    """Note why a try failed. For good, or after the last try, there is no other."""
    over = for_good or late.tries >= MOST_TRIES
    _change(session, late, problem=problem, **({"later": None} if over else {}))


def _change(session: Session, late: Late, **values: object) -> None:
    place = models.PostMedia
    here = (place.post_id == late.post_id) & (place.position == late.position)
    session.execute(update(place).where(here).values(**values))
