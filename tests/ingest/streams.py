"""Streams of events on this machine: server-sent events on a plain socket, WebSockets by another library."""

import json
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server as WebSocketServer
from websockets.sync.server import ServerConnection, serve

from ingest.http.channel import Telling, Told
from tests.ingest.web import Server

SSE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def event(kind: str, data: Any) -> bytes:
    text = data if isinstance(data, str) else json.dumps(data)
    return f"event: {kind}\ndata: {text}\n\n".encode()


def stays(connection: socket.socket) -> None:
    """Send nothing more, and wait until the other side hangs up."""
    while connection.recv(9999):
        pass


def saying(*pieces: bytes, head: bytes = SSE, then: Callable[[socket.socket], object] = stays) -> Any:
    """Answer with a stream of events, in these pieces, then go on as told."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(head)
        for piece in pieces:
            connection.sendall(chunk(piece))
        then(connection)

    return answer


def heard(telling: Telling, count: int) -> list[Told]:
    """Return so many events, however long they take."""
    found: list[Told] = []
    while len(found) < count:
        if one := telling.next(1):
            found.append(one)
    return found


Handler = Callable[[ServerConnection], object]


@contextmanager
def websockets(handler: Handler, **options: Any) -> Iterator[Server]:
    """Serve WebSockets; what was asked for stands in the server's `requests`, each as its first line."""
    known = Server(0)

    def handle(connection: ServerConnection) -> None:
        assert connection.request is not None
        known.requests.append(connection.request.path.encode())
        with suppress(ConnectionClosed):
            handler(connection)

    server: WebSocketServer = serve(handle, "127.0.0.1", 0, ping_interval=None, **options)
    known.port = server.socket.getsockname()[1]
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield known
    finally:
        server.shutdown()


def tells(*messages: Any, stay: bool = True) -> Handler:
    """Send messages (text, or anything that becomes JSON), then wait for the other side, or leave."""

    def handle(connection: ServerConnection) -> None:
        send(connection, messages)
        while stay:
            connection.recv()

    return handle


def send(connection: ServerConnection, messages: Iterable[Any]) -> None:
    for one in messages:
        connection.send(one if isinstance(one, str) else json.dumps(one))
