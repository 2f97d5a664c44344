"""New posts of a subreddit, in Reddit's recorded shapes, on this machine."""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.adapter import Page
from ingest.adapters.reddit import Options, Subreddit
from tests.ingest.adapter_contract import AdapterContract, items, pages
from tests.ingest.listings import Newest
from tests.ingest.web import Server, fetcher, http, serving
from triage.errors import FetchFailed

TOKEN = http(json.dumps({"access_token": "TOKEN", "token_type": "bearer", "expires_in": 3600}).encode())


def post(number: str, **changes: Any) -> dict[str, Any]:
    data = {
        "id": number,
        "name": f"t3_{number}",
        "title": f"post {number}",
        "selftext": "words",
        "author": "ann",
        "created_utc": 1795255200.0,
        "permalink": f"/r/pics/comments/{number}/post/",
        "url": f"https://www.reddit.com/r/pics/comments/{number}/post/",
        "is_gallery": None,
    }
    return {"kind": "t3", "data": data | changes}


def gallery(**changes: Any) -> dict[str, Any]:
    """In the order of `gallery_data`, not of the pictures' own list."""
    told = {
        name: {
            "status": "valid",
            "e": "Image",
            "s": {"u": f"https://preview.redd.it/{name}.jpg?width=9&amp;s=5"},
        }
        for name in ("a", "b")
    }
    ordered = [{"media_id": "b", "caption": "a cat"}, {"media_id": "a"}]
    return {"is_gallery": True, "gallery_data": {"items": ordered}, "media_metadata": told} | changes


def answer(posts: list[Any], after: str | None) -> dict[str, Any]:
    return {"kind": "Listing", "data": {"after": after, "before": None, "children": posts}}


class Site:
    """Gives tokens and listings, each at its address."""

    def __init__(self, listing: Any, token: bytes = TOKEN) -> None:
        self.listing, self.token = listing, token
        self.server: Server | None = None

    def __call__(self, connection: socket.socket) -> None:
        assert self.server
        if self.server.mine.request.startswith(b"POST /api/v1/access_token "):
            connection.sendall(self.token)
        elif callable(self.listing):
            self.listing.server = self.server
            self.listing(connection)
        else:
            connection.sendall(self.listing)


def reader(server: Server, page_posts: int = 100, **changes: Any) -> Subreddit:
    given = {"subreddit": "pics", "client_id": "app", "secret": {"env": "REDDIT_SECRET"}}
    options = Options.model_validate({**given, "written_agreement": "Approval 1", **changes})
    base = server.url("", scheme="http")
    return Subreddit("reddit", options, fetcher(server), page_posts, (base, base))


def read(*posts: Any) -> Page:
    site = Site(http(json.dumps(answer(list(posts), None)).encode()))
    with serving(site) as site.server:
        return reader(site.server).fetch({})


def names(page: Page) -> list[str]:
    return [one.name for found in page.posts for one in found.media]


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDDIT_SECRET", "SECRET")


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site(Newest([post(number) for number in "gfedcba"], answer, "limit", "after"))
    with serving(site) as site.server:
        yield site


class TestRedditContract(AdapterContract):
    ids = tuple(f"t3_{number}" for number in "gfecba")
    rejected = 1

    @pytest.fixture(autouse=True)
    def _server(self, site: Site) -> None:
        site.listing.entries[3]["data"] |= {"title": "", "selftext": "[removed]"}
        self.site = site

    def adapter(self, _folder: Path, page_posts: int) -> Subreddit:
        assert self.site.server
        return reader(self.site.server, page_posts)


def test_every_field_becomes_its_own() -> None:
    (found,) = read(post("a")).posts
    assert (found.fields.id, found.fields.text, found.fields.author) == ("t3_a", "post a\n\nwords", "ann")
    assert found.fields.posted_at == datetime.fromtimestamp(1795255200, UTC)
    assert found.fields.url == "https://www.reddit.com/r/pics/comments/a/post/"


def test_what_was_deleted_is_no_author_and_no_words() -> None:
    (found,) = read(post("a", author="[deleted]", selftext="[removed]")).posts
    assert (found.fields.text, found.fields.author) == ("post a", None)


def test_a_gallery_s_pictures_are_the_originals_in_its_own_order() -> None:
    page = read(post("a", **gallery()))
    assert names(page) == ["i.redd.it/b.jpg", "i.redd.it/a.jpg"]
    assert page.posts[0].media[0].alt == "a cat"


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"gallery_data": None}, []),
        ({"media_metadata": None}, [True, True]),
        (
            {"media_metadata": {"a": {"status": "failed", "s": {"u": "https://i.redd.it/a.jpg"}}, "b": None}},
            [True, True],
        ),
        ({"gallery_data": {"items": [None, {"media_id": 5}, "x"]}}, [True, True, True]),
    ],
)
def test_pictures_of_a_gallery_that_are_gone_are_problems(
    changes: dict[str, Any], problems: list[bool]
) -> None:
    (found,) = read(post("a", **gallery(**changes))).posts
    assert [bool(one.problem) for one in found.media] == problems


