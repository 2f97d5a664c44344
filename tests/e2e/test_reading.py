"""Words in pictures through real processes: a worker asks, a reader reads, cases open later."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select, update

from tests.conftest import empty_queue, flagpost, forget
from tests.e2e.processes import until
from tests.made import picture, post, store, take, tally
from tests.worker.drawn_text import landscape, written
from tests.worker.made_pictures import encoded
from triage import fleet, images, models, post_readings, queue, readings
from triage.db import session_scope
from triage.media import open_store
from triage.models import ReadingState
from triage.post_readings import Progress
from triage.wording import PictureText
from worker import reading, scoring

pytestmark = pytest.mark.usefixtures("database", "toys")
SIGN = written("we carry a toy-threat", "in plain sight today")
UPRIGHT = written("stay", "away", "from", "here", size=(300, 480))


@pytest.fixture(autouse=True)
def _a_reader(toys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_READER", "rapidocr")


@pytest.fixture
def worker() -> Iterator[fleet.Part]:
    with fleet.running("worker", fleet.worker_command()) as part:
        yield part


@pytest.fixture
def reader() -> Iterator[fleet.Part]:
    with fleet.running("reader", fleet.reader_command()) as part:
        yield part


def show(number: int, *shown: images.Picture, caption: str = "look") -> int:
    digests = [open_store().put(encoded(Image.fromarray(each))) for each in shown]
    return store(post(number, caption, media=tuple(picture(digest) for digest in digests)))[0]


def progress(*post_ids: int) -> Progress:
    with session_scope() as session:
        return post_readings.progress(session, post_ids)


def scored(part: fleet.Part, *post_ids: int) -> None:
    queue.enqueue(post_ids)
    until(lambda: tally(*post_ids).pending == 0, part)


def rows() -> list[models.Score]:
    with session_scope() as session:
        return list(session.scalars(select(models.Score).order_by(models.Score.id)))


def ask(*digests: str) -> None:
    """Let pictures wait to be read, without a worker that finds them legible."""
    with session_scope() as session:
        session.add_all(models.Reading(sha256=digest) for digest in digests)


def only_reading() -> models.Reading:
    with session_scope() as session:
        return session.scalars(select(models.Reading)).one()


def test_words_in_a_picture_open_cases_later_and_a_post_that_shows_it_again_is_flagged_at_once(
    worker: fleet.Part,
) -> None:
    ids = [show(1, SIGN), show(2, SIGN, landscape()), show(3, landscape())]
    scored(worker, *ids)
    assert (tally(*ids).flagged, progress(*ids)) == (0, Progress(waiting=1))
    with fleet.running("reader", fleet.reader_command()) as part:
        until(lambda: progress(*ids).waiting == 0, part)
    assert (tally(*ids).flagged, progress(*ids)) == (2, Progress(read=1))
    again = show(4, SIGN)
    scored(worker, again)
    assert tally(again).flagged == 1, "without a reader"
    for score in (score for score in rows() if score.scorer == "toy_text" and score.media_sha256):
        found = score.evidence["picture_text"]
        assert found["text"] == "we carry a toy-threat\nin plain sight today"
        assert [len(line["box"]) for line in found["lines"]] == [4, 4]


def test_a_wiped_broker_loses_no_picture(worker: fleet.Part, reader: fleet.Part) -> None:
    post_id = show(1, SIGN)
    (digest,) = {medium.sha256 for medium in _media()}
    ask(digest)
    empty_queue()
    with session_scope() as session:
        session.execute(update(models.Reading).values(requested_at="2020-01-01"))
    queue.app().send_task("worker.tasks.ring_for_waiting_posts")
    until(lambda: progress(post_id).read == 1, reader)


def test_a_picture_that_kills_its_reader_ends_alone_and_the_next_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FLAGPOST_READER", "tests.e2e.strange:DeadlyReader")
    ids = [show(1, SIGN), show(2, UPRIGHT)]
    ask(*(medium.sha256 for medium in _media()))
    queue.ring_reader()
    with fleet.running("reader", fleet.reader_command()) as part:
        until(lambda: progress(*ids) == Progress(read=1, failed=1), part, seconds=120)
    with session_scope() as session:
        (failure,) = post_readings.failures(session)
    assert failure.post_id == ids[0]
    assert "3 times" in failure.reason


def _media() -> list[models.Media]:
    with session_scope() as session:
        return list(session.scalars(select(models.Media)))


def test_run_waits_for_the_words_in_pictures_and_counts_what_they_flag(tmp_path: Path) -> None:
    Image.fromarray(SIGN).save(tmp_path / "sign.png")
    (tmp_path / "torn.png").write_bytes(encoded(Image.fromarray(SIGN))[:2000])
    posts = [
        {"id": n, "text": "look", "media": [{"path": name}]}
        for n, name in enumerate(("sign.png", "torn.png"))
    ]
    (tmp_path / "posts.jsonl").write_text("\n".join(map(json.dumps, posts)))
    done = flagpost("run", str(tmp_path / "posts.jsonl"), "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert (figures["scored"], figures["pictures_read"], figures["flagged"]) == (2, 1, 1)


def test_a_picture_that_was_read_while_its_post_was_being_scored_flags_it_all_the_same() -> None:
    post_id = show(1, SIGN)
    (taken,) = take(post_id)
    results = scoring.score([taken])
    assert results[0].unread == (_media()[0].sha256,)
    ask(*results[0].unread)
    with session_scope() as session:
        reader = reading.readers.load()
        words = PictureText.of(reader.read(SIGN))
        readings.finish(session, results[0].unread[0], reader.version, words)
    with session_scope() as session:
        opened, asked = reading.record(session, results)
    assert (len(opened), asked) == (1, 0)
    assert tally(post_id).flagged == 1


@pytest.mark.parametrize("reader_class", ["FailingReader", "WordyReader"])
def test_a_strange_reader_costs_a_reason_or_the_lines_nobody_would_read(
    monkeypatch: pytest.MonkeyPatch, reader_class: str
) -> None:
    monkeypatch.setenv("FLAGPOST_READER", f"tests.e2e.strange:{reader_class}")
    forget()
    show(1, SIGN)
    ask(_media()[0].sha256)
    assert reading.read_next("here/0")
    assert not reading.read_next("here/0")
    if reader_class == "FailingReader":
        assert only_reading().state == ReadingState.FAILED
        assert "letters divided by nothing" in (only_reading().failure or "")
    else:
        assert len((only_reading().found or {})["lines"]) == reading.MOST_LINES


@pytest.mark.parametrize("data", [b"no picture at all", None])
def test_a_picture_that_is_broken_or_gone_is_set_aside_with_its_reason(data: bytes | None) -> None:
    digest = open_store().put(data) if data else "f" * 64
    (post_id,) = store(post(1, media=(picture(digest),)))
    ask(digest)
    assert reading.read_next("here/0")
    assert progress(post_id) == Progress(failed=1)
    assert ("not a picture" if data else "not in the media store") in (only_reading().failure or "")


def test_a_picture_without_words_has_an_empty_reading_and_no_score(worker: fleet.Part) -> None:
    post_id = show(1, landscape())
    ask(_media()[0].sha256)
    assert reading.read_next("here/0")
    assert progress(post_id) == Progress(read=1)
    assert (only_reading().found, rows()) == ({"text": "", "lines": []}, [])
    scored(worker, post_id)
    assert [score.error for score in rows()] == [None, None]


def test_with_the_reader_off_nothing_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_READER", "off")
    post_id = show(1, SIGN)
    with fleet.running("worker", fleet.worker_command()) as part:
        scored(part, post_id)
    assert progress(post_id) == Progress()
