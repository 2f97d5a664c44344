"""A feed at its address, on a real server: paged, asked for again only if it changed, never trusted."""

from collections.abc import Iterator
from pathlib import Path
from socket import socket
from threading import Barrier, Event, Thread

import pytest
from sqlalchemy import select

from ingest import follow
from ingest.adapters.live_feed import LiveFeed
from ingest.run import pump
from ingest.stoppable import Stopped
from tests.ingest.adapter_contract import AdapterContract
from tests.ingest.web import Server, fetcher, http, picture, serving, silent
from triage import models
from triage.db import session_scope
from triage.errors import FetchFailed, FetchRefused, InputError

ITEM = "<item><guid>{0}</guid><title>Post {0}</title>{1}</item>"


def feed(*names: str, extra: str = "") -> bytes:
    items = "".join(ITEM.format(name, extra) for name in names)
    return f"<rss version='2.0'><channel><title>A blog</title>{items}</channel></rss>".encode()


def linking(pictures: Server, names: str) -> bytes:
    return feed(*names, extra=f"<enclosure url='{pictures.url()}' type='image/png'/>")


def reader(server: Server, page_posts: int = 256) -> LiveFeed:
    return LiveFeed("blog", server.url("/feed"), fetcher(server), page_posts)


class TestLiveFeedContract(AdapterContract):
    ids = ("a", "b", "c", "d", "e", "f")
    rejected = 1

    @pytest.fixture(autouse=True)
    def _server(self) -> Iterator[None]:
        nameless = b"<item><title>no id</title></item></channel>"
        with serving(http(feed(*self.ids).replace(b"</channel>", nameless))) as self.server:
            yield

    def adapter(self, _folder: Path, page_posts: int) -> LiveFeed:
        return reader(self.server, page_posts)


def test_a_feed_read_to_its_end_is_asked_for_again_only_if_it_changed() -> None:
    tags = ('ETag: "7"', "Last-Modified: Sat, 21 Nov 2026 10:00:00 GMT")
    with serving(http(feed("a"), *tags), http(b"", status="304 Not Modified")) as server:
        first = reader(server).fetch({})
        second = reader(server).fetch(first.checkpoint)
        assert server.header("if-none-match") == '"7"'
        assert server.header("if-modified-since") == "Sat, 21 Nov 2026 10:00:00 GMT"
    assert (second.posts, second.done, second.live) == ((), True, True)
    assert second.checkpoint == first.checkpoint


def test_a_feed_that_is_read_half_is_never_taken_for_unchanged() -> None:
    with serving(http(feed("a", "b"), 'ETag: "7"')) as server:
        half = reader(server, 1).fetch({})
        rest = reader(server, 1).fetch(half.checkpoint)
        assert server.header("if-none-match") is None
    assert [post.fields.id for post in rest.posts] == ["b"]


@pytest.mark.usefixtures("database")
def test_new_entries_become_posts_once_with_the_pictures_they_link() -> None:
    linked = "<enclosure url='{}' type='image/png'/>"
    with serving(http(picture())) as pictures:
        old = feed("a", extra=linked.format(pictures.url("/secret-token/a.png")))
        with serving(http(old), http(feed("b", "a"))) as server:
            both = fetcher(server, pictures)
            for _ in range(2):
                pump(LiveFeed("blog", server.url("/feed"), both), "blog")
    with session_scope() as session:
        assert list(session.scalars(select(models.Post.external_id).order_by(models.Post.id))) == ["a", "b"]
        (place,) = session.scalars(select(models.PostMedia))
        assert place.sha256
        assert place.problem is None


@pytest.mark.usefixtures("database")
def test_pictures_of_a_page_are_fetched_at_the_same_time() -> None:
    all_asked = Barrier(4, timeout=20)

    def together(connection: socket) -> None:
        all_asked.wait()
        connection.sendall(http(picture()))

    with serving(together) as pictures, serving(http(linking(pictures, "abcd"))) as server:
        pump(LiveFeed("blog", server.url("/feed"), fetcher(server, pictures)), "blog")
    with session_scope() as session:
        assert list(session.scalars(select(models.PostMedia.problem))) == [None] * 4


@pytest.mark.timeout(60)
@pytest.mark.usefixtures("database")
def test_a_stop_does_not_wait_for_pictures_and_their_page_is_read_again() -> None:
    patient, stop, asked = {"idle_seconds": 3600, "total_seconds": 3600}, Event(), Event()

    def never(connection: socket) -> None:
        asked.set()
        connection.settimeout(None)
        silent(connection)

    with serving(never) as pictures, serving(http(linking(pictures, "abcdefghijkl"))) as server:
        blog = LiveFeed("blog", server.url("/feed"), fetcher(server, pictures, **patient))
        Thread(target=lambda: (asked.wait(), stop.set()), daemon=True).start()
        with pytest.raises(Stopped):
            pump(blog, "blog", stop=stop)
    with serving(http(feed("a"))) as server:
        assert pump(reader(server), "blog").stored == 1


@pytest.mark.usefixtures("database")
def test_a_linked_picture_that_may_not_be_opened_costs_its_post_nothing_but_the_picture() -> None:
    linked = "<enclosure url='http://169.254.169.254/latest/a.png' type='image/png'/>"
    with serving(http(feed("a", extra=linked))) as server:
        summary = pump(reader(server), "blog")
    assert (summary.stored, summary.warnings) == (1, 1)
    with session_scope() as session:
        (place,) = session.scalars(select(models.PostMedia))
        assert "link-local" in place.problem


def test_a_server_that_wants_to_be_left_alone_is_heeded_within_limits() -> None:
    with serving(http(b"", "Retry-After: 40", status="429 Too Many Requests")) as server:
        with pytest.raises(FetchFailed, match="answers 429") as raised:
            reader(server).fetch({})
        assert follow.asked_for(raised.value) == 40
    assert follow.asked_for(FetchFailed("x", 429, 86_400.0)) == follow.AN_HOUR
    assert follow.asked_for(InputError("x")) == 0


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "204 No Content"])
def test_an_answer_that_is_no_feed_says_so_with_its_status(status: str) -> None:
    with serving(http(b"", status=status)) as server, pytest.raises(FetchFailed, match=status[:3]):
        reader(server).fetch({})


def test_a_page_that_is_no_feed_is_refused_and_so_is_an_address_inside() -> None:
    with (
        serving(http(b"<html><p>Log in</p></html>")) as server,
        pytest.raises(InputError, match="neither RSS"),
    ):
        reader(server).fetch({})
    with pytest.raises(FetchRefused):
        LiveFeed("blog", "https://localhost/feed").fetch({})
