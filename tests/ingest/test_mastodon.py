"""Timelines of a Mastodon server, against a local one that speaks its recorded shapes."""

import json
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ingest.adapter import FoundPost, Page
from ingest.adapters.mastodon import MastodonTimeline, Options, from_options
from ingest.run import pump
from tests.ingest.adapter_contract import AdapterContract
from tests.ingest.mastodon_site import status
from tests.ingest.web import Server, fetcher, http, picture, serving
from triage import models
from triage.db import session_scope
from triage.errors import ConfigurationError, FetchFailed
from triage.pseudonyms import author_ref


def image(url: str | None, **changes: Any) -> dict[str, Any]:
    return {"id": "5", "type": "image", "url": url, "remote_url": None, "description": "a cat"} | changes


class Timeline:
    """Answers as a Mastodon server does: min_id gives the next newer page, in order of the newest first."""

    def __init__(self, statuses: list[dict[str, Any]], *headers: str) -> None:
        self.statuses, self.headers, self.server = statuses, headers, None

    def __call__(self, connection: socket.socket) -> None:
        line = self.server.requests[-1].split(b"\r\n", 1)[0].decode()
        asked = dict(re.findall(r"[?&](\w+)=([^& ]*)", line))
        limit, after = int(asked.get("limit", 20)), asked.get("min_id")
        newer = [one for one in self.statuses if after is None or int(one["id"]) > int(after)]
        shown = (newer[-limit:] if after is None else newer[:limit])[::-1]
        headers = list(self.headers)
        if shown:
            next_page = f'<https://x/api/v1/timelines/public?max_id={shown[-1]["id"]}>; rel="next"'
            headers.append(f'Link: {next_page}, <https://x/y?limit=2&min_id={shown[0]["id"]}>; rel="prev"')
        connection.sendall(http(json.dumps(shown).encode(), *headers))


def answered(timeline: Timeline, server: Server) -> Server:
    timeline.server = server
    return server


def reader(server: Server, page_posts: int = 40, **options: Any) -> MastodonTimeline:
    host = server.url("", scheme="http")
    return MastodonTimeline("fediverse", Options(host=host, **options), fetcher(server), page_posts)


def read(*statuses: dict[str, Any], **options: Any) -> Page:
    timeline = Timeline(list(statuses))
    with serving(timeline) as server:
        return reader(answered(timeline, server), **options).fetch({})


class TestMastodonContract(AdapterContract):
    rejected = 1

    @pytest.fixture(autouse=True)
    def _server(self) -> Iterator[None]:
        ann = author_ref("fediverse", "ann@far.example")
        self.ids = tuple(
            f"https://far.example/users/{ann}/statuses/{number}" for number in (1, 2, 3, 5, 6, 7)
        )
        statuses = [status(number) for number in range(1, 8)]
        statuses[3]["created_at"] = "yesterday"
        timeline = Timeline(statuses)
        with serving(timeline) as self.server:
            answered(timeline, self.server)
            yield

    def adapter(self, _folder: Path, page_posts: int) -> MastodonTimeline:
        return reader(self.server, page_posts, begin="0")


def test_html_becomes_words_and_every_field_its_own() -> None:
    (post,) = read(
        status(1, spoiler_text="guns", media_attachments=[image("https://far.example/a.png")])
    ).posts
    fields = post.fields
    assert fields.text == "guns\n\nPost 1 & more\nsecond line"
    assert (fields.author, fields.lang) == ("ann@far.example", "en")
    assert fields.posted_at == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert fields.url == "https://far.example/@ann/1"
    assert (post.media[0].alt, post.media[0].problem) == ("a cat", None)


def test_an_account_of_the_server_itself_gets_the_server_s_name() -> None:
    (post,) = read(status(1, account={"acct": "bob"})).posts
    assert post.fields.author is not None
    assert post.fields.author.startswith("bob@pictures.example.com")


def test_a_boost_is_the_post_that_it_boosts_with_its_pictures() -> None:
    inner = status(1, media_attachments=[image("https://far.example/a.png")])
    boost = status(9, content="", reblog=inner, account={"acct": "booster"})
    first, second = read(inner, boost).posts
    assert first.fields == second.fields
    assert first.media == second.media


@pytest.mark.usefixtures("database")
def test_a_post_and_its_boosts_are_stored_once() -> None:
    timeline = Timeline([status(1), status(2, reblog=status(1)), status(3, reblog=status(1))])
    with serving(timeline) as server:
        summary = pump(reader(answered(timeline, server), begin="0"), "fediverse")
    assert (summary.posts, summary.stored) == (3, 1)


