"""A Mastodon server on this machine: a timeline and a stream of the same posts, in their recorded shapes."""

import json
import re
import socket
from contextlib import suppress
from threading import RLock
from typing import Any

from tests.ingest.streams import SSE, chunk, event, stays
from tests.ingest.web import OTHER, Server, http

AT_ONCE = 20


def status(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "uri": f"https://far.example/users/ann/statuses/{number}",
        "url": f"https://far.example/@ann/{number}",
        "created_at": "2026-11-21T10:00:00.000Z",
        "edited_at": None,
        "visibility": "public",
        "language": "en",
        "spoiler_text": "",
        "content": f"<p>Post {number} &amp; more<br>second line</p>",
        "reblog": None,
        "account": {"id": "9", "acct": "ann@far.example", "username": "ann"},
        "media_attachments": [],
    } | changes


class Site:
    """Answers each request by its path, and tells everybody who listens what happens."""

    def __init__(self) -> None:
        self.statuses: list[dict[str, Any]] = []
        self.listeners: list[socket.socket] = []
        self.lock = RLock()
        self.streaming: str | None = None
        self.refuses = False
        self.on_listen: Any = lambda: None

    def at(self, server: Server) -> Server:
        """Take a server's requests; its streams are at another host, as is usual."""
        self.server = server
        self.streaming = self.streaming or server.url("", host=OTHER, scheme="ws")
        return server

    def __call__(self, connection: socket.socket) -> None:
        line = self.server.mine.request.split(b"\r\n", 1)[0].decode()
        if "/api/v2/instance" in line:
            connection.sendall(
                http(json.dumps({"configuration": {"urls": {"streaming": self.streaming}}}).encode())
            )
        elif "/api/v1/streaming/" in line:
            self._listen(connection)
        else:
            self._timeline(connection, dict(re.findall(r"[?&](\w+)=([^& ]*)", line)))

    def _listen(self, connection: socket.socket) -> None:
        if self.refuses:
            connection.sendall(http(b'{"error":"Missing access token"}', status="401 Unauthorized"))
            return
        with self.lock:
            connection.sendall(SSE + chunk(b":)\n\n"))
            self.listeners.append(connection)
        self.on_listen()
        stays(connection)

    def _timeline(self, connection: socket.socket, asked: dict[str, str]) -> None:
        limit, after = min(int(asked.get("limit", AT_ONCE)), 40), asked.get("min_id")
        with self.lock:
            newer = [one for one in self.statuses if after is None or int(one["id"]) > int(after)]
        newer.sort(key=lambda one: int(one["id"]))
        shown = (newer[-limit:] if after is None else newer[:limit])[::-1]
        connection.sendall(http(json.dumps(shown).encode()))

    def post(self, *numbers: int, told: bool = True, **changes: Any) -> None:
        """Publish posts; `told=False`: only the timeline shows them."""
        for number in numbers:
            with self.lock:
                self.statuses.append(status(number, **changes))
                if told:
                    self.tell(event("update", self.statuses[-1]))

    def tell(self, data: bytes) -> None:
        with self.lock:
            for one in self.listeners:
                with suppress(OSError):
                    one.sendall(chunk(data))

    def hang_up(self) -> None:
        """End all streams."""
        with self.lock:
            for one in self.listeners:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            self.listeners.clear()
