"""The intake's OpenAPI document: what it shows is taken as it stands there, and answered as it says."""

import base64
import json
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator

from ingest.intake import gate
from tests.conftest import forget
from tests.ingest.intake_site import NDJSON, Partner, lines, statuses
from tests.ingest.test_source_cli import source
from tests.ingest.web import picture
from triage import db


@pytest.fixture
def document(partner: Partner) -> Any:
    return httpx2.get(f"{partner.url}/openapi.json").json()


@pytest.fixture
def posting(document: Any) -> Any:
    return document["paths"]["/v1/posts"]["post"]


def test_its_posts_fit_their_schema_and_are_taken_with_all_that_they_hold(
    partner: Partner, posting: Any
) -> None:
    described = posting["requestBody"]["content"]["application/json"]
    schema = Draft202012Validator(described["schema"])
    for name, example in described["examples"].items():
        schema.validate(example["value"])
        (result,) = partner.send(example["value"]).json()["results"]
        assert (result["status"], result["why"]) == ("stored", None), name
    assert [type(one["value"]["id"]) for one in described["examples"].values()] == [str, int]


def test_its_lines_and_its_form_are_taken(partner: Partner, posting: Any) -> None:
    content = posting["requestBody"]["content"]
    listed = content["application/x-ndjson"]["example"]
    assert statuses(partner.send(listed.encode(), NDJSON)) == ["stored", "stored"]
    form = content["multipart/form-data"]
    post, *pictures = form["example"]
    Draft202012Validator(form["schema"]).validate(form["example"])
    response = partner.form(form["example"][post], **dict.fromkeys(pictures, picture()))
    assert response.json()["results"][0]["status"] == "stored"
    assert response.json()["results"][0]["why"] is None


def test_bytes_within_json_are_described_as_base64(posting: Any) -> None:
    media = posting["requestBody"]["content"]["application/json"]["schema"]["properties"]["media"]["items"]
    (content, _) = media["properties"]["content"]["anyOf"]
    assert content == {"type": "string", "contentEncoding": "base64"}


def test_its_answer_is_what_such_a_request_is_answered(partner: Partner, posting: Any) -> None:
    body = lines({"id": "17", "text": "A"}, {"id": "18", "text": "B", "colour": "red"})
    answer = partner.send(body, NDJSON).json()
    described = posting["responses"]["202"]["content"]["application/json"]["example"]
    assert answer["results"][0].pop("why") is None  # FastAPI leaves null out of examples
    assert answer == described


def test_its_refusals_are_those_that_come(
    partner: Partner, posting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "SECONDS", 0.0)
    post = {"id": "1", "text": "x"}
    many = b"\n".join(b'{"id": "%d", "text": "x"}' % number for number in range(1001))
    answers = [
        partner.send(post, webhook_signature="v1,AAAA"),
        partner.send(many, NDJSON),
        partner.send(post, content_encoding="gzip"),
        partner.send(b""),
        partner.send(post, **{f"x-{n}": "1" for n in range(70)}),
    ]
    source("withdraw", "partner", "--by", "Capt. R. Example", "--why", "ended")
    answers.append(partner.send(post))
    db.forget_engine()
    monkeypatch.setenv("FLAGPOST_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    forget()
    answers.append(partner.send(post))
    assert [answer.status_code for answer in answers] == [401, 413, 415, 422, 431, 403, 503]
    for answer in answers:
        described = posting["responses"][str(answer.status_code)]
        assert answer.json() == described["content"]["application/json"]["example"]
        assert ("headers" in described) == ("retry-after" in answer.headers)


def test_it_says_which_answers_tell_how_long_to_wait(posting: Any) -> None:
    answers = posting["responses"]
    assert [status for status in answers if "Retry-After" in answers[status].get("headers", {})] == [
        "429",
        "503",
    ]


def test_its_headers_are_named_without_a_secret(document: Any, posting: Any) -> None:
    assert {one["name"] for one in posting["parameters"]} >= {"flagpost-source", "webhook-signature"}
    assert "whsec_" not in json.dumps(document)
    (signature,) = (one for one in posting["parameters"] if one["name"] == "webhook-signature")
    assert len(base64.b64decode(signature["example"].removeprefix("v1,"))) == 32


def test_its_health_is_plain_text_also_without_a_database(
    partner: Partner, document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = document["paths"]["/healthz"]["get"]["responses"]
    well = httpx2.get(f"{partner.url}/healthz")
    db.forget_engine()
    monkeypatch.setenv("FLAGPOST_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    forget()
    ill = httpx2.get(f"{partner.url}/healthz")
    for answer in (well, ill):
        (kind,) = described[str(answer.status_code)]["content"]
        assert answer.headers["content-type"].startswith(kind)
    assert (well.text, ill.text) == ("ok\n", described["503"]["content"]["text/plain"]["example"])


def test_there_are_no_pages_about_it(partner: Partner) -> None:
    assert httpx2.get(f"{partner.url}/docs").status_code == 404
