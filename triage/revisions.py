"""Edits: a post that its author changed is stored beside the old one, as its next revision, and scored anew.

So scores, decisions and cases stay with the words and pictures that they are about, and an analyst sees both.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from triage import contracts, models

Key: TypeAlias = tuple[str, str]
"""Source and external id."""
LOCK = 0x65646974
"""Key of the advisory lock under which edits are numbered: two at once would take the same number."""


@dataclass(frozen=True)
class Standing:
    """What a revision says, as far as it is scored, and since when."""

    revision: int
    caption: str
    pictures: tuple[str | None, ...]
    since: datetime | None

    def changed_by(self, post: contracts.Post) -> bool:
        """Whether a post is newer, and says something else."""
        newer = post.edited_at is not None and (self.since is None or post.edited_at > self.since)
        return newer and (post.caption, _pictures(post)) != (self.caption, self.pictures)


def numbered(session: Session, posts: Iterable[contracts.Post]) -> list[tuple[contracts.Post, int]]:
    """Return those of some posts that are edits of stored ones, each with its revision, oldest first.

    Others were stored before, came too late, or changed only what nobody scores.
    """
    edits = [(post.edited_at, post) for post in posts if post.edited_at]
    if not edits:
        return []
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    newest = _newest(session, {(post.source, post.external_id) for _, post in edits})
    found = []
    for moment, post in sorted(edits, key=lambda edit: edit[0]):
        key = (post.source, post.external_id)
        if key in newest and newest[key].changed_by(post):
            newest[key] = Standing(newest[key].revision + 1, post.caption, _pictures(post), moment)
            found.append((post, newest[key].revision))
    return found


def of(session: Session, post: models.Post) -> Sequence[models.Post]:
    """Return the revisions of a post that are stored, itself among them, oldest first."""
    table = models.Post
    same = (table.source == post.source) & (table.external_id == post.external_id)
    return session.scalars(select(table).where(same).order_by(table.revision)).all()


def _newest(session: Session, keys: Collection[Key]) -> dict[Key, Standing]:
    table, place = models.Post, models.PostMedia
    known = tuple_(table.source, table.external_id).in_(keys)
    rows = session.execute(
        select(table, func.array_agg(place.sha256).filter(place.position.is_not(None)))
        .outerjoin(place, place.post_id == table.id)
        .where(known)
        .group_by(table.id)
        .order_by(table.revision)
    )
    return {
        (post.source, post.external_id): Standing(
            post.revision, post.caption, tuple(sorted(pictures or (), key=str)), post.edited_at
        )
        for post, pictures in rows
    }


def _pictures(post: contracts.Post) -> tuple[str | None, ...]:
    return tuple(sorted((media.sha256 for media in post.media), key=str))