@pytest.mark.parametrize("visibility", ["private", "direct"])
def test_what_is_not_public_is_dropped_unread(visibility: str) -> None:
    page = read(status(1, visibility=visibility), status(2, reblog=status(3, visibility=visibility)))
    assert (page.posts, page.rejected) == ((), ())


def test_pictures_still_in_work_are_a_problem_and_films_are_passed_over() -> None:
    attached = [
        image(None),
        image(None, type="unknown", remote_url="https://far.example/b.png"),
        image("https://far.example/c.mp4", type="video"),
    ]
    (post,) = read(status(1, media_attachments=attached)).posts
    assert [one.problem for one in post.media] == ["the server was still working on it", None]


@pytest.mark.parametrize(
    "changes",
    [
        {"account": None},
        {"media_attachments": None},
        {"media_attachments": ["x", 5, {}]},
        {"created_at": "yesterday"},
        {"uri": None, "id": None},
        {"language": ["en"]},
        {"reblog": "x"},
    ],
)
def test_a_strange_status_is_read_or_rejected_and_its_neighbour_is_read(changes: dict[str, Any]) -> None:
    timeline = Timeline([])
    with serving(lambda connection: connection.sendall(http(json.dumps(
        [status(2), status(1, **changes), None, 5]).encode()))) as server:  # fmt: skip
        page = reader(answered(timeline, server)).fetch({})
    assert page.posts[-1].fields.id.endswith("/2")
    assert len(page.posts) + len(page.rejected) == 4


@pytest.mark.parametrize("content", ["", "<p> </p>", None])
def test_a_post_of_only_a_film_or_a_poll_is_passed_over_and_counted(content: str | None) -> None:
    film = image("https://far.example/c.mp4", type="video")
    page = read(
        status(1, content=content, media_attachments=[film]),
        status(2, content=content, poll={"id": "7"}),
        status(3, content=content, media_attachments=[image("https://far.example/a.png")]),
        status(4, media_attachments=[film]),
    )
    assert [post.fields.id[-1] for post in page.posts] == ["3", "4"]
    assert page.rejected == ()
    assert page.notices == ("2 post(s) hold neither text nor a picture; passed over.",)


def test_at_first_only_the_newest_page_is_read_and_then_what_is_newer() -> None:
    timeline = Timeline([status(number) for number in range(100)])
    with serving(timeline) as server:
        source = reader(answered(timeline, server))
        first = source.fetch({})
        assert (len(first.posts), first.done, first.live) == (40, True, True)
        nothing = source.fetch(first.checkpoint)
        assert (nothing.posts, nothing.done, nothing.checkpoint) == ((), True, first.checkpoint)
        timeline.statuses += [status(100)]
        (new,) = source.fetch(first.checkpoint).posts
        assert new.fields.id.endswith("/100")


def test_options_choose_the_timeline_and_the_token_is_sent_from_where_it_lies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FEDIVERSE_TOKEN", "SECRET")
    timeline = Timeline([status(1)])
    with serving(timeline) as server:
        chosen = {
            "hashtag": "Café",
            "local": True,
            "pictures_only": True,
            "token": {"env": "FEDIVERSE_TOKEN"},
        }
        reader(answered(timeline, server), **chosen).fetch({})
        asked = server.requests[0].decode()
    assert "GET /api/v1/timelines/tag/Caf%C3%A9?" in asked
    assert all(part in asked for part in ("local=true", "only_media=true", "limit=40"))
    assert "Authorization: Bearer SECRET" in asked


def test_an_answer_without_rate_headers_and_link_is_read_and_goes_on_from_its_newest_id() -> None:
    body = json.dumps([status(8), status(7)]).encode()
    with serving(http(body)) as server:
        assert reader(server).fetch({}).checkpoint == {"min_id": "8"}


def test_a_used_up_rate_limit_is_heeded_before_the_next_request() -> None:
    reset = (datetime.now(UTC) + timedelta(seconds=60)).strftime("%Y-%m-%dT%H:%M:%S.609574Z")
    limits = ("X-RateLimit-Limit: 300", "X-RateLimit-Remaining: 0", f"X-RateLimit-Reset: {reset}")
    timeline = Timeline([status(1)], *limits)
    with serving(timeline) as server:
        source = reader(answered(timeline, server), begin="0")
        page = source.fetch({})
        with pytest.raises(FetchFailed, match="wants to be left alone") as raised:
            source.fetch(page.checkpoint)
        assert len(server.requests) == 1
    assert 50 < (raised.value.retry_after or 0) <= 61


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            http(b'{"error":"The access token is invalid"}', status="401 Unauthorized"),
            "a token that may read",
        ),
        (http(b'{"error":"Record not found"}', status="404 Not Found"), "check the address"),
        (http(b"{}", status="503 Oops"), "try again later"),
        (http(b'{"error": "x"}'), "no list of statuses"),
        (http(b"<html>Log in</html>"), "no JSON"),
    ],
)
def test_a_refusal_says_what_to_do(answer: bytes, said: str) -> None:
    with serving(answer) as server, pytest.raises(FetchFailed, match=said):
        reader(server).fetch({})


