"""Nothing is stored on Jetstream's word: records and pictures are checked against their accounts' servers."""

import json
import re
from typing import Any

import pytest
from sqlalchemy import func, select, update

from ingest.adapters import bluesky, bluesky_check, cids, stream
from ingest.media import keep
from ingest.refetch import refetch
from tests.ingest.sky import ANN, Sky, blob_cid, ends, pictures, reader, record, until
from tests.ingest.web import HOST, fetcher, http, picture
from tests.made import post as made_post
from tests.made import store
from triage import models
from triage.db import session_scope
from triage.errors import FetchFailed, MediaError
from triage.media import open_store


def test_what_the_stream_says_otherwise_than_the_server_is_rejected(sky: Sky) -> None:
    sky.post(1, honest=False)
    sky.post(2)
    source = reader(sky)
    pages = until(source, 2)
    source.close()
    assert ends(*pages) == ["2"]
    ((rejected,),) = [page.rejected for page in pages]
    assert "not the one that the stream named" in rejected.reason
    assert rejected.where.endswith("/1")


def test_a_server_that_gives_another_record_than_its_cid_says_is_not_believed(sky: Sky) -> None:
    sky.post(1)
    cid = cids.of_record(record("post 1"))
    forged = json.dumps({"uri": "x", "cid": cid, "value": record("forged")}).encode()
    sky.answers["rkey=1"] = http(forged)
    source = reader(sky)
    ((rejected,),) = [page.rejected for page in until(source, 1)]
    source.close()
    assert "not what its CID says" in rejected.reason


def test_a_picture_that_is_another_than_the_post_names_is_a_problem_of_the_post(sky: Sky) -> None:
    sky.blobs[blob_cid(b"wanted")] = picture()
    sky.post(1, embed=pictures(b"wanted"))
    source = reader(sky)
    ((post,),) = [page.posts for page in until(source, 1)]
    source.close()
    assert post.media[0].content is not None
    with pytest.raises(MediaError, match="not the one that the post names"):
        post.media[0].content.read(1000)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(("given", "came"), [(picture(), 1), (b"GIF89a another", 0)])
def test_a_picture_whose_server_is_away_is_fetched_later_and_checked_then(
    sky: Sky, given: bytes, came: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cid = blob_cid(picture())
    sky.blobs[cid], sky.answers["getBlob"] = given, http(status="503 Service Unavailable")
    sky.post(1, embed=pictures(picture()))
    source = reader(sky)
    ((post,),) = [page.posts for page in until(source, 1)]
    source.close()
    place = keep(post.media[0], open_store())
    assert place.later is not None
    store(made_post(source="sky", media=(place,)))
    sky.answers.clear()
    with session_scope() as session:
        session.execute(update(models.PostMedia).values(next_try_at=func.now()))
    assert refetch("sky", fetcher=fetcher(*sky.servers)).came == came
    with session_scope() as session:
        stored = session.scalars(select(models.PostMedia)).one()
        assert (stored.sha256 is not None, stored.later) == (bool(came), None)


def test_a_picture_that_is_named_oddly_is_a_problem_of_the_post(sky: Sky) -> None:
    odd = pictures(b"x")
    odd["images"][0]["image"]["ref"] = {"$link": cids.of_record({})}
    sky.post(1, embed=odd)
    source = reader(sky)
    ((post,),) = [page.posts for page in until(source, 1)]
    source.close()
    assert (post.media[0].content, post.media[0].problem) == (
        None, "the post names it oddly: it names no plain bytes by their SHA-256"
    )  # fmt: skip


def test_a_post_that_is_gone_when_it_is_looked_for_is_a_deletion(sky: Sky) -> None:
    sky.post(1)
    sky.records.clear()
    source = reader(sky)
    ((post,),) = [page.posts for page in until(source, 1)]
    source.close()
    assert post.fields.deleted


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (http(b'{"error":"RepoDeactivated"}', status="400 Bad Request"), "cannot be read .RepoDeactivated"),
        (http(b'{"value": {"a": 1.5}, "cid": "x"}'), "cannot be checked: it holds a fraction"),
    ],
)
def test_what_cannot_be_checked_is_rejected_with_its_reason(first: Sky, answer: bytes, reason: str) -> None:
    first.post(1)
    first.answers["rkey=1"] = answer
    source = reader(first)
    ((rejected,),) = [page.rejected for page in until(source, 1)]
    source.close()
    assert re.search(reason, rejected.reason)


