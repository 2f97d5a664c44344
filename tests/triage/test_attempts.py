from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from tests.made import post, store, take, tally
from triage import attempts, models, posts
from triage.db import session_scope
from triage.models import PostState

pytestmark = pytest.mark.usefixtures("database")
BY = "first/0"


def rows() -> list[models.Post]:
    with session_scope() as session:
        return list(session.scalars(select(models.Post).order_by(models.Post.id)))


def test_what_is_taken_is_no_longer_fresh_but_a_suspect_later() -> None:
    ids = store(post(1), post(2))
    assert [taken.id for taken in take(*ids)] == list(ids)
    assert take(*ids) == []
    with session_scope() as session:
        assert attempts.suspects(session, ids, BY) == list(ids)


def test_what_one_transaction_took_is_no_suspect_of_the_same_transaction() -> None:
    ids = store(post(1), post(2))
    take(ids[0])
    with session_scope() as session:
        assert [taken.id for taken in attempts.take(session, ids, BY)] == [ids[1]]
        assert attempts.suspects(session, ids, BY) == [ids[0]]


def test_a_suspect_is_set_aside_after_too_many_attempts_and_can_be_retried() -> None:
    (post_id,) = store(post())
    take(post_id)
    for ended in (1, 2):
        with session_scope() as session:
            again = attempts.take_suspect(session, post_id, BY)
        assert again is not None
        assert again.attempts == ended
    with session_scope() as session:
        assert attempts.take_suspect(session, post_id, BY) is None
    assert (rows()[0].state, "3 times" in (rows()[0].failure or "")) == (PostState.FAILED, True)
    with session_scope() as session:
        assert attempts.retry(session) == [post_id]
    assert take(post_id)[0].attempts == 0


def test_only_the_failed_posts_that_are_named_are_retried() -> None:
    ids = store(post(1), post(2), post(3))
    with session_scope() as session:
        attempts.set_aside(session, ids[:2], "made to fail")
    with session_scope() as session:
        assert attempts.retry(session, ids[1:]) == [ids[1]]
    assert tally(*ids) == posts.Tally(pending=2, failed=1)


def test_posts_left_waiting_too_long_are_found_once_per_ring() -> None:
    ids = store(post(1), post(2))
    late = datetime.now(UTC) - timedelta(seconds=301)
    with session_scope() as session:
        session.execute(update(models.Post).where(models.Post.id == ids[0]).values(tried_at=late))
    with session_scope() as session:
        assert attempts.overdue(session) == [ids[0]]
    with session_scope() as session:
        assert attempts.overdue(session) == []


def test_posts_that_another_task_is_trying_are_neither_taken_nor_suspected() -> None:
    ids = store(post(1), post(2))
    take(*ids, by="one/0")
    with session_scope() as session:
        assert attempts.take(session, ids, "other/0") == []
        assert attempts.suspects(session, ids, "other/0") == []


def test_an_attempt_older_than_any_task_may_run_makes_suspects_for_everybody() -> None:
    ids = store(post(1), post(2))
    take(*ids, by="one/0")
    with session_scope() as session:
        session.execute(update(models.Post).values(tried_at=datetime.now(UTC) - timedelta(hours=1)))
    with session_scope() as session:
        assert attempts.suspects(session, ids, "other/0") == list(ids)


def test_ringing_for_posts_of_a_dead_worker_makes_them_suspects_of_whoever_answers() -> None:
    (post_id,) = store(post())
    take(post_id, by="dead/0")
    with session_scope() as session:
        session.execute(update(models.Post).values(tried_at=datetime.now(UTC) - timedelta(hours=1)))
    with session_scope() as session:
        assert attempts.overdue(session) == [post_id]
    with session_scope() as session:
        assert attempts.suspects(session, [post_id], "other/0") == [post_id]


def test_a_planned_retry_of_a_task_is_no_sign_of_a_death_however_often() -> None:
    (post_id,) = store(post())
    for number in range(10):
        (taken,) = take(post_id, by=f"one/{number}")
        assert taken.attempts == 0


def test_failed_posts_stay_long_enough_to_be_retried() -> None:
    (post_id,) = store(post())
    with session_scope() as session:
        attempts.set_aside(session, [post_id], "made to fail")
    with session_scope() as session:
        (failed,) = attempts.failed(session, 10)
    assert failed.failure == "made to fail"
    assert failed.expires_at - datetime.now(UTC) > timedelta(days=29)
