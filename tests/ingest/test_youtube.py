"""YouTube's playlists and searches, in the shapes of its documentation, on this machine."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.adapter import Page
from ingest.adapters.youtube import Options, YouTubeList
from tests.ingest.adapter_contract import AdapterContract, pages
from tests.ingest.listings import Newest
from tests.ingest.web import Server, fetcher, http, serving
from triage.errors import FetchFailed


def thumbnails(*sizes: str) -> dict[str, Any]:
    return {size: {"url": f"https://i.example/{size}.jpg", "width": 9, "height": 9} for size in sizes}


def film(name: str, **changes: Any) -> dict[str, Any]:
    snippet = {
        "publishedAt": "2026-11-21T10:00:00Z",
        "channelId": "UC1",
        "title": f"film {name}",
        "description": "about &amp; more",
        "thumbnails": thumbnails("default", "high", "medium"),
        "resourceId": {"kind": "youtube#video", "videoId": name},
        "videoOwnerChannelId": "UC2",
    }
    when = {"videoId": name, "videoPublishedAt": "2026-11-20T10:00:00Z"}
    return {"kind": "youtube#playlistItem", "id": "UE1", "snippet": snippet | changes, "contentDetails": when}


def answer(films: list[Any], after: str | None) -> dict[str, Any]:
    return {"items": films, "pageInfo": {"totalResults": 9}} | ({"nextPageToken": after} if after else {})


def reader(server: Server, page_posts: int = 50, **changes: Any) -> YouTubeList:
    given = {"playlist": "UU1", "key": {"env": "YOUTUBE_KEY"}, "written_agreement": "Contract 1"} | changes
    base = server.url("/youtube/v3", scheme="http")
    return YouTubeList("films", Options.model_validate(given), fetcher(server), page_posts, base)


def read(*films: Any, **changes: Any) -> Page:
    with serving(http(json.dumps(answer(list(films), None)).encode())) as server:
        return reader(server, **changes).fetch({})


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOUTUBE_KEY", "SECRET")


@pytest.fixture
def playlist() -> Iterator[Newest]:
    newest = Newest([film(name) for name in "gfedcba"], answer, "maxResults", "pageToken")
    with serving(newest) as newest.server:
        yield newest


class TestYouTubeContract(AdapterContract):
    ids = tuple("gfecba")
    rejected = 1

    @pytest.fixture(autouse=True)
    def _server(self, playlist: Newest) -> None:
        playlist.entries[3]["snippet"] |= {"title": "", "description": "", "thumbnails": {}}
        self.playlist = playlist

    def adapter(self, _folder: Path, page_posts: int) -> YouTubeList:
        assert self.playlist.server
        return reader(self.playlist.server, page_posts)


def test_title_and_description_are_the_caption_and_the_largest_thumbnail_the_picture() -> None:
    (post,) = read(film("a")).posts
    assert post.fields.text == "film a\n\nabout &amp; more"
    assert (post.fields.author, post.fields.url) == ("UC2", "https://www.youtube.com/watch?v=a")
    assert str(post.fields.posted_at) == "2026-11-20 10:00:00+00:00"
    assert [one.name for one in post.media] == ["i.example/high.jpg"]


def test_a_search_is_read_in_its_own_shape() -> None:
    found = {"id": {"kind": "youtube#video", "videoId": "b"}, "snippet": film("b")["snippet"]}
    del found["snippet"]["resourceId"]
    (post,) = read(found, playlist=None, query="riot").posts
    assert (post.fields.id, post.fields.text) == ("b", "film b\n\nabout & more")


def test_films_that_are_gone_are_passed_over() -> None:
    page = read(film("a"), film("b", title="Deleted video", thumbnails={}))
    assert ([post.fields.id for post in page.posts], page.rejected) == (["a"], ())


def test_the_next_reading_ends_at_what_is_known_even_if_some_of_it_was_deleted(playlist: Newest) -> None:
    assert playlist.server
    first = pages(reader(playlist.server, 3))[-1]
    playlist.entries[:2] = [film("i"), film("h")]
    again = reader(playlist.server, 3).fetch(first.checkpoint)
    assert ([post.fields.id for post in again.posts], again.done) == (["i", "h"], True)


def test_the_key_is_sent_in_a_header_alone(playlist: Newest) -> None:
    assert playlist.server
    reader(playlist.server).fetch({})
    request = playlist.server.requests[0]
    assert playlist.server.header("x-goog-api-key") == "SECRET"
    assert request.startswith(b"GET /youtube/v3/playlistItems?part=snippet%2CcontentDetails&playlistId=UU1&")
    assert b"SECRET" not in request.split(b"\r\n")[0]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            http(b'{"error":{"errors":[{"reason": "quotaExceeded"}]}}', status="403 No"),
            "its quota is used up",
        ),
        (http(b'{"error":{"errors":[{"reason": "forbidden"}]}}', status="403 No"), "a token that may read"),
        (http(b'{"error":{"code":404}}', status="404 Not Found"), "check the address"),
        (http(b'{"items":{}}'), "no list of films"),
        (http(b"null"), "no list of films"),
    ],
)
def test_a_refusal_says_what_to_do(said: bytes, expected: str) -> None:
    with serving(said) as server, pytest.raises(FetchFailed, match=expected):
        reader(server).fetch({})


@pytest.mark.parametrize(
    "changes",
    [
        {"snippet": None},
        {"snippet": {"title": 7, "thumbnails": ["x"]}},
        {"contentDetails": {"videoPublishedAt": "yesterday"}},
        {"contentDetails": "x", "snippet": {"resourceId": 5}},
    ],
)
def test_a_strange_film_is_read_or_rejected_and_its_neighbour_is_read(changes: dict[str, Any]) -> None:
    page = read(film("b"), film("a") | changes, None)
    assert page.posts[0].fields.id == "b"
    assert len(page.posts) + len(page.rejected) == 3


def test_one_list_is_named_and_not_two() -> None:
    for lists in ({"playlist": None}, {"query": "riot"}):
        with pytest.raises(ValueError, match="either a playlist or a query"):
            read(**lists)
