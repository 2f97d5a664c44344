"""The stream of a Mastodon server: nothing is missed between connections, edits and deletions are heard."""

import json
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from ingest.adapter import Page, Stream
from ingest.adapters import mastodon_stream
from ingest.adapters import stream as adapter_stream
from ingest.adapters.mastodon import Options, from_options
from ingest.adapters.mastodon_stream import MastodonStream, path
from ingest.http import events
from ingest.http.events import EventStream
from ingest.run import pump
from ingest.secret import SecretPlace
from tests.ingest.mastodon_site import Site, status
from tests.ingest.streams import event
from tests.ingest.test_mastodon import image
from tests.ingest.web import fetcher, http, serving
from triage import models
from triage.db import session_scope
from triage.errors import FetchFailed


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    with serving(made) as server:
        made.at(server)
        yield made


def stream(site: Site, page_posts: int = 256, silence: float = 90, **options: Any) -> MastodonStream:
    host = site.server.url("", scheme="http")
    return MastodonStream(
        "fediverse", Options(host=host, **options), fetcher(site.server), page_posts, silence
    )


def caught_up(source: MastodonStream, checkpoint: Any = None) -> Page:
    """Read until a page says that nothing is left from before the connection."""
    page = source.fetch(checkpoint or {})
    while not page.done:
        page = source.fetch(json.loads(json.dumps(page.checkpoint)))
    return page


def numbers(*pages: Page) -> list[int]:
    return [int(post.fields.id.rpartition("/")[2]) for page in pages for post in page.posts]


def until(source: MastodonStream, count: int) -> list[Page]:
    """Read live pages until they hold so many items."""
    pages = list[Page]()
    while sum(len(page.posts) + len(page.rejected) for page in pages) < count:
        pages.append(source.fetch(pages[-1].checkpoint if pages else {}))
    return pages


def test_an_option_makes_it_a_stream(site: Site) -> None:
    assert isinstance(from_options("fediverse", {"host": "x.example", "stream": True}), Stream)
    assert not isinstance(from_options("fediverse", {"host": "x.example"}), Stream)


def test_what_is_published_while_it_listens_comes_at_once_known_by_the_server_s_own_id(site: Site) -> None:
    source = stream(site)
    caught_up(source)
    site.post(7, media_attachments=[image("https://far.example/a.png")])
    (page,) = until(source, 1)
    (post,) = page.posts
    assert post.fields.id == f"{site.server.url('', scheme='http')}/statuses/7"
    assert post.fields.text == "Post 7 & more\nsecond line"
    assert (post.media[0].alt, page.done, page.live) == ("a cat", True, True)
    source.close()


def test_edits_and_deletions_name_the_post_that_they_change(site: Site) -> None:
    source = stream(site)
    caught_up(source)
    site.post(7)
    edited = status(7, content="<p>other words</p>", edited_at="2026-11-21T10:05:00.000Z")
    site.tell(event("status.update", edited) + event("delete", "7"))
    first, second, third = [post for page in until(source, 3) for post in page.posts]
    assert first.fields.id == second.fields.id == third.fields.id
    assert (second.fields.text, second.fields.edited_at is not None) == ("other words", True)
    assert third.fields.deleted
    source.close()


@pytest.mark.usefixtures("database")
def test_a_post_its_edit_and_its_deletion_reach_the_database(site: Site) -> None:
    site.post(7, 8)
    source = stream(site, begin="0")
    pump(source, "fediverse")
    later = status(7, content="<p>other words</p>", edited_at="2026-11-21T10:05:00.000Z")
    site.tell(event("status.update", later) + event("delete", "8"))
    left = until(source, 2)
    source.close()
    replay = SimpleNamespace(fetch=lambda _checkpoint: replace(left.pop(0), done=not left))
    pump(replay, "fediverse")
    with session_scope() as session:
        found = session.execute(select(models.Post.external_id, models.Post.caption, models.Post.deleted_at))
        kept = sorted((one.external_id[-1], one.caption, one.deleted_at is not None) for one in found)
    assert [(number, deleted) for number, _, deleted in kept] == [("7", False), ("7", False), ("8", True)]
    assert "other words" in [caption for _, caption, _ in kept]