def test_a_server_that_is_away_is_asked_again_and_its_neighbours_do_not_wait(
    first: Sky, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bluesky_check, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(bluesky, "OVERLAP_SECONDS", 0.0)  # so that the stream does not bring it again
    first.answers["rkey=1"] = http(b"{}", status="502 Bad Gateway")
    first.post(1)
    first.post(2)
    source = reader(first)
    pages = until(source, 1)
    assert ends(*pages) == ["2"]
    assert pages[-1].checkpoint["later"][0]["rkey"] == "1"
    source.close()
    first.answers.clear()
    again = reader(first)
    assert "1" in ends(*until(again, 1, pages[-1].checkpoint))
    again.close()


def test_a_server_that_stays_away_costs_its_post_in_the_end(
    first: Sky, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bluesky_check, "FIRST_PAUSE", 0.0)
    monkeypatch.setattr(stream, "PAGE_SECONDS", 0.05)
    first.answers["rkey=1"] = http(b"{}", status="502 Bad Gateway")
    first.post(1)
    source = reader(first)
    pages = until(source, 1)
    source.close()
    assert "could not be checked in 5 attempts" in pages[-1].rejected[0].reason
    assert "later" not in pages[-1].checkpoint


def test_a_directory_that_is_away_stops_the_reading_so_that_nothing_is_lost(first: Sky) -> None:
    first.post(1)
    first.answers["/did:plc:"] = http(b"{}", status="503 Oops")
    source = reader(first)
    with pytest.raises(FetchFailed, match="answers 503 instead of an account"):
        until(source, 1)
    first.answers.clear()
    assert ends(*until(source, 1)) == ["1"]
    source.close()


def test_accounts_inside_our_network_are_not_asked(first: Sky) -> None:
    service = {
        "id": "#atproto_pds",
        "type": "AtprotoPersonalDataServer",
        "serviceEndpoint": "http://10.0.0.1",
    }
    first.answers["/did:plc:"] = http(json.dumps({"id": ANN, "service": [service]}).encode())
    first.post(1)
    source = reader(first)
    ((rejected,),) = [page.rejected for page in until(source, 1)]
    source.close()
    assert "10.0.0.1 is private" in rejected.reason


@pytest.mark.parametrize(
    "changes",
    [
        {"createdAt": "0001-01-01T00:00:00Z"},
        {"createdAt": 5},
        {"createdAt": "soon"},
        {"langs": [1, {}]},
        {"langs": "x" * 5000},
        {"embed": []},
        {"embed": {"$type": "app.bsky.embed.images", "images": [5, {}, {"image": {"ref": 7}}]}},
    ],
)
def test_an_odd_record_does_not_cost_its_post(first: Sky, changes: dict[str, Any]) -> None:
    first.post(1, **changes)
    source = reader(first)
    ((post,),) = [page.posts for page in until(source, 1)]
    source.close()
    assert post.fields.text == "post 1"
    assert post.fields.posted_at is not None


def test_an_edit_right_after_a_post_is_all_that_is_asked_for(first: Sky) -> None:
    first.post(1)
    first.post(1, kind="update", tags=["x"])
    source = reader(first)
    pages = until(source, 1)
    source.close()
    assert (ends(*pages), [page.rejected for page in pages]) == (["1"], [()])


def test_accounts_known_by_a_host_s_name_are_looked_up_there_and_others_rejected(first: Sky) -> None:
    first.post(1, did=f"did:web:{HOST}")
    first.post(2, did="did:key:x")
    source = reader(first)
    page = source.fetch({})
    source.close()
    inside, unknown = [one.reason for one in page.rejected]
    assert "127.0.0.1 is loopback" in inside  # it was looked up there, and there only over TLS
    assert "of no kind that can be looked up" in unknown
