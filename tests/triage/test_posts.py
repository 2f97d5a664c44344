from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from tests.made import picture, post, record, score, store, take, tally
from triage import attempts, models, posts
from triage.contracts import Level, Media
from triage.db import session_scope

pytestmark = pytest.mark.usefixtures("database")


def rows() -> list[models.Post]:
    with session_scope() as session:
        return list(session.scalars(select(models.Post).order_by(models.Post.id)))


def test_a_post_is_stored_as_pending_with_everything_it_held() -> None:
    given = post(caption="سلام 🔫 𝕏", language="fa", url="https://example.org/1", author_ref="ab" * 16)
    (post_id,) = store(given)
    (taken,) = take(post_id)
    assert taken.model_dump(include=set(type(given).model_fields)) == given.model_dump()


def test_a_post_is_given_a_date_on_which_it_leaves() -> None:
    store(post())
    left = rows()[0].expires_at - datetime.now(UTC)
    assert timedelta(hours=23) < left <= timedelta(hours=24)


def test_the_same_post_twice_is_stored_once() -> None:
    with session_scope() as session:
        first = posts.record(session, [post(1), post(1), post(2)])
    with session_scope() as session:
        again = posts.record(session, [post(1), post(2), post(3)])
    assert (len(first.stored), first.duplicates) == (2, 1)
    assert (len(again.stored), again.duplicates) == (1, 2)
    assert len(rows()) == 3


def test_duplicates_that_still_wait_are_reported_so_that_they_can_be_rung_for() -> None:
    ids = store(post(1), post(2))
    record(take(ids[0])[0], score())
    with session_scope() as session:
        assert posts.record(session, [post(1), post(2)]).waiting == (ids[1],)


def test_media_keep_their_order_and_their_problems() -> None:
    media = (picture("b" * 64, alt="two"), Media(problem="x.jpg: no such file"), picture("a" * 64, alt="one"))
    (post_id,) = store(post(media=media))
    (taken,) = take(post_id)
    assert taken.media == media


def test_two_posts_may_show_the_same_picture() -> None:
    store(post(1, media=(picture(),)), post(2, media=(picture(), picture())))
    with session_scope() as session:
        assert len(session.scalars(select(models.Media)).all()) == 1
        assert len(session.scalars(select(models.PostMedia)).all()) == 3


def test_the_tally_counts_states_and_flags() -> None:
    ids = store(*(post(number) for number in range(4)))
    record(take(ids[0])[0], score(Level.STRONG))
    record(take(ids[1])[0], score(Level.CLEAR))
    with session_scope() as session:
        attempts.set_aside(session, [ids[2]], "made to fail")
    assert tally(*ids) == posts.Tally(pending=1, scored=2, failed=1, flagged=1)


def test_a_post_cannot_be_in_a_state_nobody_knows() -> None:
    store(post())
    with pytest.raises(Exception, match="ck_posts_state"), session_scope() as session:
        session.execute(text("update posts set state = 'lost'"))
