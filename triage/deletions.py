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

UNKNOWN_HOURS = 24
"""A tombstone of a post that never came stays so long: some sources tell of every deletion there is."""


def record(session: Session, keys: Collection[tuple[str, str]]) -> None:
    """Note that posts, by source and external id, were deleted where they came from. Twice changes nothing.

    All their revisions are marked; `triage.retention` decides when they go. Call it after `posts.record` for
    what came with them, so that a post and its deletion on one page are treated as on two.
    """
    if not keys:
        return
    post = models.Post
    named = tuple_(post.source, post.external_id).in_(keys)
    marked = update(post).where(named).values(deleted_at=func.coalesce(post.deleted_at, func.now()))
    here = {
        (row.source, row.external_id)
        for row in session.execute(marked.returning(post.source, post.external_id))
    }
    _leave_tombstones(session, here, days=get_settings().tombstone_days)
    _leave_tombstones(session, set(keys) - here, hours=UNKNOWN_HOURS)


def record_accounts(session: Session, authors: Collection[str]) -> int:
    """Note that all posts of some authors, by pseudonym, went with their accounts; return how many.

    Sources tell of strangers, too, thousands a day. Those are known by having no handle, so that not all
    posts are looked through for each of them. Call it after `posts.record` and `handles.record`.
    """
    handle, post = models.AuthorHandle, models.Post
    ours = session.scalars(select(handle.author_ref).where(handle.author_ref.in_(authors))).all()
    if not ours:
        return 0
    theirs = select(post.source, post.external_id).where(post.author_ref.in_(ours)).distinct()
    keys = [(row.source, row.external_id) for row in session.execute(theirs)]
    record(session, keys)
    return len(keys)


def _leave_tombstones(session: Session, keys: Collection[tuple[str, str]], **life: float) -> None:
    rows = [{"ref": ref} for ref in sorted(post_ref(*key) for key in keys)]
    if rows:
        leave = insert(models.Tombstone).values(expires_at=from_now(**life))
        session.execute(leave.on_conflict_do_nothing(index_elements=["ref"]), rows)


def known(session: Session, keys: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return those of some posts that their sources deleted."""
    refs = {post_ref(*key): key for key in keys}
    table = models.Tombstone
    return {refs[ref] for ref in session.scalars(select(table.ref).where(table.ref.in_(refs)))}
