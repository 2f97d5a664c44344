"""Connections that stay open: what comes over them is cut into events, bounded, and ends in named errors."""

import json
import re
import socket
import tracemalloc
from http import HTTPStatus
from time import monotonic

import pytest
from websockets.sync.server import ServerConnection

from ingest.adapters.stream import Tap, Trail
from ingest.http import channel, events, websocket
from ingest.http.channel import Told
from ingest.http.events import Events
from tests.ingest.streams import SSE, chunk, event, heard, saying, stays, tells, websockets
from tests.ingest.web import HOST, Names, endless, fetcher, http, no_connection, redirect, serving, silent
from triage.errors import FetchFailed, FetchRefused

STREAM = (
    b':)\n\nevent: update\ndata: {"a": 1}\n\n:thump\n\nid: 5\n'
    b"event: delete\r\ndata:7\r\n\r\ndata: x\ndata: y\n\n"
)
TOLD = [Told("update", b'{"a": 1}'), Told("delete", b"7"), Told("", b"x\ny")]


def listen(server: object, **options: object) -> events.EventStream:
    return events.listen(fetcher(server), server.url("/s?tag=a"), **options)  # type: ignore[arg-type, attr-defined]


def connect(server: object, **options: object) -> websocket.WebSocket:
    return websocket.listen(fetcher(server), server.url("/s?a=b"), **options)  # type: ignore[arg-type, attr-defined]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_events_are_the_same_however_the_pieces_fall(size: int) -> None:
    taken, pieces = Events("x", 1000), [STREAM[at : at + size] for at in range(0, len(STREAM), size)]
    assert [one for piece in pieces for one in taken.feed(piece)] == TOLD


def test_events_come_over_a_connection_that_stays_open() -> None:
    with serving(saying(STREAM)) as server:
        stream = listen(server, headers={"Authorization": "Bearer SECRET"})
        assert heard(stream, 3) == TOLD
        assert stream.next(0.01) is None
        stream.close()
    assert server.requests[0].startswith(b"GET /s?tag=a HTTP/1.1\r\n")
    assert server.header("host") == f"{HOST}:{server.port}"
    assert server.header("authorization") == "Bearer SECRET"
    assert server.header("accept") == "text/event-stream"


def test_an_event_that_is_too_large_is_cut_off_and_the_next_is_whole() -> None:
    large = b"event: update\ndata: " + b"a" * 5_000_000 + b"\n\n"
    with serving(saying(*[large[at : at + 65536] for at in range(0, len(large), 65536)], STREAM)) as server:
        stream = listen(server, most=1000)
        tracemalloc.start()
        try:
            cut, *rest = heard(stream, 4)
        finally:
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        stream.close()
    assert (cut.kind, len(cut.data), cut.whole) == ("update", 1000, False)
    assert rest == TOLD
    assert peak < 2_000_000


@pytest.mark.parametrize("line", [b"a" * 65536, b"data: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n" * 2000])
def test_an_event_without_end_is_given_up(line: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MAX_SKIPPED", 1_000_000)
    with serving(endless(SSE, chunk(line))) as server, pytest.raises(FetchFailed, match="without end"):
        heard(listen(server), 1)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (http(b"{}", status="401 Unauthorized"), "answers 401 instead of a stream"),
        (http(b"{}", "Retry-After: 7", status="429 Slow"), "answers 429"),
        (http(b"<html>"), "no stream of events"),
        (redirect("http://169.254.169.254/"), "answers 302"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "cannot be read"),
        (b"", "ended the stream"),
        (endless(b"HTTP/1.1 200 OK\r\n", b"X: a\r\n" * 999), "cannot be read|more than may be read"),
        (endless(b"", b"HTTP/1.1 103 Hints\r\n\r\n" * 99), "cannot be read|more than may be read"),
        (silent, "not finished"),
    ],
)  # fmt: skip
def test_what_is_no_stream_is_an_error_that_says_so(answer: object, message: str) -> None:
    for opened in (events.listen, websocket.listen):
        with serving(answer) as server:  # type: ignore[arg-type]
            web = fetcher(server, total_seconds=1)
            with pytest.raises(FetchFailed) as raised:
                opened(web, server.url("/s?token=SECRET"))
            if opened is events.listen:
                assert re.search(message, str(raised.value))
        assert HOST in str(raised.value)
        assert "SECRET" not in str(raised.value)


def test_a_refusal_s_wait_is_kept() -> None:
    with serving(http(b"{}", "Retry-After: 7", status="429 Slow")) as server:
        for opened in (events.listen, websocket.listen):
            with pytest.raises(FetchFailed) as raised:
                opened(fetcher(server), server.url("/s"))
            assert (raised.value.status, raised.value.retry_after) == (429, 7)


def test_a_stream_is_opened_at_checked_addresses_only() -> None:
    inside = Names(**{HOST: ["127.0.0.1", "8.8.8.8"]})
    with no_connection() as tried:
        for opened in (events.listen, websocket.listen):
            with pytest.raises(FetchRefused, match="loopback"):
                opened(fetcher(resolve=inside), f"https://{HOST}/s")
            with pytest.raises(FetchRefused, match="inside network"):
                opened(fetcher(), "https://metadata.google.internal/s")
    assert tried == []


