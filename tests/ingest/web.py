"""Servers on this machine that answer byte for byte what a test wants, and fetchers that may ask them."""

import contextlib
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from threading import Thread
from threading import local as local_to_thread
from typing import Any, TypeAlias

from PIL import Image

from ingest.http.addresses import Rules
from ingest.http.fetcher import Fetcher
from ingest.http.limits import Limits

HOST = "pictures.example.com"
OTHER = "elsewhere.example.com"
LIMITS = {"idle_seconds": 5, "total_seconds": 10, "per_second": 1000, "burst": 1000}

Answer: TypeAlias = bytes | Callable[[socket.socket], object]
"""What a server sends, or what it does with a connection once the request has come."""


def picture() -> bytes:
    file = BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "PNG")
    return file.getvalue()


def http(body: bytes = b"", *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    return http(b"", f"Location: {location}", status=status)


def endless(head: bytes, piece: bytes, pause: float = 0) -> Answer:
    """Send a head, then a piece again and again until the other side has had enough."""

    def send(connection: socket.socket) -> None:
        connection.sendall(head)
        connection.settimeout(pause or None)
        while True:
            connection.sendall(piece)
            if pause:
                with contextlib.suppress(TimeoutError):
                    if not connection.recv(1):  # a nap that ends when the other side leaves
                        return

    return send


def silent(connection: socket.socket) -> None:
    connection.recv(1)


@dataclass
class Server:
    """A server that is up; its n-th connection gets the n-th answer, and all later ones the last."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    mine: Any = field(default_factory=local_to_thread)
    """Holds the `request` that a thread answers."""

    def url(self, path: str = "/a.png", host: str = HOST, scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def header(self, name: str, request: int = -1) -> str | None:
        """Return a header of the n-th request, by its name in lower case."""
        lines = self.requests[request].decode("latin-1").split("\r\n\r\n")[0].split("\r\n")[1:]
        return {key.lower(): value for key, _, value in (line.partition(": ") for line in lines)}.get(name)


@contextmanager
def serving(*answers: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener.getsockname()[1])
        Thread(target=_serve, args=(listener, server, answers, tls), daemon=True).start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, server: Server, answers: tuple[Answer, ...], tls: Any) -> None:
    number = 0
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        answer = answers[min(number, len(answers) - 1)]
        number += 1
        Thread(target=_answer, args=(connection, server, answer, tls), daemon=True).start()


def _answer(connection: socket.socket, server: Server, answer: Answer, tls: ssl.SSLContext | None) -> None:
    with contextlib.suppress(OSError), connection:
        connection.settimeout(20)
        if tls:
            connection = tls.wrap_socket(connection, server_side=True)
        with connection:
            server.mine.request = request(connection)
            server.requests.append(server.mine.request)
            if not server.mine.request:
                return  # whoever connected was killed
            if callable(answer):
                answer(connection)
            else:
                connection.sendall(answer)


def request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        if not (piece := connection.recv(65536)):
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            while len(body) < int(line.split(b":")[1]):
                body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


class Names:
    """A resolver that knows what it is told, and remembers what it was asked."""

    def __init__(self, **known: list[str]) -> None:
        self.known = known
        self.asked: list[str] = []

    def __call__(self, host: str, _port: int) -> list[str]:
        self.asked.append(host)
        if host not in self.known:
            raise OSError(f"unknown name {host}")
        return self.known[host]


def local(*names: str) -> Names:
    return Names(**{name: ["127.0.0.1"] for name in names or (HOST, OTHER)})


def fetcher(*servers: Server, resolve: Any = None, **given: Any) -> Fetcher:
    """Make a fetcher that may ask these servers, and no other on this machine."""
    options = {name: given.pop(name) for name in ("proxy", "context", "agent") if name in given}
    ports = {server.port for server in servers}
    rules = Rules({"http", "https"}, ports | {80, 443}, {("127.0.0.1", port) for port in ports})
    return Fetcher(Limits(**{**LIMITS, **given}), rules, resolve=resolve or local(), **options)


_watching: list[list[Any]] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and _watching:
        _watching[-1].append(arguments[1])
        raise AssertionError(f"a connection to {arguments[1]}")


sys.addaudithook(_hook)


@contextmanager
def no_connection() -> Iterator[list[Any]]:
    """Keep this process from connecting to anything, and list what it tried."""
    _watching.append([])
    try:
        yield _watching[-1]
    finally:
        _watching.pop()
