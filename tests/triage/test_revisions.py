"""Edits of posts: stored beside what they change, and only where they change something."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from tests.made import picture, post, record, score, store, take
from triage import db, models, posts, revisions
from triage.contracts import Level, Media, Post
from triage.db import session_scope

pytestmark = pytest.mark.usefixtures("database")


def edit(caption: str, at: int = 1, **fields: Any) -> Post:
    """The post 1 as it was after an edit on some day."""
    return post(caption=caption, edited_at=datetime(2026, 11, at, tzinfo=UTC), **fields)


def rows() -> list[tuple[int, str]]:
    with session_scope() as session:
        table = models.Post
        return [(one.revision, one.caption) for one in session.scalars(select(table).order_by(table.id))]


def test_an_edit_is_a_revision_that_waits_for_its_scores_and_leaves_the_first_as_it_was() -> None:
    (first,) = store(post(caption="see you at school"))
    record(take(first)[0], score())
    (second,) = store(edit("I will shoot you all at school"))
    assert rows() == [(1, "see you at school"), (2, "I will shoot you all at school")]
    assert take(first) == []
    (pending,) = take(second)
    assert len(record(pending, score(Level.STRONG))) == 1
    with session_scope() as session:
        said = {one.post_id: one.level for one in session.scalars(select(models.Score))}
        assert said == {first: "clear", second: "strong"}
        assert [one.id for one in revisions.of(session, session.get_one(models.Post, first))] == [
            first,
            second,
        ]


def test_an_edit_brings_its_own_pictures() -> None:
    old, new = picture("a" * 64), picture("b" * 64)
    store(post(media=(old,)))
    (second,) = store(edit("a day at the lake", media=(old, new)))
    (taken,) = take(second)
    assert taken.media == (old, new)


@pytest.mark.parametrize(
    "late",
    [
        edit("two", 2),
        edit("older", 1),
        edit("two", 3),
        post(caption="without a time"),
        edit("two", 3, media=(), language="fr", url="https://example.org/moved"),
    ],
)
def test_what_is_no_newer_or_says_the_same_is_a_duplicate(late: Post) -> None:
    store(post(caption="one"))
    store(edit("two", 2))
    assert store(late) == ()
    assert rows() == [(1, "one"), (2, "two")]


def test_a_post_and_its_edits_in_one_batch_are_stored_in_the_order_of_their_times() -> None:
    with session_scope() as session:
        batch = [post(caption="one"), edit("three", 3), post(caption="one"), edit("two", 2), edit("two", 2)]
        recorded = posts.record(session, batch)
    assert rows() == [(1, "one"), (2, "two"), (3, "three")]
    assert (len(recorded.stored), recorded.duplicates) == (3, 2)
    assert recorded.items == {posts.item(batch[index]) for index in (0, 1, 3)}


def test_an_edit_of_a_post_that_never_came_is_its_first_revision() -> None:
    store(edit("as it is now", 5))
    assert rows() == [(1, "as it is now")]


def test_a_picture_that_could_be_kept_only_later_is_an_edit_if_the_source_says_so() -> None:
    store(post(media=(Media(problem="the server was away"),)))
    (second,) = store(edit("a day at the lake", media=(picture(),)))
    assert take(second)[0].media == (picture(),)


def test_two_edits_at_once_get_two_numbers() -> None:
    store(post(caption="zero"))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda day: store(edit(f"day {day}", day)), range(1, 21)))
    found = rows()
    assert [number for number, _ in found] == list(range(1, len(found) + 1))
    assert found[-1][1] == "day 20"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 5), st.sampled_from("abc")), max_size=8), st.integers(1, 4))
def test_however_edits_arrive_times_only_grow_and_neighbours_differ(
    edits: list[tuple[int, str]], size: int
) -> None:
    with db.engine().begin() as connection:
        connection.execute(text("truncate posts cascade"))
    store(post(caption="zero"))
    for start in range(0, len(edits), size):
        store(*(edit(caption, day) for day, caption in edits[start : start + size]))
    with session_scope() as session:
        found = list(session.scalars(select(models.Post).order_by(models.Post.revision)))
    assert [one.revision for one in found] == list(range(1, len(found) + 1))
    days = [one.edited_at.day for one in found[1:] if one.edited_at]
    assert days == sorted(set(days))
    assert all(one.caption != other.caption for one, other in pairwise(found))