@pytest.mark.usefixtures("database")
def test_pictures_of_statuses_are_fetched_and_stored() -> None:
    with serving(http(picture())) as pictures:
        timeline = Timeline([status(1, media_attachments=[image(pictures.url("/a.png"))])])
        with serving(timeline) as server:
            answered(timeline, server)
            options = Options(host=server.url("", scheme="http"))
            pump(MastodonTimeline("fediverse", options, fetcher(server, pictures)), "fediverse")
    with session_scope() as session:
        (place,) = session.scalars(select(models.PostMedia))
        assert (place.problem, place.alt) == (None, "a cat")


@pytest.mark.parametrize(
    "options",
    [{}, {"host": ""}, {"host": "x.example", "hashtag": "a/../b"}, {"host": "x.example", "token": "SECRET"},
     {"host": "x.example", "token": {"env": "NOT_SET_ANYWHERE"}}],
)  # fmt: skip
def test_options_that_cannot_be_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises((ValueError, ConfigurationError)) as raised:
        from_options("fediverse", options)
    assert isinstance(raised.value, ValueError)


def about(live: Any, hashtag: Any) -> bytes:
    access = {"live_feeds": live, "hashtag_feeds": hashtag}
    return http(json.dumps({"configuration": {"timelines_access": access}}).encode())


OFF = {"local": "disabled", "remote": "disabled"}
OPEN = {"local": "public", "remote": "public"}
FOR_USERS = {"local": "authenticated", "remote": "authenticated"}
HALF = {"local": "disabled", "remote": "public"}


@pytest.mark.parametrize(
    ("live", "hashtag", "options", "off"),
    [
        (OFF, OPEN, {}, True),
        (OFF, OPEN, {"hashtag": "cats"}, False),
        (OPEN, OFF, {"hashtag": "cats"}, True),
        (HALF, OPEN, {}, False),
        (HALF, OPEN, {"local": True}, True),
        (FOR_USERS, OPEN, {}, True),
        (FOR_USERS, OPEN, {"token": {"env": "FEDIVERSE_TOKEN"}}, False),
        (OFF, OPEN, {"token": {"env": "FEDIVERSE_TOKEN"}}, True),
        (None, None, {}, False),
        ("x", OPEN, {}, False),
    ],
)
def test_a_timeline_that_is_switched_off_is_an_error_and_one_that_is_empty_is_not(
    live: Any, hashtag: Any, options: dict[str, Any], off: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEDIVERSE_TOKEN", "SECRET")
    with serving(http(b"[]"), about(live, hashtag)) as server:
        source = reader(server, **options)
        if off:
            with pytest.raises(
                FetchFailed, match=r"switched off; give the source the token .* another server"
            ):
                source.fetch({})
        else:
            assert source.fetch({}).done
    assert server.requests[1].startswith(b"GET /api/v2/instance ")


def test_a_timeline_that_was_read_before_is_looked_at_again_unless_a_token_may_see_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FEDIVERSE_TOKEN", "SECRET")
    off = pytest.raises(FetchFailed, match="switched off")
    with serving(http(b"[]"), about(OFF, OFF)) as server, off:
        reader(server).fetch({"min_id": "5"})
    with serving(http(b"[]"), about(OFF, OFF)) as server:
        assert reader(server, token={"env": "FEDIVERSE_TOKEN"}).fetch({"min_id": "5"}).done


def test_a_server_that_says_nothing_of_its_timelines_has_them_open() -> None:
    with serving(http(b"[]"), http(b"{}", status="404 Not Found")) as server:
        assert reader(server).fetch({}).done


def test_a_timeline_with_posts_costs_no_further_request() -> None:
    timeline = Timeline([status(1)])
    with serving(timeline) as server:
        source = reader(answered(timeline, server))
        source.fetch(source.fetch({}).checkpoint)
        assert len(server.requests) == 2


def test_an_item_is_found_again_by_its_place() -> None:
    (post,) = read(status(17)).posts
    assert isinstance(post, FoundPost)
    assert post.where.endswith("/statuses/17")
