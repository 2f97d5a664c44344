"""Posts of Bluesky, from a Jetstream of this machine: what is read, and where reading goes on."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from ingest.adapter import FoundAccountGone, Stream
from ingest.adapters import bluesky
from ingest.adapters.bluesky import from_options
from ingest.adapters.jetstream import understand
from ingest.run import Summary, pump
from tests.ingest.sky import ANN, BOB, V2, Sky, blob_cid, ends, pictures, reader, until
from tests.ingest.web import picture
from triage import models
from triage.db import session_scope
from triage.errors import FetchFailed, PostRejected
from triage.pseudonyms import author_ref


def test_it_is_a_stream() -> None:
    assert isinstance(from_options("sky", {}), Stream)


def test_a_post_is_stored_as_its_account_s_server_has_it(sky: Sky) -> None:
    sky.blobs[blob_cid(picture())] = picture()
    sky.post(1, embed=pictures(picture()))
    source = reader(sky)
    ((post,),) = [page.posts for page in until(source, 1)]
    source.close()
    fields = post.fields
    assert fields.id == f"at://{author_ref('sky', ANN)}/app.bsky.feed.post/1"
    assert (fields.text, fields.author, fields.lang) == ("post 1", ANN, "en")
    assert fields.url == f"https://bsky.app/profile/{ANN}/post/1"
    assert str(fields.posted_at) == "2026-11-21 10:00:00+00:00"
    assert (fields.edited_at, fields.deleted, post.media[0].alt) == (None, False, "a cat")
    assert post.media[0].content is not None
    assert post.media[0].content.read(10_000) == picture()
    asked = [one.split(b" ")[1].decode() for one in sky.web.requests]
    assert [one.partition("?")[0].rpartition("/")[2] for one in asked] == [
        ANN,
        "com.atproto.repo.getRecord",
        "com.atproto.sync.getBlob",
    ]


def test_edits_and_deletions_name_the_post_that_they_change(sky: Sky) -> None:
    source = reader(sky)
    sky.post(1)
    pages = until(source, 1)
    sky.post(1, kind="update", tags=["x"])
    pages += until(source, 1, pages[-1].checkpoint)
    sky.delete(1)
    pages += until(source, 1, pages[-1].checkpoint)
    source.close()
    written, edited, deleted = [post for page in pages for post in page.posts]
    assert len({post.fields.id for post in (written, edited, deleted)}) == 1
    assert (written.fields.edited_at, edited.fields.edited_at is not None) == (None, True)
    assert deleted.fields.deleted


def test_options_choose_what_is_read_and_the_rest_is_never_asked_for(sky: Sky) -> None:
    sky.blobs[blob_cid(b"x")] = b"x"
    sky.post(1)
    sky.post(2, embed=pictures(b"x"), langs=["de"])
    sky.post(3, embed=pictures(b"x"), langs=["en-GB", "de"])
    sky.post(4, embed={"$type": "app.bsky.embed.recordWithMedia", "media": pictures(b"x")}, langs=[])
    sky.post(5, embed="x", langs="en")
    source = reader(sky, images_only=True, languages=["EN"], dids=[ANN, BOB])
    assert sorted(ends(*until(source, 2))) == ["3", "4"]
    source.close()
    assert sum(b"getRecord" in one for one in sky.web.requests) == 2
    assert sum(b"/did:plc" in one for one in sky.web.requests) <= 2
    wanted = "wantedDids" if sky.version == 1 else "dids"
    assert f"{wanted}={ANN}&{wanted}={BOB}" in sky.asked[0]


@pytest.mark.parametrize(
    "message",
    ["{broken", "[]", "{}", '{"kind": "commit"}', '{"did": 5, "time_us": 1, "kind": "commit"}',
     '{"did": "d", "time_us": 1, "kind": "commit",'
     ' "commit": {"collection": "app.bsky.feed.post", "rkey": "../x"}}',
     '{"$type": "message", "payload": {"$type": 5}}', "a" * (2**20 + 5)],
)  # fmt: skip
def test_what_is_no_message_is_named_and_its_neighbours_are_read(sky: Sky, message: str) -> None:
    sky.post(1)
    sky.raw(message)
    sky.post(2)
    source = reader(sky)
    pages = until(source, 3)
    source.close()
    assert sorted(ends(*pages)) == ["1", "2"]
    assert len([one for page in pages for one in page.rejected]) == 1


def test_each_message_that_cannot_be_read_has_a_place_of_its_own(sky: Sky) -> None:
    for message in ("{one", "{two", "{two"):
        sky.raw(message)
    source = reader(sky)
    first, second, third = [one.where for page in until(source, 3) for one in page.rejected]
    source.close()
    assert first != second == third


def test_a_post_of_only_a_film_is_passed_over_and_counted_and_never_asked_for(sky: Sky) -> None:
    film = {"$type": "app.bsky.embed.video", "video": {}}
    sky.post(1, text=" ", embed=film)
    sky.post(2, text="words", embed=film)
    source = reader(sky)
    pages = until(source, 1)
    source.close()
    assert ends(*pages) == ["2"]
    assert [one for page in pages for one in (*page.rejected, *page.notices)] == [
        "1 post(s) hold neither text nor a picture; passed over."
    ]
    assert sum(b"getRecord" in one for one in sky.web.requests) == 1


def test_an_account_that_is_gone_is_noted_where_its_posts_were_read(sky: Sky) -> None:
    source = reader(sky)
    sky.post(1)
    pages = until(source, 1)
    sky.account(BOB, "deleted")
    sky.account(ANN, "suspended")
    sky.account(ANN, "takendown")
    sky.post(2)
    pages += until(source, 1, pages[-1].checkpoint)
    source.close()
    assert [notice for page in pages for notice in page.notices] == [
        f"The account {ANN} was taken down; its posts stay until their time is over."
    ]


def test_it_goes_on_a_little_before_where_it_was_left(sky: Sky, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bluesky, "OVERLAP_SECONDS", 0.0)
    sky.post(1)
    source = reader(sky)
    reached = until(source, 1)[-1].checkpoint
    source.close()
    sky.post(2)
    again = reader(sky)
    assert ends(*until(again, 1, reached)) == ["2"]
    again.close()
    assert sky.asked[-1].endswith(f"cursor={reached['cursor']}")


def test_without_a_checkpoint_it_begins_with_what_happens_now(sky: Sky) -> None:
    source = reader(sky, begin=None)
    assert source.fetch({}).posts == ()
    assert ("cursor" in sky.asked[0]) == (sky.version == 1)  # there, a moment ago
    sky.post(1)
    assert ends(*until(source, 1)) == ["1"]
    source.close()


@pytest.mark.parametrize("other", [{"host": "jetstream9.example"}, {"version": 7}])
def test_a_cursor_of_another_server_or_version_is_not_used_and_that_is_said(
    sky: Sky, other: dict[str, Any]
) -> None:
    mine = {"host": sky.options()["host"], "version": sky.version, "cursor": 5}
    source = reader(sky)
    page = source.fetch(mine | other)
    source.close()
    assert "another server: what was since is lost" in page.notices[0]
    assert "cursor=5" not in sky.asked[0]


def test_a_cursor_that_is_too_old_begins_anew_and_that_is_said() -> None:
    sky = Sky()
    sky.refusal = b'{"error":"CursorTooOld","message":"x"}'
    with sky.up(2):
        source = reader(sky, begin=3)
        page = source.fetch({})
        source.close()
    assert "does not go back as far" in page.notices[0]


def test_a_server_that_ends_the_stream_says_why_and_reading_goes_on_from_before() -> None:
    with Sky().up(2) as sky:
        sky.raw(
            {"$type": "message", "payload": {"$type": f"{V2}#info", "name": "OutdatedCursor", "message": "m"}}
        )
        sky.post(1)
        source = reader(sky)
        pages = until(source, 1)
        assert pages[0].notices == ("The server says: OutdatedCursor m",)
        sky.raw({"$type": "error", "error": "ConsumerTooSlow", "message": "too slow"})
        with pytest.raises(FetchFailed, match="ConsumerTooSlow too slow"):
            while True:
                source.fetch(pages[-1].checkpoint)
        sky.log.pop()
        sky.post(2)
        assert "2" in ends(*until(source, 1, pages[-1].checkpoint))
        source.close()


def test_a_stream_that_the_server_leaves_is_an_error_and_then_connected_to_anew(sky: Sky) -> None:
    sky.post(1)
    source = reader(sky)
    pages = until(source, 1)
    sky.hang_up()
    with pytest.raises(FetchFailed, match="ended the stream"):
        while True:
            source.fetch(pages[-1].checkpoint)
    sky.post(2)
    assert "2" in ends(*until(source, 1, pages[-1].checkpoint))
    source.close()


def test_a_stream_that_falls_silent_is_given_up(sky: Sky) -> None:
    source = reader(sky, silence=0.5)
    with pytest.raises(FetchFailed, match=r"silent for 0.5 s"):
        while True:
            source.fetch({})


def test_it_has_caught_up_with_an_event_from_after_its_beginning_or_when_nothing_comes(
    sky: Sky, monkeypatch: pytest.MonkeyPatch
) -> None:
    sky.post(1)
    source = reader(sky)
    (page,) = until(source, 1)
    assert not page.done
    sky.post(2)
    (page,) = until(source, 1, page.checkpoint)
    assert page.done
    source.close()
    monkeypatch.setattr(bluesky, "QUIET_SECONDS", 0.5)
    quiet = reader(sky)
    while not quiet.fetch(page.checkpoint).done:
        pass
    quiet.close()


@pytest.mark.parametrize(
    "options",
    [{"version": 3}, {"dids": ["ann"]}, {"dids": [ANN] * 81}, {"directory": "ftp://x"}, {"token": "x"}],
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        from_options("sky", options)


def test_events_of_other_kinds_are_passed_over() -> None:
    identity = {"did": ANN, "time_us": 5, "kind": "identity", "identity": {"did": ANN}}
    assert understand(json.dumps(identity).encode(), 1).kind == "identity"
    like = {"$type": f"{V2}#sync", "seq": 5, "did": ANN, "time": "2026-11-21T10:00:00Z"}
    assert understand(json.dumps({"$type": "message", "payload": like}).encode(), 2).kind == "other"
    flat = {"$type": f"{V2}#account", "seq": 5, "did": ANN, "time": "2026-11-21T10:00:00", "active": False}
    told = json.dumps({"$type": "message", "payload": flat | {"status": "deleted"}}).encode()
    assert understand(told, 2).said == "deleted"
    with pytest.raises(PostRejected):
        understand(b"{}", 2)


def test_accounts_that_were_deleted_are_told_of_and_those_that_were_taken_down_are_not(sky: Sky) -> None:
    source = reader(sky)
    sky.account(ANN, "deleted")
    sky.account(BOB, "takendown")
    sky.post(1)
    pages = until(source, 1)
    source.close()
    assert [gone for page in pages for gone in page.gone] == [FoundAccountGone("sky", ANN)]


@pytest.mark.usefixtures("database")
def test_the_stored_posts_of_a_deleted_account_are_deleted_and_others_stay(sky: Sky) -> None:
    def pumped(count: int) -> Summary:
        source = reader(sky)
        pages = until(source, count)
        source.close()
        left = [replace(page, done=False) for page in pages]
        left[-1] = replace(left[-1], done=True)
        return pump(SimpleNamespace(fetch=lambda _: left.pop(0)), "sky", owner="sky")

    sky.post(1)
    sky.post(2)
    sky.post(3, did=BOB)
    assert pumped(3).stored == 3
    sky.account(ANN, "deleted")
    sky.post(4, did=BOB)
    assert pumped(4).deleted == 2
    with session_scope() as session:
        found = session.execute(select(models.Post.external_id, models.Post.deleted_at))
        assert sorted((one.external_id[-1], one.deleted_at is not None) for one in found) == [
            ("1", True), ("2", True), ("3", False), ("4", False)
        ]  # fmt: skip
