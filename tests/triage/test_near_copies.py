"""Where else a picture was posted: counted by posts, named by cases."""

import pytest
from sqlalchemy import event, select

from tests.made import picture, post, record, score, store, take
from triage import db, fingerprints, near_copies
from triage.contracts import Level
from triage.db import session_scope
from triage.models import Post
from triage.near_copies import Elsewhere
from triage.pdq import NEAR, Fingerprint

pytestmark = pytest.mark.usefixtures("database")

PLAIN = Fingerprint(0, 0)


def differing(bits: int) -> Fingerprint:
    """A fingerprint that differs from the one of no bits in so many."""
    return Fingerprint(2**bits - 1, 100)


def posted(number: int | str, *pictures: str, flagged: bool = False, **fields: object) -> int:
    """Store a post with pictures, each named by a letter; return its id, or that of its case."""
    (post_id,) = store(post(number, media=tuple(picture(name * 64) for name in pictures), **fields))
    return record(take(post_id)[0], score(Level.STRONG))[0] if flagged else post_id


def look(**prints: Fingerprint) -> None:
    with session_scope() as session:
        fingerprints.record(session, [{name * 64: print_ for name, print_ in prints.items()}])


def elsewhere(post_id: int) -> dict[str, Elsewhere]:
    with session_scope() as session:
        found = near_copies.of_post(session, session.get_one(Post, post_id))
    return {sha256[0]: said for sha256, said in found.items()}


def test_a_picture_that_is_nowhere_else_is_left_out() -> None:
    ours = posted(1, "a")
    posted(2, "b")
    look(a=differing(0), b=differing(128))
    assert elsewhere(ours) == {}
    assert elsewhere(posted(3)) == {}


def test_posts_with_the_same_picture_and_with_copies_are_counted_apart() -> None:
    ours = posted(1, "a")
    posted(2, "a")
    posted(3, "a", "b")  # counts as the same, and once
    posted(4, "b")
    posted(5, "b", "c")
    look(a=differing(0), b=differing(3), c=differing(NEAR))
    assert elsewhere(ours) == {"a": Elsewhere(same=2, near=2, cases=(), more_cases=0)}


@pytest.mark.parametrize(("bits", "found"), [(0, True), (NEAR, True), (NEAR + 1, False)])
def test_a_near_copy_differs_in_31_bits_at_most(bits: int, found: bool) -> None:
    ours = posted(1, "a")
    posted(2, "b")
    look(a=differing(0), b=differing(bits))
    assert ("a" in elsewhere(ours)) is found


def test_pictures_without_a_fingerprint_are_compared_by_their_bytes_alone() -> None:
    ours = posted(1, "a", "b")
    posted(2, "a", "c")
    look(a=PLAIN, b=PLAIN, c=PLAIN)
    assert elsewhere(ours) == {"a": Elsewhere(1, 0, (), 0)}


def test_cases_are_named_the_nearest_first() -> None:
    far, near = posted(2, "c", flagged=True), posted(3, "b", flagged=True)
    posted(4, "b")
    same = posted(5, "a", flagged=True)
    look(a=differing(0), b=differing(1), c=differing(20))
    assert elsewhere(posted(1, "a"))["a"] == Elsewhere(1, 3, (same, near, far), 0)


def test_ten_cases_are_named_and_the_others_counted() -> None:
    cases = tuple(posted(number, "a", flagged=True) for number in range(2, 14))
    assert elsewhere(posted(1, "a"))["a"] == Elsewhere(12, 0, cases[:10], 2)


def test_revisions_of_a_post_are_one_post_and_never_others_of_their_own() -> None:
    posted(1, "a", flagged=True)
    edited = posted(1, "a", flagged=True, caption="another", edited_at="2026-11-21T08:30:00Z")
    ours = posted(2, "a")
    assert elsewhere(ours)["a"] == Elsewhere(1, 0, (edited,), 0)
    with session_scope() as session:
        revisions = session.scalars(select(Post.id).where(Post.external_id == "post-1")).all()
    assert [elsewhere(revision)["a"].same for revision in revisions] == [1, 1]


def test_each_picture_of_a_post_is_told_apart_in_one_query() -> None:
    ours = posted(1, "a", "b", "c")
    posted(2, "a")
    posted(3, "b")
    posted(4, "b")
    with session_scope() as session:
        post_ = session.get_one(Post, ours)
        asked: list[str] = []
        event.listen(db.engine(), "before_cursor_execute", lambda *each: asked.append(each[2]))
        found = near_copies.of_post(session, post_)
    assert len(asked) == 1
    assert {sha256[0]: said.same for sha256, said in found.items()} == {"a": 1, "b": 2}
