"""Encrypted, and through a proxy: whom the fetcher trusts, and that its limits hold there, too."""

import socket
from contextlib import suppress
from threading import Thread

import pytest

from ingest.http import events, websocket
from tests.ingest.keys import Keys, make
from tests.ingest.streams import event, heard, saying
from tests.ingest.web import (
    HOST,
    OTHER,
    Server,
    endless,
    fetcher,
    http,
    local,
    no_connection,
    picture,
    request,
    serving,
)
from triage.errors import ConfigurationError, FetchFailed, FetchRefused


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return make(tmp_path_factory.mktemp("keys"), HOST)


def test_tls_verifies_the_name_and_sends_it(keys: Keys) -> None:
    asked = []
    context = keys.server()
    context.sni_callback = lambda _connection, name, _context: asked.append(name)
    with serving(http(picture()), tls=context) as server:
        found = fetcher(server, context=keys.client()).get(server.url(scheme="https"))
    assert found.body == picture()
    assert asked == [HOST]
    assert server.header("host") == f"{HOST}:{server.port}"


def test_a_certificate_for_another_name_is_refused(keys: Keys) -> None:
    refused = pytest.raises(FetchFailed, match=r"no safe connection.*elsewhere")
    with serving(http(picture()), tls=keys.server()) as server, refused:
        fetcher(server, context=keys.client()).get(server.url(scheme="https", host=OTHER))
    assert server.requests == []


def test_a_certificate_that_nobody_vouches_for_is_refused(keys: Keys) -> None:
    refused = pytest.raises(FetchFailed, match=r"no safe connection.*self-signed")
    with serving(http(picture()), tls=keys.server()) as server, refused:
        fetcher(server).get(server.url(scheme="https"))


def test_the_deadline_holds_under_tls(keys: Keys) -> None:
    failed = pytest.raises(FetchFailed, match="not finished")
    with serving(endless(http(length=9999), b"a", 0.05), tls=keys.server()) as server, failed:
        fetcher(server, context=keys.client(), total_seconds=1).get(server.url(scheme="https"))


def test_the_limit_holds_under_tls(keys: Keys) -> None:
    failed = pytest.raises(FetchFailed, match="more than 5000 bytes")
    with serving(endless(b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 65536), tls=keys.server()) as server, failed:
        fetcher(server, context=keys.client()).get(server.url(scheme="https"), limit=5000)


@pytest.mark.parametrize(
    ("said", "message"), [(b"", "not finished"), (http(picture()), "no safe connection")]
)
def test_a_server_that_shakes_no_hands_is_a_failure_in_time(said: bytes, message: str) -> None:
    def say(listener: socket.socket) -> None:
        with listener.accept()[0] as accepted, suppress(OSError):
            accepted.sendall(said)
            while accepted.recv(9999):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=say, args=(listener,), daemon=True).start()
        server = Server(listener.getsockname()[1])
        with pytest.raises(FetchFailed, match=message):
            fetcher(server, total_seconds=1).get(server.url(scheme="https"))


def test_a_proxy_is_asked_for_the_whole_address_and_finds_the_name_itself() -> None:
    names = local("proxy.lan")
    with serving(http(picture())) as proxy:
        web = fetcher(resolve=names, proxy=f"http://me:p%40ss@proxy.lan:{proxy.port}")
        assert web.get(f"http://{HOST}/a.png?b").body == picture()
    assert proxy.requests[0].startswith(f"GET http://{HOST}/a.png?b HTTP/1.1\r\n".encode())
    assert proxy.header("host") == HOST
    assert proxy.header("proxy-authorization") == "Basic bWU6cEBzcw=="
    assert names.asked == ["proxy.lan"]


def test_through_a_proxy_tls_still_reaches_to_the_host(keys: Keys) -> None:
    seen = []

    def tunnel(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        with keys.server().wrap_socket(connection, server_side=True) as inner:
            seen.append(request(inner))
            inner.sendall(http(picture()))

    with serving(tunnel) as proxy:
        web = fetcher(
            resolve=local("proxy.lan"), context=keys.client(), proxy=f"http://me:pw@proxy.lan:{proxy.port}"
        )
        assert web.get(f"https://{HOST}/a.png").body == picture()
    assert proxy.requests[0].startswith(f"CONNECT {HOST}:443 HTTP/1.".encode())
    assert b"Proxy-Authorization" not in seen[0]
    assert seen[0].startswith(b"GET /a.png HTTP/1.1\r\n")


def test_streams_verify_whom_they_are_connected_to_and_go_through_a_proxy(keys: Keys) -> None:
    def tunnel(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        with keys.server().wrap_socket(connection, server_side=True) as inner:
            request(inner)
            saying(event("update", 1))(inner)

    way = {"resolve": local("proxy.lan"), "proxy": "http://me:pw@proxy.lan:"}
    with serving(tunnel) as proxy:
        way["proxy"] += str(proxy.port)
        stream = events.listen(fetcher(**way, context=keys.client()), f"https://{HOST}/s")
        assert heard(stream, 1)[0].kind == "update"
        stream.close()
        for opened in (events.listen, websocket.listen):
            with pytest.raises(FetchFailed, match=r"no safe connection.*self-signed"):
                opened(fetcher(**way), f"https://{HOST}/s")
            with pytest.raises(FetchFailed, match=r"no safe connection.*elsewhere"):
                opened(fetcher(**way, context=keys.client()), f"https://{OTHER}/s")
    assert proxy.requests[0].startswith(f"CONNECT {HOST}:443 HTTP/1.".encode())


def test_a_proxy_that_refuses_or_floods_is_a_failure() -> None:
    floods = endless(b"HTTP/1.1 200 OK\r\n", b"X: a\r\n" * 999)
    with serving(b"HTTP/1.1 403 Forbidden\r\n\r\n", floods) as proxy:
        web = fetcher(resolve=local("proxy.lan"), proxy=f"http://proxy.lan:{proxy.port}")
        with pytest.raises(FetchFailed, match="cannot be read"):
            web.get(f"https://{HOST}/a.png")
        with pytest.raises(FetchFailed, match=r"more than may be read|cannot be read"):
            web.get(f"https://{HOST}/a.png")


def test_through_a_proxy_addresses_are_still_read_strictly() -> None:
    with no_connection() as tried, pytest.raises(FetchRefused, match="link-local"):
        fetcher(proxy="http://proxy.lan:3128").get("http://169.254.169.254/")
    assert tried == []


@pytest.mark.parametrize(
    "url", ["proxy:3128", "https://proxy:3128", "socks5://proxy:1", "http://proxy", "http://p:x"]
)
def test_a_proxy_that_is_none_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(ConfigurationError, match="FLAGPOST_EGRESS_PROXY"):
        fetcher(proxy=url)
