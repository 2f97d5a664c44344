"""Pictures whose server was away: tried again, a few times, and their posts scored anew once they came."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from ingest import media
from ingest.adapter import Checkpoint, FoundMedia, FoundPost, Page
from ingest.fields import check
from ingest.refetch import refetch
from ingest.remote import RemoteFile
from ingest.run import Summary, pump
from tests.ingest.web import Answer, Server, fetcher, http, picture, serving
from tests.made import post, record, score, store, take
from triage import late_pictures, models
from triage.contracts import Media
from triage.db import session_scope
from triage.late_pictures import MOST_TRIES
from triage.models import PostState

pytestmark = pytest.mark.usefixtures("database")
AWAY = http(b"", status="503 Service Unavailable")


class OnePost:
    """A source with one post, whose picture is at an address."""

    def __init__(self, server: Server, text: str = "look") -> None:
        self._server, self._text = server, text

    def fetch(self, _checkpoint: Checkpoint) -> Page:
        fields = check({"id": "1", "text": self._text, "media": [{"path": "a.png"}]}, "web")
        found = FoundMedia("a.png", RemoteFile(self._server.url(), fetcher(self._server)), "a cat")
        return Page((FoundPost("web:1", b"", fields, (found,)),), (), {}, done=True)


def read(server: Server, text: str = "look") -> Summary:
    return pump(OnePost(server, text), "web")


def again(server: Server) -> tuple[int, int]:
    found = refetch("web", fetcher=fetcher(server))
    return found.came, found.failed


def places() -> list[models.PostMedia]:
    with session_scope() as session:
        return list(session.scalars(select(models.PostMedia)))


def state() -> str:
    with session_scope() as session:
        return session.scalars(select(models.Post.state)).one()


def wait_is_over() -> None:
    with session_scope() as session:
        session.execute(update(models.PostMedia).values(next_try_at=datetime.now(UTC) - timedelta(seconds=1)))


def score_it() -> None:
    with session_scope() as session:
        (post_id,) = session.scalars(select(models.Post.id))
    (pending,) = take(post_id)
    said = [score(scorer="toy_image", media_sha256=one.sha256) for one in pending.media if one.sha256]
    record(pending, score(), *said)


def test_a_picture_whose_server_was_away_comes_later_and_its_post_is_scored_anew() -> None:
    with serving(AWAY, http(picture())) as server:
        assert read(server).stored == 1
        score_it()
        assert state() == PostState.SCORED
        assert again(server) == (0, 0), "its pause is not over"
        wait_is_over()
        assert again(server) == (1, 0)
        (place,) = places()
        assert (place.problem, place.later, place.alt) == (None, None, "a cat")
        assert state() == PostState.PENDING
        score_it()
        with session_scope() as session:
            said = sorted(map(tuple, session.execute(select(models.Score.scorer, models.Score.media_sha256))))
        assert said == [("toy_image", place.sha256), ("toy_text", None)]
        wait_is_over()
        assert again(server) == (0, 0)


def test_a_post_of_nothing_but_such_a_picture_is_stored_and_waits_for_it() -> None:
    with serving(AWAY, http(picture())) as server:
        summary = read(server, text="")
        assert (summary.stored, summary.rejected) == (1, 0)
        wait_is_over()
        assert again(server) == (1, 0)
        score_it()
        assert state() == PostState.SCORED


def test_a_picture_that_its_page_left_no_time_for_comes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "FETCHING_SECONDS", -1)
    with serving(http(picture())) as server:
        assert read(server, text="").stored == 1
        assert server.requests == []
        wait_is_over()
        assert again(server) == (1, 0)
        assert places()[0].sha256


@pytest.mark.parametrize("answer", [http(b"", status="404 Not Found"), http(b"<html>no picture</html>")])
def test_a_picture_that_will_never_come_is_not_tried_again(answer: Answer) -> None:
    with serving(answer) as server:
        read(server)
        (place,) = places()
        assert place.later is None
        assert place.problem


def test_after_some_tries_with_growing_pauses_it_is_given_up_and_the_last_problem_kept() -> None:
    with serving(AWAY) as server:
        read(server)
        pauses = []
        for _ in range(MOST_TRIES):
            wait_is_over()
            assert again(server) == (0, 1)
            pauses.append(round((places()[0].next_try_at - datetime.now(UTC)).total_seconds() / 60))
        assert pauses == [5, 20, 80, 320, 1280]
        wait_is_over()
        assert again(server) == (0, 0)
        (place,) = places()
        assert place.later is None
        assert "503" in (place.problem or "")


def test_a_picture_that_turns_out_to_be_gone_is_given_up_at_once() -> None:
    with serving(AWAY, http(b"", status="410 Gone")) as server:
        read(server)
        wait_is_over()
        assert again(server) == (0, 1)
        assert places()[0].later is None


def test_while_its_post_is_being_scored_a_picture_waits_and_the_try_does_not_count() -> None:
    with serving(AWAY, http(picture())) as server:
        read(server)
        with session_scope() as session:
            (post_id,) = session.scalars(select(models.Post.id))
        (pending,) = take(post_id)
        wait_is_over()
        assert again(server) == (0, 1)
        assert places()[0].tries == 0
        record(pending, score())
        wait_is_over()
        assert again(server) == (1, 0)


def test_two_readers_do_not_try_the_same_picture() -> None:
    both_hold_it = threading.Barrier(2, timeout=20)
    with serving(AWAY, http(picture())) as server:
        read(server)
        wait_is_over()
        with session_scope() as session:
            first = late_pictures.due(session, "web", 10)
            assert len(first) == 1
            done = threading.Thread(target=lambda: (second.extend(_due()), both_hold_it.wait()))
            second: list[late_pictures.Late] = []
            done.start()
            both_hold_it.wait()
        assert second == []


def _due() -> list[late_pictures.Late]:
    with session_scope() as session:
        return late_pictures.due(session, "web", 10)


def test_only_the_pictures_of_the_source_are_tried() -> None:
    store(post(media=(Media(problem="away", later="https://pictures.example.com/a.png"),)))
    wait_is_over()
    assert refetch("another").failed == 0
    assert places()[0].tries == 0
