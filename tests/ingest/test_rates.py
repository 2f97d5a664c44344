"""Rate-limit headers in every dialect that is known, and in none; and who heeds them."""

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.adapters.api import Api
from ingest.adapters.atproto import Repos
from ingest.adapters.live_feed import LiveFeed
from ingest.http import events, websocket
from ingest.http.fetcher import Fetcher
from ingest.http.rates import MAX_RETRY_AFTER, retry_after
from ingest.http.refusals import refusal
from ingest.http.turns import MAX_REST
from tests.ingest.web import OTHER, fetcher, http, picture, serving
from triage.errors import FetchFailed

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DID = "did:plc:" + "a" * 24
EPOCH = str(int(NOW.timestamp()) + 90)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"X-RateLimit-Remaining": "189", "X-RateLimit-Reset": "2026-11-21T12:05:00.609574Z"}, None),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-11-21T12:05:00.500000Z"}, 300.5),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-11-21T11:00:00Z"}, 0),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": EPOCH, "RateLimit-Policy": "3000;w=300"}, 90),
        ({"X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": EPOCH}, 90),
        ({"X-RateLimit-Remaining": "0.0", "X-RateLimit-Reset": "67", "X-RateLimit-Used": "512"}, 67),
        ({"X-RateLimit-Remaining": "88.0", "X-RateLimit-Reset": "67"}, None),
        ({"X-RateLimit-Remaining": "0"}, None),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "soon"}, None),
        ({"X-RateLimit-Remaining": "nan", "X-RateLimit-Reset": "inf"}, None),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "inf"}, None),
        ({"Retry-After": "40", "X-RateLimit-Remaining": "7"}, 40),
        ({"retry-after": "40"}, 40),
        ({"rAtElImIt-ReMaInInG": "0", "RATELIMIT-RESET": EPOCH}, 90),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9999-01-01T00:00:00Z"}, MAX_RETRY_AFTER),
    ],
)
def test_the_pause_a_server_asks_for_is_read_from_its_headers(
    headers: dict[str, str], seconds: float | None
) -> None:
    found = retry_after(headers, NOW)
    assert found == (None if seconds is None else pytest.approx(seconds))


@given(st.text(), st.text(), st.text())
def test_whatever_headers_say_a_pause_has_an_end(remaining: str, reset: str, after: str) -> None:
    headers = {"X-RateLimit-Remaining": remaining, "X-RateLimit-Reset": reset, "Retry-After": after}
    assert 0 <= (retry_after(headers) or 0) <= MAX_RETRY_AFTER


READERS: dict[str, Callable[[Fetcher, str], object]] = {
    "a picture": lambda web, url: web.get(url),
    "an API": lambda web, url: Api(url, web).ask("", {}),
    "a feed": lambda web, url: LiveFeed("blog", url, web).fetch({}),
    "an account": lambda web, url: Repos(web, url).home(DID),
    "a record": lambda web, url: at_home(web, url).record(DID, "1"),
    "events": events.listen,
    "a WebSocket": websocket.listen,
}
"""All that ask servers, each with a new adapter of its own."""


def at_home(web: Fetcher, url: str) -> Repos:
    repos = Repos(web, "https://plc.directory")
    repos._homes[DID] = monotonic(), url
    return repos


@pytest.mark.parametrize("what", READERS)
def test_a_host_that_refuses_until_a_time_is_left_alone_by_every_reader_until_then(what: str) -> None:
    reset = int(datetime.now(UTC).timestamp()) + 250
    refused = http(
        b"{}", "RateLimit-Remaining: 0", f"RateLimit-Reset: {reset}", status="429 Too Many Requests"
    )
    with serving(refused) as server:
        web = fetcher(server)
        for message in (r"429.*wait 2\d\d s", "wants to be left alone", "wants to be left alone"):
            with pytest.raises(FetchFailed, match=message) as raised:
                READERS[what](web, server.url("", scheme="http"))
            assert raised.value.passing
            assert 240 < (raised.value.retry_after or 0) <= 250
        for other in READERS.values():
            with pytest.raises(FetchFailed, match="wants to be left alone"):
                other(web, server.url("", scheme="http"))
    assert len(server.requests) == 1


def test_an_allowance_that_is_used_up_is_heeded_by_the_next_adapter_too() -> None:
    answer = http(b"[]", "X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 2100")
    with serving(answer) as server:
        web = fetcher(server)
        assert Api(server.url(""), web).ask("", {}).json() == []
        for _ in range(2):
            with pytest.raises(FetchFailed, match="wants to be left alone"):
                Api(server.url(""), web).ask("", {})
    assert len(server.requests) == 1


def test_a_short_wish_is_waited_for() -> None:
    with serving(http(b"", "Retry-After: 1", status="503 Busy"), http(picture())) as server:
        web = fetcher(server)
        with pytest.raises(FetchFailed, match="wait 1 s"):
            web.get(server.url())
        began = monotonic()
        assert web.get(server.url()).status == 200
    assert monotonic() - began > 0.8


@pytest.mark.parametrize("seconds", ["7200", "86400"])
def test_no_wish_is_heeded_for_longer_than_an_hour_and_other_hosts_are_asked(seconds: str) -> None:
    busy = http(b"", f"Retry-After: {seconds}", status="429 Too Many Requests")
    with serving(busy) as server, serving(http(picture())) as free:
        web = fetcher(server, free)
        with pytest.raises(FetchFailed, match=f"wait {seconds} s"):
            web.get(server.url())
        with pytest.raises(FetchFailed, match="wants to be left alone") as raised:
            web.get(server.url())
        assert web.get(free.url(host=OTHER)).status == 200
    assert 3500 < (raised.value.retry_after or 0) <= MAX_REST


@pytest.mark.parametrize(
    ("status", "headers", "advice"),
    [
        (429, {}, "wait, and ask it less often"),
        (429, {"Retry-After": "40"}, "wait 40 s"),
        (403, {"Retry-After": "40"}, "wait 40 s"),
        (401, {}, "a token that may read this, or an agreement"),
        (403, {}, "a token that may read this, or an agreement"),
        (404, {"RateLimit-Remaining": "0", "RateLimit-Reset": "9"}, "check the address"),
        (410, {}, "check the address"),
        (400, {}, "check the address and the options"),
        (503, {}, "try again later"),
    ],
)
def test_what_to_do_about_a_refusal_fits_its_status(
    status: int, headers: dict[str, str], advice: str
) -> None:
    assert str(refusal("x.example", status, headers)).endswith(advice)
