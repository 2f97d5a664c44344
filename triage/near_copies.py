"""Where else a post's pictures were posted: the very same bytes, or near copies. Pictures, never people."""

from dataclasses import dataclass

from sqlalchemy import CompoundSelect, Select, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased

from triage.models import Case, Media, Post, PostMedia
from triage.pdq import NEAR

SAME = -1
"""Stands for the bits in which the very same picture differs: fewer than any copy."""
MOST_COPIES = 1000
"""Near copies looked at for one post. Without a bound PostgreSQL expects a third of all pictures to be near
copies, and reads every post for them: 3.4 s instead of 0.6 s for four pictures among a million."""
MOST_CASES = 10
"""Cases named of one picture, the nearest first."""


@dataclass(frozen=True)
class Elsewhere:
    """Other posts with one picture; all revisions of a post count as one."""

    same: int
    """Posts that show the very same picture."""
    near: int
    """Further posts, that show a near copy of it."""
    cases: tuple[int, ...]
    """Ids of their cases, ten at most: those of the same picture first, then by likeness."""
    more_cases: int
    """How many cases there are beyond those."""


def of_post(session: Session, post: Post) -> dict[str, Elsewhere]:
    """Return where else a post's pictures were posted, by sha256; those that were nowhere else are left out.

    A near copy's fingerprint differs in at most `pdq.NEAR` bits. Fingerprints are compared one by one.
    """
    other = _others(post).cte("other")
    nearest_first = aggregate_order_by(other.c.case_id, other.c.bits, other.c.case_id)
    rows = session.execute(
        select(
            other.c.ours,
            func.count().filter(other.c.bits == SAME),
            func.count().filter(other.c.bits > SAME),
            func.array_agg(nearest_first).filter(other.c.case_id.is_not(None)),
        ).group_by(other.c.ours)
    )
    return {
        ours: Elsewhere(same, near, tuple((ids or ())[:MOST_CASES]), len((ids or ())[MOST_CASES:]))
        for ours, same, near, ids in rows
    }


def _others(post: Post) -> Select[tuple[str, int, int]]:
    """Select the other posts with a picture of a post, or a copy: which, in how many bits, and the case."""
    alike, place, revision = _alike(post).cte("alike"), PostMedia, aliased(Post)
    itself = (revision.source == post.source) & (revision.external_id == post.external_id)
    return (
        select(alike.c.ours, func.min(alike.c.bits).label("bits"), func.max(Case.id).label("case_id"))
        .join(place, place.sha256 == alike.c.theirs)
        .join(revision, revision.id == place.post_id)
        .outerjoin(Case, Case.post_id == revision.id)
        .where(~itself)
        .group_by(alike.c.ours, revision.source, revision.external_id)
    )


def _alike(post: Post) -> CompoundSelect[tuple[str, str, int]]:
    """Select each picture of a post with itself and its near copies, and in how many bits they differ."""
    shown = select(PostMedia.sha256).where(PostMedia.post_id == post.id, PostMedia.sha256.is_not(None))
    ours, theirs = aliased(Media), aliased(Media)
    bits = func.bit_count(theirs.pdq.bitwise_xor(ours.pdq))
    same = select(ours.sha256.label("ours"), ours.sha256.label("theirs"), literal(SAME).label("bits"))
    near = (bits <= NEAR) & (theirs.sha256 != ours.sha256)
    copies = select(ours.sha256, theirs.sha256, bits).join_from(ours, theirs, near).limit(MOST_COPIES)
    return union_all(*(each.where(ours.sha256.in_(shown)) for each in (same, copies)))