def test_what_happened_between_two_connections_is_read_from_the_timeline(site: Site) -> None:
    source = stream(site)
    site.post(*range(1, 4))
    caught_up(source)
    site.post(4)
    reached = until(source, 1)[-1].checkpoint
    source.close()
    site.post(*range(5, 95))
    again = stream(site)
    pages = [again.fetch(reached)]
    while not pages[-1].done:
        pages.append(again.fetch(pages[-1].checkpoint))
    site.post(95)
    pages.append(again.fetch(pages[-1].checkpoint))
    assert sorted(set(numbers(*pages))) == list(range(4, 96))
    again.close()


def test_what_is_published_between_listening_and_the_timeline_s_end_is_not_missed(site: Site) -> None:
    site.post(1)
    site.on_listen = lambda: site.post(2)
    source = stream(site, begin="0")
    pages = [source.fetch({})]
    while not pages[-1].done:
        pages.append(source.fetch(pages[-1].checkpoint))
    site.post(3)
    pages.append(source.fetch(pages[-1].checkpoint))
    assert set(numbers(*pages)) == {1, 2, 3}
    source.close()


def test_posts_that_arrive_out_of_order_are_not_lost_when_it_connects_anew(site: Site) -> None:
    source = stream(site)
    site.post(10)
    caught_up(source)
    site.post(50)
    reached = until(source, 1)[-1].checkpoint
    source.close()
    site.post(40)  # of another server that was slow: its id is older than what was read
    again = stream(site)
    assert 40 in numbers(again.fetch(reached))
    again.close()


def test_a_checkpoint_moves_on_behind_the_newest_post(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mastodon_stream, "OVERLAP_SECONDS", 0)
    source = stream(site)
    caught_up(source)
    site.post(5)
    assert until(source, 1)[-1].checkpoint == {"min_id": "5"}
    source.close()


def test_a_stream_that_the_server_ends_is_an_error_and_then_connected_to_anew(site: Site) -> None:
    source = stream(site)
    caught_up(source)
    site.post(1)
    site.hang_up()
    pages = until(source, 1)
    with pytest.raises(FetchFailed, match="ended the stream"):
        source.fetch(pages[-1].checkpoint)
    site.post(2)
    assert 2 in numbers(source.fetch({"min_id": "1"}))
    source.close()


def test_a_silent_server_is_given_up(site: Site) -> None:
    source = stream(site, silence=0.5)
    caught_up(source)
    with pytest.raises(FetchFailed, match=r"silent for 0.5 s"):
        source.fetch({})


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (event("update", "{broken"), "not valid JSON"),
        (event("update", "[1]"), "not a post"),
        (event("update", "\\xff"), "not valid JSON"),
        (event("update", {"content": "x"}), "'id'"),
        (event("delete", "../../x"), "names no id"),
        (event("update", {"id": "3", "content": "a" * 2**21}), "larger than 1,048,576 bytes"),
    ],
)
def test_what_cannot_be_read_is_named_and_its_neighbours_are_read(
    site: Site, told: bytes, reason: str
) -> None:
    source = stream(site)
    caught_up(source)
    site.post(1)
    site.tell(told)
    site.tell(event("notification", {}) + event("announcement.delete", "5"))
    site.post(2)
    pages = until(source, 3)
    assert numbers(*pages) == [1, 2]
    (rejected,) = [one for page in pages for one in page.rejected]
    assert reason in rejected.reason
    assert rejected.where
    source.close()


def test_each_event_that_cannot_be_read_has_a_place_of_its_own_whenever_it_comes(site: Site) -> None:
    source = stream(site)
    caught_up(source)
    site.tell(event("update", "{one") + event("update", "{two") + event("delete", "../x"))
    first, second, third = [one.where for page in until(source, 3) for one in page.rejected]
    site.tell(event("update", "{two"))
    ((again,),) = [page.rejected for page in until(source, 1)]
    assert len({first, second, third}) == 3
    assert again.where == second
    source.close()


