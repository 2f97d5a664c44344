"""Pictures that partners send: as parts of a form, in base64, or by an address where that is allowed."""

import base64
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from ingest.intake import refetching
from tests.ingest import intake_site
from tests.ingest.intake_site import NDJSON, Partner, lines, statuses
from tests.ingest.web import picture
from triage import models
from triage.db import session_scope
from triage.media import open_store

PICTURE = picture()


def pictures() -> list[tuple[str | None, str | None, str | None]]:
    with session_scope() as session:
        table = models.PostMedia
        rows = session.execute(
            select(table.sha256, table.alt, table.problem).order_by(table.post_id, table.position)
        )
        return [(row.sha256, row.alt, row.problem) for row in rows]


def test_a_form_brings_pictures_under_the_names_that_the_post_gives_them(partner: Partner) -> None:
    media = [{"path": "a.png", "alt": "a red square"}, {"path": "b.png"}]
    response = partner.form({"id": "1", "text": "look", "media": media}, **{"a.png": PICTURE})
    assert statuses(response) == ["stored"]
    assert "picture 'b.png': its bytes were not sent" in response.json()["results"][0]["why"]
    (first, alt, _), (second, _, problem) = pictures()
    assert open_store().read(str(first)) == PICTURE
    assert (alt, second) == ("a red square", None)
    assert problem is not None
    assert "were not sent" in problem


def test_pictures_may_come_in_base64_within_the_json(partner: Partner) -> None:
    content = base64.b64encode(PICTURE).decode()
    body = lines(
        {"id": "1", "media": [{"path": "a.png", "content": content}]},
        {"id": "2", "media": [{"path": "a.png", "content": "%%%"}]},
        {"id": "3", "text": "x", "media": [{"path": "a.png", "content": ""}]},
    )
    response = partner.send(body, NDJSON)
    assert statuses(response) == ["stored", "rejected", "stored"]
    assert "media.0.content: is not base64" in response.json()["results"][1]["why"].replace("'", "")
    assert "empty" in response.json()["results"][2]["why"]
    assert open_store().read(str(pictures()[0][0])) == PICTURE


def test_an_address_is_not_fetched_unless_the_source_may_have_that(partner: Partner) -> None:
    media = [{"path": "https://pictures.example.com/secret-token/a.png?key=1"}]
    response = partner.send(
        lines({"id": "1", "text": "x", "media": media}, {"id": "2", "media": media}), NDJSON
    )
    assert statuses(response) == ["stored", "rejected"]
    why = response.json()["results"][0]["why"]
    assert "addresses are not fetched" in why
    assert "secret-token" not in response.text
    assert "key=1" not in response.text


@pytest.mark.parametrize("partner", [{"options": "fetch_pictures = true"}], indirect=True)
def test_a_source_that_may_name_addresses_has_them_opened_by_the_fetcher(partner: Partner) -> None:
    response = partner.send({"id": "1", "text": "x", "media": [{"path": "https://127.0.0.1/a.png"}]})
    why = response.json()["results"][0]["why"]
    assert "addresses are not fetched" not in why
    assert "127.0.0.1" in why  # the fetcher's refusal: not a public address
    many = [{"path": "https://127.0.0.1/a.png"}] * 17
    assert partner.send({"id": "2", "text": "x", "media": many}).status_code == 413


def test_a_picture_whose_server_cannot_be_found_is_tried_again_while_the_source_is_approved(
    database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = intake_site.new_secret()
    intake_site.configure(tmp_path, monkeypatch, secret, options="fetch_pictures = true", fetch_seconds=1)
    intake_site.approve()
    monkeypatch.setattr(refetching, "PAUSE", 0.05)
    with intake_site.serving() as url:
        media = [{"path": "https://nowhere.example.com/a.png"}]
        assert statuses(Partner(url, secret).send({"id": "1", "media": media})) == ["stored"]
        with session_scope() as session:
            session.execute(update(models.PostMedia).values(next_try_at=func.now()))
        while not tries():
            time.sleep(0.05)
    assert "no address was found" in (pictures()[0][2] or "")


def tries() -> int:
    with session_scope() as session:
        return session.scalars(select(models.PostMedia.tries)).one()
