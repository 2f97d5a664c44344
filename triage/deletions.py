"""Deletions: a source says that a post is gone. It leaves with the next purge, or once nobody needs it.

What stays is a tombstone, a keyed hash of its id: sources repeat themselves, and send things out of order.
"""

from collections.abc import Collection

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from triage import models
from triage.models.base import from_now
from triage.pseudonyms import post_ref
from triage.settings import get_settings


def record(session: Session, keys: Collection[tuple[str, str]]) -> None:
    """Note that posts, by source and external id, were deleted where they came from. Twice changes nothing.

    All their revisions are marked; `triage.retention` decides when they go. Call it after `posts.record` for
    what came with them, so that a post and its deletion on one page are treated as on two.
    """
    if not keys:
        return
    post, life = models.Post, from_now(days=get_settings().tombstone_days)
    rows = [{"ref": ref} for ref in sorted({post_ref(*key) for key in keys})]
    session.execute(insert(models.Tombstone).values(expires_at=life).on_conflict_do_nothing(), rows)
    named = tuple_(post.source, post.external_id).in_(keys)
    session.execute(update(post).where(named, post.deleted_at.is_(None)).values(deleted_at=func.now()))


def known(session: Session, keys: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return those of some posts that their sources deleted."""
    refs = {post_ref(*key): key for key in keys}
    table = models.Tombstone
    return {refs[ref] for ref in session.scalars(select(table.ref).where(table.ref.in_(refs)))}
