"""Listings of web APIs that give the newest first, on this machine."""

import json
import re
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

from tests.ingest.web import Server, http

Build = Callable[[list[Any], str | None], Any]
"""From some entries, and the token of those after them, to a platform's answer."""


class Newest:
    """Answers GETs as a platform does: the newest first, older ones by token. `size` names its limit."""

    def __init__(self, entries: list[Any], build: Build, size: str, token: str, *headers: str) -> None:
        self.entries, self.build, self.headers = entries, build, headers
        self.size, self.token = size, token
        self.server: Server | None = None
        self.asked: list[dict[str, str]] = []

    def __call__(self, connection: socket.socket) -> None:
        assert self.server
        line = self.server.mine.request.split(b"\r\n", 1)[0].decode()
        asked = {name: unquote_plus(value) for name, value in re.findall(r"[?&]([\w.]+)=([^& ]*)", line)}
        self.asked.append(asked)
        begin = int(asked.get(self.token, "t0")[1:])
        end = begin + int(asked[self.size])
        after = f"t{end}" if end < len(self.entries) else None
        body = json.dumps(self.build(self.entries[begin:end], after)).encode()
        connection.sendall(http(body, *self.headers))
