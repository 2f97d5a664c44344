"""Addresses from anybody: what is refused, and that nothing is connected to before."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.http.addresses import Rules, Target, read, shown
from ingest.http.exchange import Ask
from ingest.http.fetcher import Fetcher
from ingest.http.networks import forbidden
from tests.ingest.hostile_urls import HOSTILE
from tests.ingest.web import Names, fetcher, no_connection, redirect, serving
from triage.errors import FetchError, FetchRefused

PUBLIC = "93.184.215.14"
NAMES_OF_INSIDE = {
    "rebound.example.com": ["127.0.0.1"],
    "metadata.example.com": ["169.254.169.254"],
    "mixed.example.com": [PUBLIC, "10.0.0.1"],
    "mixed6.example.com": ["2606:2800:21f::1", "::1"],
    "mapped.example.com": ["::ffff:10.0.0.1"],
    "zoned.example.com": ["fe80::1%1"],
    "nat64.example.com": ["64:ff9b::7f00:1"],
    "xn--bcher-kva.example.com": ["192.168.0.1"],
}


def anything() -> Fetcher:
    return fetcher(resolve=Names(**NAMES_OF_INSIDE))


@pytest.mark.parametrize("url", HOSTILE, ids=ascii)
def test_a_hostile_address_is_refused_with_its_reason_and_nothing_is_looked_up(url: str) -> None:
    names = Names()
    with no_connection() as tried, pytest.raises(FetchRefused, match=re.escape(HOSTILE[url])):
        fetcher(resolve=names).get(url)
    assert names.asked == []
    assert tried == []


@pytest.mark.parametrize("host", NAMES_OF_INSIDE)
def test_a_name_with_only_one_inside_address_is_refused(host: str) -> None:
    with no_connection() as tried, pytest.raises(FetchRefused, match="the host's address"):
        anything().get(f"https://{host}/a.png")
    assert tried == []


@pytest.mark.parametrize("url", [url for url in HOSTILE if "://" in url and len(url) < 4000], ids=ascii)
def test_a_redirect_to_a_hostile_address_is_refused_as_well(url: str) -> None:
    start = Target("http", "pictures.example.com", 80, "/a")
    with pytest.raises(FetchRefused):
        start.follow(url, Rules({"http", "https"}))


@pytest.mark.parametrize("location", ["http://169.254.169.254/", "//127.1/", "http://rebound.example.com/"])
def test_a_redirect_that_a_server_sends_is_refused_before_a_connection(location: str) -> None:
    names = Names(**{"pictures.example.com": ["127.0.0.1"]}, **NAMES_OF_INSIDE)
    with serving(redirect(location)) as server, pytest.raises(FetchRefused):
        fetcher(server, resolve=names).get(server.url())
    assert len(server.requests) == 1


def test_http_is_refused_unless_it_is_allowed() -> None:
    with pytest.raises(FetchRefused, match="FLAGPOST_FETCH_HTTP"):
        read("http://example.com/", Rules())


def test_encryption_is_never_given_up_by_a_redirect() -> None:
    rules = Rules({"http", "https"})
    with pytest.raises(FetchRefused, match="encryption"):
        read("https://example.com/", rules).follow("http://example.com/", rules)


@pytest.mark.parametrize(
    ("url", "read_as"),
    [
        ("HTTPS://Example.COM", "https://example.com/"),
        ("https://example.com:443/a?b=c#d", "https://example.com/a?b=c"),
        ("https://example.com?b=c", "https://example.com/?b=c"),
        ("https://my_bucket.example.com/a", "https://my_bucket.example.com/a"),
        ("https://example.com/\u00e9/%20?q=\u00fc", "https://example.com/%C3%A9/%20?q=%C3%BC"),
        ("https://example.com/@user/x:y", "https://example.com/@user/x:y"),
        ("https://8.8.8.8/a", "https://8.8.8.8/a"),
        ("https://[2606:4700:0::1]/a", "https://[2606:4700::1]/a"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
    ],
)
def test_an_ordinary_address_is_read_in_one_form(url: str, read_as: str) -> None:
    assert read(url, Rules()).url == read_as


def test_messages_show_neither_query_nor_user_nor_what_is_in_the_middle_of_the_path() -> None:
    assert shown("https://u:p@h.example/bot123:SECRET/getFile?token=SECRET#SECRET") == "h.example/…/getFile"
    assert shown("h\x1b[31m\u202e") == "h�[31m�"


LETTERS = ("\t", "\uff0e", "\u3002", "\u212a", "\u00e9")
WORDS = ("http", "https", "127", "1", "0x7f", "localhost", "example", "com", "80", "xn--", "internal", "%2e")
PIECES = st.sampled_from([*WORDS, *LETTERS, *"./:@[]\\%#?-", "://", "::1"])


@given(
    st.one_of(
        st.text(), st.lists(PIECES).map("".join), st.lists(PIECES).map(lambda p: "http://" + "".join(p))
    )
)
@example("http://example.com")
def test_any_text_is_refused_or_read_as_a_host_that_stands_in_it(url: str) -> None:
    try:
        target = read(url, Rules({"http", "https"}))
    except FetchRefused:
        return
    if target.address is None:
        assert url.split("://")[1].lower().startswith(target.host)
        assert re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+", target.host)
        assert not re.fullmatch(r"[0-9.]+|.*0x[0-9a-f]*", target.host)
    else:
        assert forbidden(target.address) is None
    assert read(target.url, Rules({"http", "https"})) == target


PRINTABLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x17F), max_size=30)


@given(st.sampled_from(["example.com", "a_b.example.com:443", "8.8.8.8", "[2606:4700::1]"]), PRINTABLE)
def test_whatever_its_path_a_request_goes_to_the_host_that_was_read(host: str, path: str) -> None:
    try:
        target = read(f"https://{host}/{path}", Rules())
    except FetchRefused:
        return
    ask = Ask.prepare("GET", f"https://{host}/{path}", Rules(), {}, 1, params={"a": "b"})
    assert (ask.target.origin, ask.target.host) == (target.origin, target.host)
    assert ask.target.path.isascii()


@given(st.text(st.sampled_from("abc.-_0123456789"), min_size=1))
def test_the_resolver_is_asked_for_the_host_as_it_stands_in_the_address(host: str) -> None:
    names = Names()
    with no_connection(), pytest.raises(FetchError):
        fetcher(resolve=names).get(f"https://{host}/")
    assert names.asked in ([], [host])


def test_the_defaults_are_strict() -> None:
    assert Rules() == Rules(frozenset({"https"}), frozenset({80, 443}), frozenset())