def test_posts_with_nothing_to_score_are_passed_over_and_counted_now_and_then(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = stream(site)
    caught_up(source)
    site.post(1, 2, content="")
    site.post(3)
    pages = until(source, 1)
    site.post(4, content="")
    site.post(5)
    pages += until(source, 1)
    assert [one for page in pages for one in page.notices] == [
        "2 post(s) hold neither text nor a picture; passed over."
    ]
    monkeypatch.setattr(adapter_stream, "TELL_SECONDS", 0.0)
    assert source.fetch({}).notices == ("1 post(s) hold neither text nor a picture; passed over.",)
    assert [one for page in pages for one in page.rejected] == []
    source.close()


def test_what_is_not_public_or_has_no_picture_where_those_are_wanted_is_dropped_unread(site: Site) -> None:
    source = stream(site, pictures_only=True, hashtag="cats")
    caught_up(source)
    site.post(1)
    site.post(2, visibility="private", media_attachments=[image("https://far.example/a.png")])
    site.post(3, media_attachments=[image("https://far.example/a.png")])
    assert numbers(*until(source, 1)) == [3]
    source.close()


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, "/api/v1/streaming/public"),
        ({"local": True, "pictures_only": True}, "/api/v1/streaming/public/local?only_media=true"),
        ({"hashtag": "Café"}, "/api/v1/streaming/hashtag?tag=Café"),
        ({"hashtag": "x", "local": True}, "/api/v1/streaming/hashtag/local?tag=x"),
    ],
)
def test_options_choose_the_stream(options: dict[str, Any], wanted: str) -> None:
    assert path(Options(host="x.example", **options)) == wanted


def test_the_stream_is_where_the_server_says_and_gets_the_token(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEDIVERSE_TOKEN", "SECRET")
    source = stream(site, hashtag="Café", token=SecretPlace(env="FEDIVERSE_TOKEN"))
    caught_up(source)
    source.close()
    instance, listening, timeline = site.server.requests[:3]
    assert instance.startswith(b"GET /api/v2/instance ")
    assert listening.startswith(b"GET /api/v1/streaming/hashtag?tag=Caf%C3%A9 ")
    assert b"Host: elsewhere.example.com" in listening
    assert b"Authorization: Bearer SECRET" in listening
    assert timeline.startswith(b"GET /api/v1/timelines/tag/Caf%C3%A9?")


def test_a_token_is_not_sent_where_it_could_be_read_on_the_way(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = http(b'{"configuration": {"urls": {"streaming": "ws://plain.example"}}}')
    monkeypatch.setattr(fetcher(site.server).__class__, "call", lambda *_a, **_k: _answer(answer))
    source = MastodonStream("fediverse", Options(host="x.example"), fetcher(site.server))
    with pytest.raises(FetchFailed, match="not encrypted"):
        source.fetch({})


def _answer(answer: bytes) -> Any:
    from ingest.http.fetched import Fetched

    body = answer.partition(b"\r\n\r\n")[2]
    return Fetched("https://x.example/api/v2/instance", 200, {}, body, "application/json", "")


@pytest.mark.parametrize("about", [b"{}", b"[]", b'{"configuration": {"urls": null}}', None])
def test_a_server_that_does_not_say_where_its_stream_is_has_it_beside_all_else(
    about: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = list[str]()

    def listen(_fetcher: Any, url: str, **_options: Any) -> EventStream:
        opened.append(url)
        raise FetchFailed("enough")

    monkeypatch.setattr(events, "listen", listen)
    answer = http(b"{}", status="404 Not Found") if about is None else http(about)
    with serving(answer) as server, pytest.raises(FetchFailed, match="enough"):
        options = Options(host=server.url("", scheme="http"))
        MastodonStream("fediverse", options, fetcher(server)).fetch({})
    assert opened == [server.url("/api/v1/streaming/public", scheme="http")]


def test_a_refused_stream_says_what_to_do_and_nothing_else_is_asked(site: Site) -> None:
    site.refuses = True
    with pytest.raises(FetchFailed, match="answers 401 instead of a stream; it wants a token"):
        stream(site).fetch({})
    assert len(site.server.requests) == 2
