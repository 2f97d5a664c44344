from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from sqlalchemy import select, update

from tests.made import failed, picture, post, record, score, store, take, tally
from triage import attempts, models, posts, scores
from triage.contracts import Level, Media
from triage.db import session_scope
from triage.models import PostState

pytestmark = pytest.mark.usefixtures("database")


T = TypeVar("T")


def only(table: type[T]) -> T:
    with session_scope() as session:
        return session.scalars(select(table)).one()


def test_a_flagged_post_gets_a_case_with_rule_priority_and_policy_version() -> None:
    (post_id,) = store(post())
    (case_id,) = record(take(post_id)[0], score(Level.STRONG))
    case = only(models.Case)
    assert (case.id, case.post_id, case.rule, case.priority, case.policy_version) == (
        case_id,
        post_id,
        "text",
        70,
        "toy",
    )


def test_a_case_keeps_its_post_longer() -> None:
    ids = store(post(1), post(2))
    record(take(ids[0])[0], score(Level.STRONG))
    with session_scope() as session:
        flagged, other = session.scalars(select(models.Post).order_by(models.Post.id))
    assert flagged.expires_at > other.expires_at


def test_scores_that_come_twice_do_not_shorten_the_keeping_of_an_escalated_case() -> None:
    (post_id,) = store(post())
    (pending,) = take(post_id)
    record(pending, score(Level.STRONG))
    far = datetime.now(UTC) + timedelta(days=365)
    with session_scope() as session:
        session.execute(update(models.Case).values(state="escalated"))
        session.execute(update(models.Post).values(expires_at=far))
    record(pending, score(Level.STRONG))
    assert only(models.Post).expires_at == far


def test_writing_the_same_scores_twice_changes_nothing() -> None:
    (post_id,) = store(post(media=(picture(),)))
    (pending,) = take(post_id)
    said = (score(Level.STRONG), score(Level.LIKELY, "toy_image", media_sha256="a" * 64))
    assert len(record(pending, *said)) == 1
    assert record(pending, *said) == []
    with session_scope() as session:
        assert len(session.scalars(select(models.Score)).all()) == 2
        assert len(session.scalars(select(models.Case)).all()) == 1


def test_a_new_version_of_a_scorer_adds_a_row_and_leaves_the_old_one() -> None:
    (post_id,) = store(post())
    (pending,) = take(post_id)
    record(pending, score(Level.CLEAR))
    record(pending, score(Level.UNSURE, version="2"))
    with session_scope() as session:
        kept = session.scalars(select(models.Score).order_by(models.Score.version)).all()
    assert [(row.version, row.level) for row in kept] == [("1", "clear"), ("2", "unsure")]


def test_one_broken_item_leaves_the_post_scored_by_the_others() -> None:
    (post_id,) = store(post(media=(picture(),)))
    record(take(post_id)[0], score(Level.STRONG), failed("picture is truncated", "toy_image"))
    assert tally(post_id) == posts.Tally(scored=1, flagged=1)


def test_a_post_of_which_nothing_could_be_scored_fails_with_every_reason() -> None:
    media = (picture(), Media(problem="b.jpg: no such file"))
    (post_id,) = store(post(caption="", media=media))
    record(take(post_id)[0], failed("a.jpg is truncated", "toy_image"))
    row = only(models.Post)
    assert row.state == PostState.FAILED
    assert row.failure == "a.jpg is truncated; b.jpg: no such file"


def test_what_could_not_be_scored_is_told_by_post_with_its_reason() -> None:
    ids = store(*(post(number, media=(picture(),)) for number in range(3)))
    record(take(ids[0])[0], score(), failed("truncated", "toy_image"))
    record(take(ids[1])[0], failed("no words"), failed("truncated", "toy_image"))
    record(take(ids[2])[0], score())
    with session_scope() as session:
        assert scores.problems(session, ids) == [
            "made/post-0: truncated",
            "made/post-1: no words; truncated",
        ]


def test_retrying_forgets_the_errors_but_keeps_the_scores() -> None:
    (post_id,) = store(post(media=(picture(),)))
    record(take(post_id)[0], failed("first"), failed("second", "toy_image"))
    with session_scope() as session:
        attempts.retry(session)
    record(take(post_id)[0], score(Level.CLEAR))
    assert only(models.Score).error is None
    assert tally(post_id) == posts.Tally(scored=1)


def test_a_post_that_no_scorer_fits_fails_and_says_so() -> None:
    (post_id,) = store(post())
    record(take(post_id)[0])
    assert "FLAGPOST_SCORERS" in (only(models.Post).failure or "")
