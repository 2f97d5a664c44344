"""X's search for recent posts, in the shape of its documentation, on this machine."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.adapter import Page
from ingest.adapters.x import Options, XSearch
from tests.ingest.adapter_contract import AdapterContract, items, pages
from tests.ingest.listings import Newest
from tests.ingest.web import Server, fetcher, http, serving
from triage.errors import FetchFailed

PHOTO = {"media_key": "3_1", "type": "photo", "url": "https://pbs.example/a.jpg", "alt_text": "a cat"}


def tweet(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "text": f"post {number}",
        "author_id": "9",
        "created_at": "2026-11-21T10:00:00.000Z",
        "lang": "en",
    } | changes


def answer(tweets: list[Any], after: str | None, *media: Any) -> dict[str, Any]:
    meta = {"result_count": len(tweets)} | ({"next_token": after} if after else {})
    return ({"data": tweets, "includes": {"media": list(media)}} if tweets else {}) | {"meta": meta}


def options(**changes: Any) -> Options:
    given = {"query": "riot -is:retweet", "token": {"env": "X_TOKEN"}, "written_agreement": "Contract 1"}
    return Options.model_validate(given | changes)


def reader(server: Server, page_posts: int = 100, **changes: Any) -> XSearch:
    base = server.url("", scheme="http")
    return XSearch("x", options(**changes), fetcher(server), page_posts, base)


def read(*tweets: Any, media: tuple[Any, ...] = (PHOTO,)) -> Page:
    with serving(http(json.dumps(answer(list(tweets), None, *media)).encode())) as server:
        return reader(server).fetch({})


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_TOKEN", "SECRET")


@pytest.fixture
def search() -> Iterator[Newest]:
    newest = Newest([tweet(number) for number in range(107, 100, -1)], answer, "max_results", "next_token")
    with serving(newest) as newest.server:
        yield newest


class TestXContract(AdapterContract):
    ids = ("107", "106", "105", "103", "102", "101")
    rejected = 1

    @pytest.fixture(autouse=True)
    def _server(self, search: Newest) -> None:
        search.entries[3]["text"] = ""
        self.search = search

    def adapter(self, _folder: Path, page_posts: int) -> XSearch:
        assert self.search.server
        return reader(self.search.server, page_posts)


def test_every_field_becomes_its_own_and_pictures_keep_the_post_s_order() -> None:
    media = (PHOTO | {"media_key": "3_2", "url": "https://pbs.example/b.jpg"}, PHOTO)
    keys = ["3_1", "3_2", "3_9", "7_1"]
    film = {"media_key": "7_1", "type": "video", "preview_image_url": "https://pbs.example/c.jpg"}
    (post,) = read(tweet(5, attachments={"media_keys": keys}), media=(*media, film)).posts
    assert (post.fields.id, post.fields.author, post.fields.lang) == ("5", "9", "en")
    assert post.fields.url == "https://x.com/i/status/5"
    assert post.fields.posted_at == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert [one.name[-5:] for one in post.media] == ["a.jpg", "b.jpg", "3_9"]
    assert [one.problem for one in post.media] == [None, None, "X did not send its address"]
    assert post.media[0].alt == "a cat"


def test_the_whole_of_a_long_post_is_its_caption() -> None:
    (post,) = read(tweet(5, text="begins …", note_tweet={"text": "begins and ends"})).posts
    assert post.fields.text == "begins and ends"


def test_the_next_reading_asks_only_for_what_is_newer_and_reads_nothing_twice(search: Newest) -> None:
    assert search.server
    first = pages(reader(search.server, 3))
    assert (first[-1].checkpoint["known"], first[-1].live) == (["107", "106", "105"], True)
    search.entries.insert(0, tweet(108))
    again = reader(search.server, 3).fetch(first[-1].checkpoint)
    assert search.asked[-1]["since_id"] == "107"
    assert ([post.fields.id for post in again.posts], again.done) == (["108"], True)
    assert again.checkpoint["known"] == ["108", "107", "106", "105"]


def test_a_reading_ends_after_most_posts_and_says_so(search: Newest) -> None:
    assert search.server
    read = pages(reader(search.server, 2, most=4))
    assert len(items(read)[0]) == 4
    assert "more than 4 posts" in read[-1].notices[0]


def test_pages_that_hold_nothing_come_to_an_end() -> None:
    with serving(http(json.dumps(answer([], "t0")).encode())) as server:
        assert len(pages(reader(server, most=5))) == 5


def test_a_place_that_x_forgot_is_given_up_and_what_is_known_still_ends_the_reading() -> None:
    forgot = http(b'{"errors":[{"message":"since_id must be newer"}]}', status="400 Bad Request")
    whole = http(json.dumps(answer([tweet(9), tweet(8), tweet(7)], "t3")).encode())
    with serving(forgot, whole) as server:
        page = reader(server).fetch({"known": ["8"]})
        assert b"since_id" not in server.requests[1]
    assert ([post.fields.id for post in page.posts], page.done) == (["9", "7"], True)


def test_the_query_is_sent_and_the_token_in_a_header_alone(search: Newest) -> None:
    assert search.server
    source = reader(search.server)
    source.fetch({})
    assert search.asked[0]["query"] == "riot -is:retweet"
    assert search.server.header("authorization") == "Bearer SECRET"
    assert b"SECRET" not in search.server.requests[0].split(b"\r\n")[0]


def test_a_used_up_rate_limit_is_heeded() -> None:
    reset = int(datetime.now(UTC).timestamp()) + 60
    limits = ("x-rate-limit-limit: 60", "x-rate-limit-remaining: 0", f"x-rate-limit-reset: {reset}")
    with serving(http(json.dumps(answer([tweet(1)], "t1")).encode(), *limits)) as server:
        source = reader(server)
        page = source.fetch({})
        with pytest.raises(FetchFailed, match="wants to be left alone"):
            source.fetch(page.checkpoint)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (http(b'{"title":"Unauthorized"}', status="401 Unauthorized"), "a token that may read"),
        (http(b'{"title":"Too Many"}', status="429 Too Many"), "ask it less often"),
        (http(b'{"title":"Bad query"}', status="400 Bad Request"), "check the address and the options"),
        (http(b'{"errors":[{"title":"x"}]}'), "no list of posts"),
        (http(b"[]"), "no list of posts"),
    ],
)
def test_a_refusal_says_what_to_do_and_shows_no_token(said: bytes, expected: str) -> None:
    with serving(said) as server, pytest.raises(FetchFailed, match=expected) as raised:
        reader(server).fetch({})
    assert "SECRET" not in str(raised.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"attachments": {"media_keys": None}},
        {"attachments": {"media_keys": [5, None, ["x"]]}},
        {"attachments": 7},
        {"note_tweet": "x"},
        {"author_id": 9, "lang": ["en"]},
        {"created_at": "yesterday"},
        {"id": None},
        {"text": None},
    ],
)
def test_a_strange_post_is_read_or_rejected_and_its_neighbour_is_read(changes: dict[str, Any]) -> None:
    page = read(tweet(2), tweet(1, **changes), None, "x")
    assert page.posts[0].fields.id == "2"
    assert len(page.posts) + len(page.rejected) == 4
    assert all(re.match(r"http://.*/2/tweets/", one.where) for one in page.rejected)
