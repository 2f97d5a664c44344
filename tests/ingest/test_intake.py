"""The intake: what a partner sends is stored, each post with its own answer."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select, text

from ingest.intake.store import Store
from tests.conftest import forget
from tests.ingest import intake_site
from tests.ingest.intake_site import NDJSON, Partner, captions, count, eventually, lines, statuses
from tests.ingest.test_source_cli import source
from triage import db, embedded, models
from triage.db import session_scope


def rejections() -> dict[str, str]:
    with session_scope() as session:
        return {row.place: row.reason for row in session.scalars(select(models.Rejection))}


def messages() -> int:
    with embedded._redis_client() as client:
        return int(client.llen("score"))  # type: ignore[arg-type]


def test_one_post_is_stored_with_all_its_fields_and_the_queue_is_rung(partner: Partner) -> None:
    fields = {"id": 17, "text": "A caption", "posted_at": "2026-11-21T08:30:00Z", "author": "someone"}
    response = partner.send(fields | {"url": "https://example.org/17", "lang": "en", "source": "partner"})
    assert response.json() == {
        "stored": 1,
        "duplicates": 0,
        "rejected": 0,
        "deleted": 0,
        "results": [{"index": 0, "id": "17", "status": "stored", "why": None}],
    }
    with session_scope() as session:
        (post,) = session.scalars(select(models.Post))
    assert (post.source, post.external_id, post.caption) == ("partner", "17", "A caption")
    assert (post.url, post.language) == ("https://example.org/17", "en")
    assert post.author_ref
    assert "someone" not in str(vars(post))
    eventually(lambda: messages() == 1)


def test_edits_and_deletions_are_answered_as_such(partner: Partner) -> None:
    partner.send({"id": "1", "text": "one"})
    body = lines(
        {"id": "1", "text": "one, changed", "edited_at": "2026-11-21T08:00:00Z"},
        {"id": "1", "text": "one, changed", "edited_at": "2026-11-21T08:00:00Z"},
        {"id": "2", "text": "two"},
        {"id": "2", "deleted": True},
    )
    response = partner.send(body, NDJSON)
    assert statuses(response) == ["stored", "duplicate", "stored", "deleted"]
    assert response.json()["deleted"] == 1
    with session_scope() as session:
        found = {
            (one.external_id, one.revision, one.deleted_at is None)
            for one in session.scalars(select(models.Post))
        }
    assert found == {("1", 1, True), ("1", 2, True), ("2", 1, False)}


def test_json_lines_are_answered_one_by_one_and_bad_ones_cost_their_neighbours_nothing(
    partner: Partner,
) -> None:
    body = lines(
        {"id": "1", "text": "one"},
        b"not JSON",
        b"",
        {"id": "2", "text": "two", "colour": "red"},
        b"\xff\xfe",
        {"id": "3"},
        {"id": "4", "text": "four"},
        {"id": "1", "text": "again"},
        b"[" * 100_000,
        {"id": "5", "text": "five", "source": "somebody else"},
    )
    response = partner.send(body, NDJSON, webhook_id="msg_1")
    stored, bad, double = "stored", "rejected", "duplicate"
    assert statuses(response) == [stored, bad, bad, bad, bad, stored, double, bad, bad]
    assert captions() == {"1": "one", "4": "four"}
    assert sorted(rejections()) == [f"intake:msg_1:{index}" for index in (1, 2, 3, 4, 7, 8)]
    why = [one["why"] for one in response.json()["results"]]
    assert "not valid JSON" in why[1]
    assert "unknown field 'colour'" in why[2]
    assert "not UTF-8" in why[3]
    assert "neither a caption" in why[4]
    assert "nested too deeply" in why[7]
    assert "another source than partner" in why[8]


def test_a_rejected_post_is_answered_by_its_id_where_that_can_be_read(partner: Partner) -> None:
    body = lines(
        {"id": "nothing to score"},
        {"id": 17, "text": "x", "colour": "red"},
        {"id": "theirs", "text": "x", "source": "somebody else"},
        {"id": "no picture", "media": [{"path": "a.png"}]},
        {"id": ["17"], "text": "x"},
        {"id": "x" * 2000, "text": "x"},
        {"id": "a\u0000", "text": "x"},
        {"text": "x"},
        b"[17]",
        b'{"id": "17", ',
    )
    response = partner.send(body, NDJSON)
    assert set(statuses(response)) == {"rejected"}
    ids = [one["id"] for one in response.json()["results"]]
    assert ids == ["nothing to score", "17", "theirs", "no picture", *[None] * 6]


def test_json_lines_may_come_in_pieces_of_unknown_number(partner: Partner) -> None:
    body = lines(*({"id": str(n), "text": "x" * 1000} for n in range(300)))
    headers = partner.headers(body, "application/jsonl")
    pieces = (body[at : at + 777] for at in range(0, len(body), 777))
    response = httpx2.post(f"{partner.url}/v1/posts", content=pieces, headers=headers)
    assert set(statuses(response)) == {"stored"}
    assert count(models.Post) == 300


def test_half_an_emoji_and_nul_do_not_cost_the_post(partner: Partner) -> None:
    response = partner.send(rb'{"id": "1", "text": "a\u0000b\ud83dc"}')
    assert statuses(response) == ["stored"]
    assert captions() == {"1": "a\ufffdb\ufffdc"}
    assert statuses(partner.send(rb'{"id": "a\u0000", "text": "x"}')) == ["rejected"]


def test_sending_a_request_again_brings_duplicates_and_nothing_else(partner: Partner) -> None:
    body = lines({"id": "1", "text": "one"}, b"broken")
    headers = partner.headers(body, NDJSON)
    for expected in ("stored", "duplicate", "duplicate"):
        response = httpx2.post(f"{partner.url}/v1/posts", content=body, headers=headers)
        assert statuses(response) == [expected, "rejected"]
    assert (count(models.Post), count(models.Rejection)) == (1, 1)


def test_of_concurrent_duplicates_one_is_stored(partner: Partner) -> None:
    bodies = [
        lines(*({"id": str(n), "text": "x"} for n in order)) for order in (range(50), range(49, -1, -1))
    ]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: statuses(partner.send(bodies[n % 2], NDJSON)), range(16)))
    assert sum(answer.count("stored") for answer in answers) == 50
    assert sum(answer.count("duplicate") for answer in answers) == 15 * 50
    assert count(models.Post) == 50


@pytest.mark.parametrize("partner", [{"intake_gather_ms": 300}], indirect=True)
def test_single_posts_that_come_together_share_a_transaction(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: list[int] = []
    commit = Store._commit

    async def counted(self: Store, parcels: list) -> object:  # type: ignore[type-arg]
        groups.append(len(parcels))
        return await commit(self, parcels)

    monkeypatch.setattr(Store, "_commit", counted)
    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda n: partner.send({"id": str(n), "text": "x"}), range(10)))
    assert all(statuses(answer) == ["stored"] for answer in answers)
    assert sum(groups) == 10
    assert len(groups) <= 3


@pytest.fixture
def choosy_database() -> Iterator[None]:
    """A database that refuses one caption, as it would one that we should have refused ourselves."""
    with db.engine().begin() as connection:
        connection.execute(text("alter table posts add constraint choosy check (caption <> 'poison')"))
    yield
    with db.engine().begin() as connection:
        connection.execute(text("alter table posts drop constraint choosy"))


@pytest.mark.parametrize("partner", [{"intake_gather_ms": 300}], indirect=True)
def test_a_request_that_the_database_refuses_costs_those_stored_with_it_nothing(
    partner: Partner,
    choosy_database: None,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    said = ["x", "x", "poison", "x", "x"]
    with ThreadPoolExecutor(5) as threads:
        answers = list(threads.map(lambda n: partner.send({"id": str(n), "text": said[n]}), range(5)))
    assert [answer.status_code for answer in answers] == [202, 202, 500, 202, 202]
    assert set(answers[2].json()) == {"error", "what_to_do"}
    assert sorted(captions()) == ["0", "1", "3", "4"]
    time.sleep(0.5)  # a server logs what broke after it has answered
    said_in_logs = caplog.text + "".join(capfd.readouterr())
    assert "intake_store_failed" in said_in_logs
    assert "poison" not in said_in_logs  # a log never quotes a caption


def test_a_broker_that_is_away_delays_no_answer_and_loses_no_post(
    database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = intake_site.new_secret()
    intake_site.configure(tmp_path, monkeypatch, secret, broker_url="redis://127.0.0.1:1/0")
    intake_site.approve()
    with intake_site.serving() as url:
        partner = Partner(url, secret)
        assert all(statuses(partner.send({"id": str(n), "text": "x"})) == ["stored"] for n in range(5))
    assert count(models.Post) == 5


def test_a_database_that_is_away_is_said_to_be_so_and_the_request_can_be_sent_again(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    db.forget_engine()
    monkeypatch.setenv("FLAGPOST_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    forget()
    response = partner.send({"id": "1", "text": "x"})
    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert "127.0.0.1" not in response.text
    monkeypatch.delenv("FLAGPOST_DATABASE_URL")
    forget()
    assert statuses(partner.send({"id": "1", "text": "x"})) == ["stored"]


def test_the_status_of_a_source_shows_how_long_ago_it_last_sent_something(partner: Partner) -> None:
    assert lag() is None
    partner.send({"id": "1", "text": "x"}, webhook_signature="v1,AAAA")
    assert lag() is None
    assert statuses(partner.send({"id": "1"})) == ["rejected"]
    time.sleep(2.1)
    before = lag()
    assert before is not None
    assert before >= 2
    eventually(lambda: partner.send({"id": "1", "text": "x"}) and (lag() or 0) < before)


def lag() -> int | None:
    (row,) = json.loads(source("status", "--json").stdout)
    return row["lag_seconds"]


def test_what_a_source_sent_is_summed_up_in_the_audit_log(
    database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = intake_site.new_secret()
    intake_site.configure(tmp_path, monkeypatch, secret)
    intake_site.approve()
    with intake_site.serving() as url:
        partner = Partner(url, secret)
        partner.send({"id": "1", "text": "one"})
        partner.send(lines({"id": "1", "text": "one"}, {"id": "2"}, {"id": "3", "deleted": True}), NDJSON)
    with session_scope() as session:
        entries = session.scalars(select(models.AuditEntry).order_by(models.AuditEntry.id)).all()
    assert [entry.action for entry in entries] == ["source.approved", "source.started", "source.read"]
    assert entries[-1].detail == {"posts": 4, "stored": 1, "duplicates": 1, "rejected": 1, "deleted": 1}
