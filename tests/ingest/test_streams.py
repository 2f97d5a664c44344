"""Sources that stay open: read once until they have caught up, followed without end, stopped at once."""

from collections.abc import Callable
from pathlib import Path
from socket import socket
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import select

from ingest import follow, reader, remote, sources
from ingest.adapter import Checkpoint, FoundMedia, FoundPost, Page, Stream
from ingest.fields import check
from ingest.remote import RemoteFile
from ingest.run import Progress
from tests.ingest.test_refetch import AWAY, places, wait_is_over
from tests.ingest.test_source_cli import GIVEN, source
from tests.ingest.test_sources import audited, configure, ids, wait_until
from tests.ingest.web import fetcher, http, picture, serving, silent
from triage import models
from triage.db import session_scope
from triage.errors import FetchFailed

pytestmark = pytest.mark.usefixtures("database")


class Toy:
    """Counts: each page a post, and a page without any where it has caught up, and so on."""

    def __init__(self) -> None:
        self.opened = self.closed = 0
        self.asked: list[Checkpoint] = []
        self.before: Callable[[int], object] = lambda _number: None
        self.media: tuple[FoundMedia, ...] = ()

    def fetch(self, checkpoint: Checkpoint) -> Page:
        number = checkpoint.get("number", 0) + 1
        self.asked.append(checkpoint)
        self.before(number)
        posts = (FoundPost(str(number), b"", check({"id": number, "text": "x"}, "toy"), self.media),)
        caught_up = number % 2 == 0
        return Page(posts, (), {"number": number}, done=caught_up, live=True)

    def close(self) -> None:
        self.closed += 1


class Still:
    """A picture that never comes."""

    def __init__(self) -> None:
        self.asked = Event()

    def read(self, limit: int) -> bytes:  # noqa: ARG002
        self.asked.set()
        Event().wait()
        return b""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    made = Toy()

    def opened(_self: Any) -> Toy:
        made.opened += 1
        return made

    configure(tmp_path, monkeypatch, "[toy]\nadapter = 'toy'\nevery = 3600")
    monkeypatch.setattr(sources.Source, "open", opened)
    monkeypatch.setattr(follow, "backoff", lambda _failures: 0.01)
    source("approve", "toy", *GIVEN)
    return made


class Following:
    """`flagpost ingest run toy --follow`, in a thread."""

    def __init__(self) -> None:
        self.stop, self.said = Event(), list[str]()
        self.thread = Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        self.total = follow.follow(sources.find("toy"), self._tell, self.stop)

    def _tell(self, progress: Progress) -> None:
        self.said += progress.messages

    def end(self) -> None:
        self.stop.set()
        self.thread.join(60)
        assert not self.thread.is_alive()


def test_what_keeps_a_connection_is_a_stream_and_other_adapters_are_none() -> None:
    assert isinstance(Toy(), Stream)


def test_read_once_a_stream_ends_when_it_has_caught_up_and_is_hung_up(toy: Toy) -> None:
    assert follow.read(sources.find("toy"), lambda _: None, Event()).stored == 2
    assert follow.read(sources.find("toy"), lambda _: None, Event()).stored == 2
    assert ids() == ["1", "2", "3", "4"]
    assert (toy.opened, toy.closed) == (2, 2)


def test_followed_it_is_opened_once_and_goes_on_without_a_pause(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "READING_SECONDS", 0.1)
    following = Following()
    wait_until(lambda: audited().count("source.read") > 2)
    following.end()
    assert (toy.opened, toy.closed) == (1, 1)
    assert following.total.stored == len(ids()) > 2
    assert following.total.waiting == ()


def test_what_waits_is_not_carried_from_page_to_page(toy: Toy) -> None:
    toy.before = lambda number: stop.set() if number == 20 else None
    stop = Event()
    follow.follow(sources.find("toy"), lambda _: None, stop)
    with session_scope() as session:
        (kept,) = session.scalars(select(models.Checkpoint.position))
        newest = session.scalar(select(models.Post.id).order_by(models.Post.id.desc()).limit(1))
    assert kept["first_id"] == newest


def test_a_stream_that_breaks_is_hung_up_and_opened_anew_where_it_was_left(toy: Toy) -> None:
    broken = Event()

    def break_once(number: int) -> None:
        if number == 4 and not broken.is_set():
            broken.set()
            raise FetchFailed("the line broke.")

    toy.before = break_once
    following = Following()
    wait_until(lambda: len(ids()) > 6)
    following.end()
    assert (toy.opened, toy.closed) == (2, 2)
    assert toy.asked[3:5] == [{"number": 3}, {"number": 3}]
    assert following.said == ["the line broke. Next attempt in 0 s."]
    assert following.total.stored == len(ids())
    assert audited().count("source.read") == 2


def test_failures_are_only_counted_in_a_row(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = list[int]()

    def backoff(failures: int) -> float:
        counted.append(failures)
        return 0.01

    def break_often(number: int) -> None:
        if len(toy.asked) in (1, 2, 5, 6):
            raise FetchFailed("broken.")

    monkeypatch.setattr(follow, "backoff", backoff)
    toy.before = break_often
    following = Following()
    wait_until(lambda: len(ids()) > 4)
    following.end()
    assert counted == [1, 2, 1, 2]


@pytest.mark.timeout(60)
def test_a_stop_ends_it_while_it_waits_for_a_page(toy: Toy) -> None:
    waits = Event()

    def hang(number: int) -> None:
        if number == 3:
            waits.set()
            Event().wait()

    toy.before = hang
    following = Following()
    assert waits.wait(30)
    following.end()
    assert ids() == ["1", "2"]
    assert toy.closed == 1


@pytest.mark.timeout(60)
def test_a_stop_ends_it_while_a_picture_comes_and_its_page_is_read_again(toy: Toy) -> None:
    still = Still()
    toy.media = (FoundMedia("still", still),)
    following = Following()
    assert still.asked.wait(30)
    following.end()
    assert ids() == []
    toy.media = ()
    assert follow.read(sources.find("toy"), lambda _: None, Event()).stored == 2


@pytest.mark.timeout(120)
def test_late_pictures_are_fetched_beside_the_reading_and_a_stop_ends_that_too(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Event()

    def never(connection: socket) -> None:
        asked.set()
        connection.settimeout(None)
        silent(connection)

    with serving(AWAY, AWAY, never) as server:
        patient = fetcher(server, idle_seconds=3600, total_seconds=3600)
        monkeypatch.setattr(remote, "shared", lambda: patient)
        toy.media = (FoundMedia("late", RemoteFile(server.url())),)
        assert follow.read(sources.find("toy"), lambda _: None, Event()).stored == 2
        toy.media = ()
        wait_is_over()
        following = Following()
        assert asked.wait(30)
        count = len(ids())
        wait_until(lambda: len(ids()) > count + 2)
        following.end()
    assert sorted(place.tries for place in places()) == [0, 1], "what was not begun is not counted as a try"


def test_read_once_a_source_ends_after_its_late_pictures_have_come(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = list[str]()
    with serving(AWAY, AWAY, http(picture())) as server:
        monkeypatch.setattr(remote, "shared", lambda: fetcher(server))
        toy.media = (FoundMedia("late", RemoteFile(server.url())),)
        follow.read(sources.find("toy"), lambda _: None, Event())
        toy.media = ()
        wait_is_over()
        follow.read(sources.find("toy"), lambda progress: said.extend(progress.messages), Event())
    assert [place.problem for place in places()] == [None, None]
    assert said == ["2 pictures came that could not be fetched before."]
