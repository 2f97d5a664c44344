"""Readings: a picture is read once, by one worker at a time, and what happens to a reading is known."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from tests.made import TOY_RULES, picture, post, record, score, store, take
from triage import decisions, post_readings, readings, retention, scores
from triage.contracts import Level, Score
from triage.db import session_scope
from triage.evidence import Box
from triage.models import Case, Media, Post, PostState, Reading
from triage.models import Score as ScoreRow
from triage.post_readings import Progress
from triage.settings import get_settings
from triage.wording import Line, PictureText

pytestmark = pytest.mark.usefixtures("database")
ONE, TWO = "a" * 64, "b" * 64
VERSION = "reader-1"
WORDS = PictureText.of([Line(text="toy-threat", box=Box(0.1, 0.1, 0.9, 0.2), confidence=0.9)])


@pytest.fixture(autouse=True)
def _a_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_READER", "rapidocr")


def show(number: int, *pictures: str) -> int:
    """Store a post that shows pictures."""
    return store(post(number, media=tuple(picture(sha256) for sha256 in pictures)))[0]


def ask(*pictures: str, version: str = VERSION) -> int:
    with session_scope() as session:
        return readings.request(session, pictures, version)


def begin(by: str = "one/0") -> str | None:
    with session_scope() as session:
        return readings.take(session, by)


def finish(sha256: str = ONE, version: str = VERSION) -> None:
    with session_scope() as session:
        readings.finish(session, sha256, version, WORDS)


def late(sha256: str = ONE, level: Level = Level.STRONG) -> decisions.Decided:
    said = score(level, media_sha256=sha256)
    with session_scope() as session:
        return scores.record_late(session, sha256, [said], TOY_RULES)


def known(*pictures: str, version: str = VERSION) -> dict[str, PictureText]:
    with session_scope() as session:
        return readings.known(session, pictures, version)


def progress(*post_ids: int) -> Progress:
    with session_scope() as session:
        return post_readings.progress(session, post_ids)


def an_hour_passes() -> None:
    hour = timedelta(hours=1)
    with session_scope() as session:
        session.execute(
            update(Reading).values(tried_at=Reading.tried_at - hour, requested_at=Reading.requested_at - hour)
        )


def only_case() -> Case:
    with session_scope() as session:
        return session.scalars(select(Case)).one()


def test_a_picture_is_asked_for_once_however_many_posts_show_it() -> None:
    ids = [show(number, ONE) for number in range(5)]
    assert ask(ONE, ONE) == 1
    assert ask(ONE) == 0
    assert progress(*ids) == Progress(waiting=1)


def test_what_waits_longest_is_taken_first_and_by_one_only() -> None:
    show(1, ONE, TWO)
    ask(TWO)
    ask(ONE)
    assert [begin("one/0"), begin("two/0"), begin("three/0")] == [TWO, ONE, None]


def test_what_was_read_is_known_to_the_same_version_and_read_again_by_another() -> None:
    show(1, ONE)
    ask(ONE)
    finish(begin() or "")
    assert known(ONE, TWO) == {ONE: WORDS}
    assert ask(ONE) == 0
    assert known(ONE, version="reader-2") == {}
    assert ask(ONE, version="reader-2") == 1
    assert begin("two/0") == ONE


def test_a_reading_whose_worker_died_is_tried_again_by_the_same_message_or_after_an_hour() -> None:
    show(1, ONE)
    ask(ONE)
    assert begin("dead/0") == ONE
    assert begin("other/0") is None, "it may still be running"
    assert begin("dead/0") == ONE
    an_hour_passes()
    assert begin("other/0") == ONE


def test_a_picture_that_kills_its_readers_is_set_aside_named_and_can_be_retried() -> None:
    post_id = show(1, ONE)
    ask(ONE)
    assert [begin(), begin(), begin()] == [ONE, ONE, ONE]
    assert begin() is None
    with session_scope() as session:
        (failure,) = post_readings.failures(session)
        assert (failure.post_id, failure.post, failure.sha256) == (post_id, "made/post-1", ONE)
        assert "3 times" in failure.reason
        assert post_readings.retry(session, [post_id + 1]) == 0
        assert post_readings.retry(session, [post_id]) == 1
    assert begin("later/0") == ONE


def test_the_next_picture_is_taken_when_one_is_set_aside() -> None:
    show(1, ONE, TWO)
    ask(ONE)
    ask(TWO)
    assert [begin(), begin(), begin(), begin()] == [ONE, ONE, ONE, TWO]


def test_a_planned_retry_of_a_task_is_no_sign_of_a_death() -> None:
    show(1, ONE)
    ask(ONE)
    assert [begin(f"one/{number}") for number in range(8)] == [ONE] * 8


def test_failures_are_named_once_a_picture_and_only_for_the_posts_asked_about() -> None:
    ids = [show(1, ONE), show(2, ONE), show(3, TWO)]
    ask(ONE, TWO)
    with session_scope() as session:
        for sha256 in (ONE, TWO):
            readings.set_aside(session, sha256, VERSION, "too dark")
        assert len(post_readings.failures(session)) == 2
        assert [failure.post for failure in post_readings.failures(session, ids[1:2])] == ["made/post-2"]
        assert len(post_readings.failures(session, limit=1)) == 1
    assert progress(ids[0]) == Progress(failed=1)


def test_a_reader_that_nobody_rang_is_noticed_but_not_one_that_is_busy() -> None:
    show(1, ONE, TWO)
    ask(ONE, TWO)
    with session_scope() as session:
        assert not readings.none_begun(session)
    an_hour_passes()
    with session_scope() as session:
        assert readings.none_begun(session)
    begin()
    with session_scope() as session:
        assert not readings.none_begun(session)


def test_nobody_is_rung_where_pictures_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    show(1, ONE)
    ask(ONE)
    an_hour_passes()
    monkeypatch.setenv("FLAGPOST_READER", "off")
    get_settings.cache_clear()
    with session_scope() as session:
        assert not readings.none_begun(session)


def test_a_reader_that_never_comes_does_not_keep_posts_for_ever() -> None:
    post_id = show(1, ONE)
    ask(ONE)
    record(take(post_id)[0], score(Level.CLEAR))
    with session_scope() as session:
        session.execute(update(Post).values(expires_at=datetime.now(UTC) - timedelta(days=3)))
    assert retention.purge_expired().posts == 0
    with session_scope() as session:
        session.execute(update(Reading).values(requested_at=datetime.now(UTC) - timedelta(days=31)))
    assert retention.purge_expired().posts == 1


def test_a_post_of_nothing_but_a_picture_with_words_is_decided_when_they_are_read() -> None:
    post_id = show(1, ONE)
    with session_scope() as session:
        scores.record(session, [scores.ScoredPost(take(post_id)[0], (), unread=(ONE,))], TOY_RULES)
    assert len(late().opened) == 1


def test_late_words_can_be_kept_to_some_posts() -> None:
    ids = [show(number, ONE) for number in range(2)]
    for post_id in ids:
        record(take(post_id)[0], score(Level.CLEAR))
    with session_scope() as session:
        said = [score(Level.STRONG, media_sha256=ONE)]
        assert len(scores.record_late(session, ONE, said, TOY_RULES, only=ids[:1]).opened) == 1


def test_words_found_later_open_a_case_for_every_post_that_shows_the_picture() -> None:
    ids = [show(number, ONE) for number in range(3)]
    for post_id in ids:
        record(take(post_id)[0], score(Level.CLEAR))
    assert len(late().opened) == 3
    assert late() == ([], []), "twice changes nothing"
    with session_scope() as session:
        found = session.scalars(select(ScoreRow).where(ScoreRow.media_sha256 == ONE)).all()
    assert [row.post_id for row in found] == ids


def test_a_post_that_still_waits_for_its_other_scores_is_decided_on_all_of_them_when_they_come() -> None:
    post_id = show(1, ONE)
    assert late().opened == []
    with session_scope() as session:
        assert session.get_one(Post, post_id).state == PostState.PENDING
    (case_id,) = record(take(post_id)[0], score(Level.CLEAR))
    assert only_case().id == case_id


def test_an_open_case_is_raised_by_words_found_later() -> None:
    post_id = show(1, ONE)
    record(take(post_id)[0], score(Level.STRONG), score(Level.CLEAR, "toy_image", media_sha256=ONE))
    assert (only_case().rule, only_case().priority) == ("text", 70)
    with session_scope() as session:
        gun = Score(scorer="toy_image", version="2", media_sha256=ONE, probability=0.6, level=Level.LIKELY)
        decided = scores.record_late(session, ONE, [gun], TOY_RULES)
    assert decided == ([], [only_case().id])
    assert (only_case().rule, only_case().priority) == ("both", 90)


def test_a_case_is_never_lowered_by_words_found_later() -> None:
    post_id = show(1, ONE)
    gun = score(Level.LIKELY, "toy_image", media_sha256=ONE)
    record(take(post_id)[0], score(Level.STRONG), gun)
    with session_scope() as session:
        session.execute(update(ScoreRow).where(ScoreRow.scorer == "toy_image").values(level="clear"))
    assert late() == ([], [])
    assert only_case().priority == 90


def test_a_decided_case_is_left_alone() -> None:
    post_id = show(1, ONE)
    record(take(post_id)[0], score(Level.STRONG))
    with session_scope() as session:
        session.execute(update(Case).values(state="dismissed", priority=1))
    assert late() == ([], [])
    assert (only_case().priority, only_case().state) == (1, "dismissed")


def test_a_reading_goes_with_its_picture_and_a_late_result_does_not_bring_it_back() -> None:
    post_id = show(1, ONE)
    ask(ONE)
    record(take(post_id)[0], score(Level.CLEAR))
    long_ago = datetime.now(UTC) - timedelta(days=3)
    with session_scope() as session:
        session.execute(update(Post).values(expires_at=long_ago))
        session.execute(update(Media).values(stored_at=long_ago))
    assert retention.purge_expired() == retention.Purged(), "nobody has read its picture"
    assert begin() == ONE
    finish()
    assert retention.purge_expired() == retention.Purged(posts=1, media=1)
    finish()
    assert late() == ([], [])
    with session_scope() as session:
        assert session.scalar(select(func.count()).select_from(Reading)) == 0


def test_with_the_reader_off_no_post_is_kept_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    post_id = show(1, ONE)
    ask(ONE)
    record(take(post_id)[0], score(Level.CLEAR))
    with session_scope() as session:
        session.execute(update(Post).values(expires_at=datetime.now(UTC) - timedelta(days=3)))
    monkeypatch.setenv("FLAGPOST_READER", "off")
    get_settings.cache_clear()
    assert retention.purge_expired().posts == 1
