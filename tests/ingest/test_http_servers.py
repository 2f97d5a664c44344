"""Servers that lie, drip, flood and fall silent, on real sockets: each costs little and is named."""

import contextlib
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from ingest.http.addresses import Rules
from ingest.http.fetcher import Fetcher
from ingest.http.limits import Limits
from tests.ingest.hostile_servers import HOSTILE, reset
from tests.ingest.web import (
    HOST,
    Names,
    Server,
    fetcher,
    http,
    local,
    picture,
    redirect,
    serving,
)
from triage.errors import FetchError, FetchFailed, FetchRefused

SLOW = ("never answers", "drips", "falls silent")
IMPATIENT = {"idle_seconds": 0.5, "total_seconds": 1}


@pytest.fixture
def _no_thread_stays() -> Iterator[None]:
    yield
    assert not [thread for thread in threading.enumerate() if thread.name == "resolve"]


@pytest.mark.usefixtures("_no_thread_stays")
@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_server_gets_an_error_that_names_it_in_bounded_time_and_memory(what: str) -> None:
    answer, message = HOSTILE[what]
    with serving(answer) as server, pytest.raises(FetchError, match=message) as raised:
        web = fetcher(server, **(IMPATIENT if what.startswith(SLOW) else {}))
        tracemalloc.start()
        try:
            web.get(server.url("/a.png?token=SECRET"), limit=100_000)
        finally:
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
    assert peak < 6_000_000
    assert "SECRET" not in str(raised.value)
    assert isinstance(raised.value, FetchRefused) or HOST in str(raised.value)


def test_what_comes_after_the_length_a_server_says_is_not_read() -> None:
    with serving(http(picture() + b"<script>", length=len(picture()))) as server:
        assert fetcher(server).get(server.url()).body == picture()


@pytest.mark.parametrize(
    ("header", "least", "most"), [("7", 7, 7), ("Fri, 01 Jan 2100 00:00:00 GMT", 86400, 86400)]
)
def test_a_server_that_asks_to_wait_is_heard(header: str, least: float, most: float) -> None:
    answer = http(b"slow down", f"Retry-After: {header}", status="429 Too Many Requests")
    with serving(answer) as server, pytest.raises(FetchFailed, match="answers 429") as raised:
        fetcher(server).get(server.url())
    assert raised.value.status == 429
    assert raised.value.retry_after is not None
    assert least <= raised.value.retry_after <= most


@pytest.mark.parametrize("more", [("Content-Encoding: gzip",), ("X: too long",)])
def test_a_server_that_asks_to_wait_is_heard_though_its_answer_cannot_be_read(more: tuple[str]) -> None:
    answer = http(b"a" * 99, "Retry-After: 7", *more, status="429 Too Many Requests")
    with serving(answer) as server, pytest.raises(FetchFailed, match=r"compressed|more than") as raised:
        fetcher(server).get(server.url(), limit=9)
    assert (raised.value.status, raised.value.retry_after) == (429, 7)


@pytest.mark.parametrize("header", ["-1", "soon", "9" * 5000, "\xb2", "Fri, 99 Foo 2100"])
def test_a_wait_that_cannot_be_read_is_none(header: str) -> None:
    with serving(http(b"", f"Retry-After: {header}", status="429 Too Many Requests")) as server:
        assert fetcher(server).call("GET", server.url()).retry_after in (None, 86400)


def test_nobody_listening_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener.getsockname()[1])
    with pytest.raises(FetchFailed, match="accepts a connection"):
        fetcher(server).get(server.url())


def test_a_name_that_nobody_knows_is_a_failure() -> None:
    with pytest.raises(FetchFailed, match="no address was found"):
        fetcher().get("https://unknown.example.com/a.png")


def test_a_resolver_that_never_answers_keeps_nobody() -> None:
    release = threading.Event()

    def stuck(host: str, port: int) -> list[str]:
        release.wait(20)
        return []

    with pytest.raises(FetchFailed, match="no address was found"):
        fetcher(resolve=stuck, total_seconds=0.3).get("https://pictures.example.com/a.png")
    release.set()


def test_the_deadline_holds_over_all_redirects_together() -> None:
    def slow(connection: socket.socket) -> None:
        time.sleep(0.4)
        connection.sendall(redirect("/a.png"))

    with serving(slow) as server, pytest.raises(FetchFailed, match="not finished after 1 s"):
        fetcher(server, total_seconds=1, redirects=20).get(server.url())


def test_a_name_that_changes_its_address_is_connected_to_as_it_was_checked() -> None:
    class Rebinding:
        asked = 0

        def __call__(self, _host: str, _port: int) -> list[str]:
            self.asked += 1
            return ["127.0.0.1"] if self.asked == 1 else ["169.254.169.254"]

    names = Rebinding()
    with serving(http(picture())) as server:
        web = fetcher(server, resolve=names)
        assert web.get(server.url()).body == picture()
        assert names.asked == 1
        with pytest.raises(FetchRefused, match="link-local"):
            web.get(server.url())
    assert len(server.requests) == 1


def test_another_address_is_tried_only_if_it_is_among_the_checked_ones() -> None:
    names = local()
    names.known[HOST] = ["127.0.0.1", "127.0.0.2"]
    with serving(http(picture())) as server, pytest.raises(FetchRefused, match=r"127\.0\.0\.2 is loopback"):
        fetcher(server, resolve=names).get(server.url())
    assert server.requests == []


@pytest.mark.parametrize(
    ("addresses", "arrives"), [(["127.0.0.2", "127.0.0.1"], True), (["127.0.0.2"], False)]
)
def test_the_checked_addresses_are_tried_in_turn_and_no_others(addresses: list[str], arrives: bool) -> None:
    with serving(http(picture())) as server:
        rules = Rules({"http"}, {server.port}, {(address, server.port) for address in addresses})
        web = Fetcher(Limits(), rules, resolve=Names(**{HOST: addresses}))
        with (
            contextlib.nullcontext() if arrives else pytest.raises(FetchFailed, match="accepts a connection")
        ):
            web.get(server.url())
    assert bool(server.requests) == arrives


def test_hostile_servers_leave_the_fetcher_as_it_was() -> None:
    with serving(b"", reset, http(b"x", length=-1), http(picture())) as server:
        web: Fetcher = fetcher(server, concurrent=1)
        for _ in range(3):
            with pytest.raises(FetchFailed):
                web.get(server.url())
        assert web.get(server.url()).status == 200
