"""What the fetcher sends, to whom, and what comes back."""

import hashlib
import json
import socket
from pathlib import Path

import pytest

from ingest.http.fetcher import from_settings
from ingest.http.kinds import sniff
from tests.ingest.web import (
    HOST,
    OTHER,
    fetcher,
    http,
    picture,
    redirect,
    serving,
)
from triage.errors import FetchFailed, FetchRefused
from triage.images import FORMATS
from triage.settings import get_settings


def test_a_picture_arrives_with_its_kind_and_hash() -> None:
    with serving(http(picture(), "Content-Type: text/plain", "X-Left: 3")) as server:
        found = fetcher(server).get(server.url("/a.png?size=8"))
    assert (found.body, found.status, found.media_type) == (picture(), 200, "image/png")
    assert found.sha256 == hashlib.sha256(picture()).hexdigest()
    assert found.headers["x-left"] == "3"
    assert server.requests[0].startswith(b"GET /a.png?size=8 HTTP/1.1\r\n")
    assert server.header("host") == f"{HOST}:{server.port}"


def test_a_picture_in_chunks_arrives_whole() -> None:
    data = picture()
    chunks = b"".join(
        b"%x;ext=1\r\n%b\r\n" % (len(data[n : n + 9]), data[n : n + 9]) for n in range(0, len(data), 9)
    )
    with serving(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n") as server:
        assert fetcher(server).get(server.url()).body == data


def test_a_body_of_just_the_limit_is_read_and_one_byte_more_is_not() -> None:
    with serving(http(picture())) as server:
        web = fetcher(server)
        assert web.get(server.url(), limit=len(picture())).body == picture()
        with pytest.raises(FetchFailed, match="more than"):
            web.get(server.url(), limit=len(picture()) - 1)


def test_nothing_is_sent_that_tells_more_than_it_must(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text(f"machine {HOST} login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    answers = http(b"", "Location: /b", "Set-Cookie: a=b; Path=/", status="302 Found"), http(picture())
    with serving(*answers) as server:
        fetcher(server, agent="Flagpost/test").get(server.url())
    sent = {line.split(b":")[0].lower() for line in server.requests[1].split(b"\r\n")[1:] if line}
    assert sent == {b"host", b"user-agent", b"accept", b"accept-encoding", b"connection"}
    assert server.header("user-agent") == "Flagpost/test"
    assert server.header("accept-encoding") == "identity"


def test_redirects_are_followed_to_where_they_lead() -> None:
    answers = redirect("b/c.png?d#e"), redirect("//elsewhere.example.com:0/x")
    with serving(*answers) as server, pytest.raises(FetchRefused, match="port 0"):
        fetcher(server).get(server.url("/a/"))
    assert server.requests[1].startswith(b"GET /a/b/c.png?d HTTP/1.1\r\n")


def test_secret_headers_stay_on_their_host() -> None:
    secret = {"Authorization": "Bearer SECRET", "X-Api-Key": "SECRET", "User-Agent": "Mine"}
    with (
        serving(http(picture())) as second,
        serving(redirect("/b"), redirect(second.url(host=OTHER))) as first,
    ):
        fetcher(first, second).get(first.url(), headers=secret)
    assert first.header("authorization", 1) == "Bearer SECRET"
    assert b"SECRET" not in second.requests[0]
    assert second.header("user-agent") == "Flagpost"


def test_secret_headers_stay_on_their_port_and_do_not_come_back() -> None:
    def back(connection: socket.socket) -> None:
        connection.sendall(redirect(first.url()))

    with serving(back) as second, serving(redirect(second.url()), http(picture())) as first:
        fetcher(first, second).get(first.url(), headers={"Authorization": "SECRET"})
    assert first.header("authorization", 0) == "SECRET"
    assert first.header("authorization", 1) is None
    assert second.header("authorization") is None


def test_an_api_is_asked_with_query_headers_and_body() -> None:
    answer = http(
        b'{"left": 2}', "X-RateLimit-Remaining: 0", "Retry-After: 9", status="429 Too Many Requests"
    )
    with serving(answer) as server:
        found = fetcher(server).call(
            "POST",
            server.url("/v1?a=1"),
            params={"q": "a b&c"},
            json={"n": 1},
            headers={"Authorization": "t"},
        )
    assert (found.status, found.json(), found.retry_after) == (429, {"left": 2}, 9)
    assert found.headers["x-ratelimit-remaining"] == "0"
    assert server.requests[0].startswith(b"POST /v1?a=1&q=a+b%26c HTTP/1.1\r\n")
    assert json.loads(server.requests[0].partition(b"\r\n\r\n")[2]) == {"n": 1}
    assert server.header("authorization") == "t"


def test_a_form_is_sent_as_one() -> None:
    with serving(http(b"{}")) as server:
        fetcher(server).call("POST", server.url(), data={"a": "b c"})
    assert server.requests[0].endswith(b"\r\n\r\na=b+c")


def test_a_redirected_post_is_refused() -> None:
    with (
        serving(redirect("/b", "307 Temporary Redirect")) as server,
        pytest.raises(FetchRefused, match="POST"),
    ):
        fetcher(server).call("POST", server.url(), json={})


@pytest.mark.parametrize("body", [b"<html>", b"{", b"[" * 200_000])
def test_what_is_no_json_is_named(body: bytes) -> None:
    with serving(http(body)) as server, pytest.raises(FetchFailed, match=r"no JSON|no json"):
        fetcher(server).get(server.url(), kind="json").json()


def test_every_format_that_is_decoded_is_known_by_its_bytes() -> None:
    from io import BytesIO

    from PIL import Image

    for name in FORMATS:
        file = BytesIO()
        Image.new("RGB", (8, 8)).save(file, name)
        assert sniff(file.getvalue()) == f"image/{name.lower()}"


def test_settings_say_what_may_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"FETCH_HTTP": "true", "FETCH_PORTS": "80, 8443", "FETCH_SECONDS": "7", "USER_AGENT": "Unit 5"}
    for name, value in names.items():
        monkeypatch.setenv(f"FLAGPOST_{name}", value)
    web = from_settings(get_settings())
    assert web._rules.schemes == {"http", "https"}
    assert web._rules.ports == {80, 8443}
    assert web._rules.permitted == frozenset()
    assert web._limits.total_seconds == 7
    assert web._own["User-Agent"] == "Unit 5"
