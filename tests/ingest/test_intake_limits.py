"""What the intake refuses as a whole: too much, too slow, too deep, of another kind. It never falls over."""

import json
import secrets
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.intake import gate, server
from tests.ingest.intake_site import NDJSON, Partner, connect, count, head, lines, problem, statuses
from triage import models

KINDS = ("application/json", NDJSON, "application/jsonl", "multipart/form-data; boundary=b")
small = pytest.mark.parametrize(
    "partner", [{"intake_max_bytes": 2000, "intake_max_posts": 3, "intake_seconds": 0.5}], indirect=True
)


@small
def test_too_many_bytes_are_refused_declared_or_not_and_nothing_is_stored(partner: Partner) -> None:
    body = json.dumps({"id": "1", "text": "x" * 2000}).encode()
    assert problem(partner.send(body)) == 413
    pieces = (body[at : at + 100] for at in range(0, len(body), 100))
    answer = httpx2.post(f"{partner.url}/v1/posts", content=pieces, headers=partner.headers(body))
    assert problem(answer) == 413
    assert answer.headers["connection"] == "close"
    assert count(models.Post) == 0
    assert statuses(partner.send({"id": "1", "text": "x" * 1900})) == ["stored"]


@small
def test_too_many_posts_are_refused_and_nothing_is_stored(partner: Partner) -> None:
    posts = [{"id": str(n), "text": "x"} for n in range(4)]
    assert problem(partner.send(lines(*posts), NDJSON)) == 413
    assert count(models.Post) == 0
    assert statuses(partner.send(lines(*posts[:3]), NDJSON)) == ["stored"] * 3


@small
def test_a_slow_body_is_cut_and_answered(partner: Partner) -> None:
    with connect(partner) as connection:
        connection.sendall(head(partner.headers(b"x" * 100), 100))
        connection.sendall(b"{")
        answer = connection.recv(10_000)
        while piece := connection.recv(10_000):
            answer += piece
    assert b" 408 " in answer.splitlines()[0]
    assert b"what_to_do" in answer


def test_a_slow_head_is_cut_also_that_of_a_second_request(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.5)
    for first in (b"", b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"):
        with connect(partner) as connection:
            connection.sendall(first)
            if first:
                assert b"200 OK" in connection.recv(10_000)
            with pytest.raises((ConnectionError, TimeoutError)):
                while True:
                    connection.sendall(b"P")
                    time.sleep(0.1)


def test_a_request_that_is_worked_on_for_long_is_not_cut(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(gate, "_look", lambda _source: time.sleep(1) or gate._Seen(0, None, crowded=False))
    assert statuses(partner.send({"id": "1", "text": "x"})) == ["stored"]


@pytest.mark.parametrize("partner", [{"intake_max_pending": 2}], indirect=True)
def test_when_too_many_posts_wait_senders_are_asked_to_wait(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "SECONDS", 0.0)
    answers = [partner.send({"id": str(n), "text": "x"}) for n in range(4)]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
    assert problem(answers[-1]) == 429
    assert int(answers[-1].headers["retry-after"]) > 0
    assert count(models.Post) == 3


def test_other_kinds_of_request_are_refused_in_the_same_shape(partner: Partner) -> None:
    post = {"id": "1", "text": "x"}
    assert problem(partner.send(post, "text/plain")) == 415
    assert problem(partner.send(post, content_type=None)) == 415
    assert problem(partner.send(post, content_encoding="gzip")) == 415
    assert problem(partner.send(b"")) == 422
    assert problem(partner.send(b"\n\n", NDJSON)) == 422
    assert problem(partner.send(b"nonsense", "multipart/form-data; boundary=b")) == 422
    assert problem(partner.send(b"--b--\r\n", "multipart/form-data; boundary=b")) == 422
    assert problem(partner.send(b"x", "multipart/form-data")) == 422
    assert problem(partner.send(post, **{f"x-{n}": "1" for n in range(70)})) == 431
    assert problem(httpx2.get(f"{partner.url}/v1/posts")) == 405
    assert problem(httpx2.get(f"{partner.url}/")) == 404


def test_a_form_with_two_parts_of_one_name_is_refused(partner: Partner) -> None:
    part = b'--b\r\ncontent-disposition: form-data; name="post"\r\n\r\n{"id": "1", "text": "x"}\r\n'
    assert problem(partner.send(part * 2 + b"--b--\r\n", KINDS[3])) == 422
    assert statuses(partner.send(part + b"--b--\r\n", KINDS[3])) == ["stored"]


def test_too_many_pictures_in_one_request_are_refused(partner: Partner) -> None:
    media = [{"path": "a", "content": "QUJD"}] * 64
    posts = [{"id": str(n), "text": "x", "media": media} for n in range(32)]
    assert problem(partner.send(lines(*posts), NDJSON)) == 413
    assert set(statuses(partner.send(lines(*posts[:31]), NDJSON))) == {"stored"}


def test_a_sender_that_hangs_up_midway_leaves_nothing_behind(partner: Partner) -> None:
    body = b'{"id": "1", "text": "x"}'
    with connect(partner) as connection:
        connection.sendall(head(partner.headers(body), len(body)) + body[:-1])
    time.sleep(0.3)
    assert count(models.Post) == 0
    assert statuses(partner.send(body)) == ["stored"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.one_of(
        st.binary(max_size=400),
        st.lists(
            st.sampled_from([b'{"id":', b'"1"', b"1e999", b"}", b"\n", b"[", b'"\\ud800"', b"--b", b"\r\n"])
        ).map(b"".join),
        st.text(max_size=60).map(lambda text: json.dumps({"id": text, "text": text}).encode()),
        st.binary(max_size=60).map(
            lambda data: b'--b\r\ncontent-disposition: form-data; name="post"\r\n\r\n' + data + b"\r\n--b--"
        ),
    ),
    kind=st.sampled_from(KINDS),
)
def test_whatever_the_body_the_answer_is_one_of_those_documented(
    partner: Partner, body: bytes, kind: str
) -> None:
    answer = partner.send(body, kind)
    assert answer.status_code in (202, 422), (answer.status_code, answer.text)
    if answer.status_code == 422:
        problem(answer)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_whatever_the_bytes_the_server_goes_on(partner: Partner, data: bytes) -> None:
    with connect(partner) as connection:
        connection.sendall(data + b"\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1000)
    assert httpx2.get(f"{partner.url}/healthz").status_code == 200


def test_large_requests_side_by_side_all_get_through(partner: Partner) -> None:
    def send(number: int) -> int:
        body = lines(*({"id": secrets.token_hex(8), "text": "x" * 500} for _ in range(200)))
        return partner.send(body, NDJSON).json()["stored"]

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(send, range(6))) == 1200
    assert count(models.Post) == 1200