@pytest.mark.parametrize(
    "then", [socket.socket.close, lambda c: c.sendall(b"0\r\n\r\n"), lambda c: c.sendall(b"zz")]
)
def test_a_stream_that_ends_or_breaks_says_so(then: object) -> None:
    def leave(connection: socket.socket) -> None:
        then(connection)  # type: ignore[operator]

    with serving(saying(STREAM, then=leave)) as server:
        stream = listen(server)
        assert heard(stream, 3) == TOLD
        with pytest.raises(FetchFailed, match=r"ended the stream|cannot be read|broke"):
            heard(stream, 1)


def test_a_stream_that_is_hung_up_ends_for_who_waits_for_it() -> None:
    with serving(saying(STREAM)) as server:
        stream = listen(server)
        heard(stream, 3)
        stream.close()
        with pytest.raises(FetchFailed):
            stream.next(30)


def test_websocket_messages_come_whole_also_in_fragments_and_pings_are_answered() -> None:
    answered = []

    def talk(connection: ServerConnection) -> None:
        connection.send('{"a": 1}')
        answered.append(connection.ping().wait(5))
        connection.send(iter(["{", '"b":', " 2}"]))
        connection.send(b"bytes")
        connection.recv()

    with websockets(talk) as server:
        stream = connect(server)
        assert [one.data for one in heard(stream, 3)] == [b'{"a": 1}', b'{"b": 2}', b"bytes"]
        before = stream.heard_at
        stream.nudge()
        assert stream.next(0.2) is None
        assert stream.heard_at > before
        stream.close()
    assert answered == [True]
    assert server.requests == [b"/s?a=b"]


def test_a_websocket_message_that_is_too_large_is_cut_off_and_the_next_is_whole() -> None:
    with websockets(tells("a" * 3_000_000, "next")) as server:
        stream = connect(server, most=1000)
        cut, whole = heard(stream, 2)
        stream.close()
    assert (cut.data, cut.whole) == (b"a" * 1000, False)
    assert whole == Told("", b"next")


def test_a_websocket_that_is_closed_says_why() -> None:
    def leave(connection: ServerConnection) -> None:
        connection.send("last")
        connection.close(1008, "consumer too slow")

    with websockets(leave) as server:
        stream = connect(server)
        assert heard(stream, 1) == [Told("", b"last")]
        with pytest.raises(FetchFailed, match=r"ended the stream .1008 consumer too slow"):
            heard(stream, 1)
        stream.close()


def test_a_websocket_s_refusal_is_told_with_its_reason() -> None:
    def refuse(connection: ServerConnection, _request: object) -> object:
        return connection.respond(HTTPStatus.BAD_REQUEST, json.dumps({"error": "CursorTooOld"}))

    refused = pytest.raises(FetchFailed, match=r"answers 400.*CursorTooOld")
    with websockets(tells(), process_request=refuse) as server, refused as raised:
        connect(server)
    assert raised.value.status == 400


def test_a_websocket_speaks_the_wanted_protocol_or_none() -> None:
    with websockets(tells("x"), subprotocols=["xrpc.v1.json"]) as server:
        assert heard(connect(server, subprotocol="xrpc.v1.json"), 1)
    with websockets(tells("x")) as server, pytest.raises(FetchFailed, match="does not speak xrpc"):
        connect(server, subprotocol="xrpc.v1.json")


def test_a_page_ends_after_a_second_full_or_empty() -> None:
    with serving(saying(event("update", 1) * 5)) as server:
        tap = Tap(listen(server))
        assert [len(tap.page(2)), len(tap.page(2)), len(tap.page(2)), len(tap.page(2))] == [2, 2, 1, 0]
        tap.close()


def test_what_came_before_a_stream_broke_is_handed_over_first() -> None:
    with serving(saying(event("update", 1) * 3, then=lambda _: None)) as server:
        tap = Tap(listen(server))
        assert len(tap.page()) == 3
        with pytest.raises(FetchFailed, match="ended the stream"):
            tap.page()


def test_a_silent_stream_is_given_up_and_heartbeats_keep_it() -> None:
    def beat(connection: socket.socket) -> None:
        connection.settimeout(0.05)
        for _ in range(50):
            connection.sendall(chunk(b":thump\n\n"))
            try:
                connection.recv(1)
            except TimeoutError:
                continue
        connection.settimeout(20)
        stays(connection)

    with serving(saying(event("update", 1), then=beat)) as server:
        tap = Tap(listen(server), silence=1)
        assert [len(tap.page()), len(tap.page())] == [1, 0]
        with pytest.raises(FetchFailed, match="silent for 1 s"):
            while True:
                tap.page()


def test_a_server_that_only_says_it_lives_is_given_up_where_events_are_due() -> None:
    with websockets(tells("x")) as server:
        alive = Tap(connect(server), silence=1.5)
        for _ in range(4):
            alive.page()  # asked for a sign of life, the server gives one
        alive.close()
        due = Tap(connect(server), silence=1.5, only_events=True)
        with pytest.raises(FetchFailed, match=r"silent for 1.5 s"):
            while True:
                due.page()
        due.close()


def test_a_trail_stays_behind_and_never_grows() -> None:
    trail = Trail(5, "start")
    begin = monotonic()
    assert trail.behind == "start"
    for number in range(1000):
        trail.add(number, begin + number / 10)
    assert trail.behind == 940
    assert len(trail._passed) < 8
    assert Trail(5).behind is None


def test_limits_of_what_is_kept_are_where_the_documentation_says() -> None:
    assert (channel.MAX_EVENT_BYTES, channel.HEAD_BYTES) == (2**20, 2**16)