def test_an_animated_picture_is_read() -> None:
    moving = {
        "a": {"status": "valid", "e": "AnimatedImage", "s": {"gif": "https://i.redd.it/a.gif", "mp4": "x"}}
    }
    items = {"items": [{"media_id": "a"}]}
    assert names(read(post("a", **gallery(media_metadata=moving, gallery_data=items)))) == ["i.redd.it/a.gif"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"url": "https://i.redd.it/x.png"}, ["i.redd.it/x.png"]),
        ({"url_overridden_by_dest": "https://i.redd.it/x.png"}, ["i.redd.it/x.png"]),
        (
            {
                "post_hint": "image",
                "url": "https://pictures.example/x.png",
                "preview": {"images": [{"source": {"url": "https://external.example/x.png?a=1&amp;s=2"}}]},
            },
            ["external.example/x.png"],
        ),
        (
            {"post_hint": "image", "url": "https://pictures.example/x.png", "preview": None},
            ["pictures.example/x.png"],
        ),
        ({"post_hint": "link", "preview": {"images": [{"source": {"url": "https://p.example/x.png"}}]}}, []),
        ({"post_hint": "hosted:video", "url": "https://v.redd.it/x"}, []),
    ],
)
def test_a_picture_is_the_post_s_and_not_a_linked_page_s(
    changes: dict[str, Any], expected: list[str]
) -> None:
    assert names(read(post("a", **changes))) == expected


def test_addresses_are_read_as_they_are_meant_without_raw_json() -> None:
    preview = {"images": [{"source": {"url": "https://external.example/x.png?a=1&amp;s=2"}}]}
    (found,) = read(post("a", post_hint="image", preview=preview)).posts
    assert "a=1&s=2" in found.media[0].content.url  # type: ignore[union-attr]


def test_a_crosspost_holds_the_pictures_and_words_of_the_post_that_it_shares() -> None:
    parent = post("p", title="the first title", **gallery())["data"]
    (found,) = read(post("a", selftext="", crosspost_parent="t3_p", crosspost_parent_list=[parent])).posts
    assert [one.name for one in found.media] == ["i.redd.it/b.jpg", "i.redd.it/a.jpg"]
    assert found.fields.text == "post a\n\nthe first title\n\nwords"
    assert found.fields.id == "t3_a"


def test_the_secret_gets_a_token_and_only_that_is_sent_on(site: Site) -> None:
    assert site.server
    pages(reader(site.server, 3))
    login, *asked = site.server.requests
    assert login.endswith(b"\r\n\r\ngrant_type=client_credentials")
    assert b"Basic YXBwOlNFQ1JFVA==" in login
    assert len(asked) == 3
    assert all(b"Bearer TOKEN" in one and b"/r/pics/new?" in one and b"raw_json=1" in one for one in asked)


def test_the_next_reading_ends_at_what_is_known(site: Site) -> None:
    assert site.server
    first = pages(reader(site.server, 3))[-1]
    site.listing.entries.insert(0, post("h"))
    again = reader(site.server, 3).fetch(first.checkpoint)
    assert ([one.fields.id for one in again.posts], again.done) == (["t3_h"], True)


def test_a_post_approved_late_is_found_among_those_that_are_known(site: Site) -> None:
    assert site.server
    first = pages(reader(site.server))[-1]
    site.listing.entries.insert(3, post("late"))
    assert [one.fields.id for one in reader(site.server).fetch(first.checkpoint).posts] == ["t3_late"]


def test_rate_limits_are_heeded_and_may_be_missing() -> None:
    body = json.dumps(answer([post("a")], "t1")).encode()
    limits = ("x-ratelimit-remaining: 0.0", "x-ratelimit-reset: 67", "x-ratelimit-used: 512")
    for headers, heeded in ((limits, True), ((), False)):
        site = Site(http(body, *headers))
        with serving(site) as site.server:
            source = reader(site.server)
            page = source.fetch({})
            if heeded:
                with pytest.raises(FetchFailed, match="wants to be left alone"):
                    source.fetch(page.checkpoint)
            else:
                assert source.fetch(page.checkpoint).posts


@pytest.mark.parametrize(
    ("listing", "token", "expected"),
    [
        (b"", http(b'{"error": 401}', status="401 Unauthorized"), "check `client_id` and `secret`"),
        (b"", http(b'{"error": "unsupported_grant_type"}'), "check `client_id` and `secret`"),
        (b"", http(b"[]"), "check `client_id` and `secret`"),
        (b"", http(b"", "Retry-After: 60", status="429 Too Many"), "instead of a token; wait 60 s"),
        (http(b'{"reason":"private"}', status="403 Forbidden"), TOKEN, "a token that may read"),
        (http(b"{}", status="429 Too Many"), TOKEN, "ask it less often"),
        (http(b'{"data": {"children": null}}'), TOKEN, "no list of posts"),
        (http(b"[1]"), TOKEN, "no list of posts"),
    ],
)
def test_a_refusal_says_what_to_do_and_shows_no_secret(listing: bytes, token: bytes, expected: str) -> None:
    site = Site(listing, token)
    with serving(site) as site.server, pytest.raises(FetchFailed, match=expected) as raised:
        reader(site.server).fetch({})
    assert not any(one in str(raised.value) for one in ("SECRET", "TOKEN", "YXBw"))


@pytest.mark.parametrize(
    "changes",
    [
        {"title": None, "selftext": 5},
        {"created_utc": "soon"},
        {"created_utc": 1e99},
        {"crosspost_parent_list": ["x"]},
        {"preview": {"images": None}, "post_hint": "image", "url": 5},
        {"name": None, "id": None},
        {"permalink": ["x"], "author": 7},
    ],
)
def test_a_strange_post_is_read_or_rejected_and_its_neighbour_is_read(changes: dict[str, Any]) -> None:
    page = read(post("b"), post("a", **changes), None, {"kind": "t3"})
    assert page.posts[0].fields.id == "t3_b"
    assert len(items([page])[0]) + len(page.rejected) == 4
