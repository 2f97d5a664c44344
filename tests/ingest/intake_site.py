"""An intake that is up, and what a partner needs to send to it: a source, secrets, signatures."""

import base64
import hashlib
import hmac
import json
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
import uvicorn
from sqlalchemy import func, select

from ingest.intake import server
from ingest.intake.app import create_app
from tests.conftest import forget
from tests.ingest.test_source_cli import GIVEN, source
from triage import models
from triage.db import session_scope

NDJSON = "application/x-ndjson"


def new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(secret: str, message_id: str, at: int | str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{message_id}.{at}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(mac.digest()).decode()


def lines(*posts: Any) -> bytes:
    return b"".join(
        (post if isinstance(post, bytes) else json.dumps(post).encode()) + b"\n" for post in posts
    )


@dataclass
class Partner:
    """Somebody who sends posts as a source."""

    url: str
    secret: str
    source: str = "partner"

    def headers(self, body: bytes, kind: str = "application/json", **other: str | None) -> dict[str, str]:
        """Return the headers of a signed body; `other` replaces some (None: leaves out), `_` for `-`."""
        given = {name.replace("_", "-"): value for name, value in other.items()}
        message_id = given.get("webhook-id") or f"msg_{secrets.token_hex(6)}"
        at = given.get("webhook-timestamp") or str(int(time.time()))
        made: dict[str, str | None] = {
            "content-type": kind,
            "flagpost-source": self.source,
            "webhook-id": message_id,
            "webhook-timestamp": at,
            "webhook-signature": sign(self.secret, message_id, at, body),
        }
        return {name: value for name, value in {**made, **given}.items() if value is not None}

    def send(self, body: Any, kind: str = "application/json", **other: str | None) -> httpx2.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = self.headers(raw, kind, **other)
        return httpx2.post(f"{self.url}/v1/posts", content=raw, headers=headers, timeout=30)

    def form(self, post: Any, **pictures: bytes) -> httpx2.Response:
        """Send a post and its pictures as the parts of a form."""
        raw = json.dumps(post).encode()
        parts = {"post": raw, **pictures}
        files = {name: (name, data) for name, data in parts.items()}
        built = httpx2.Request("POST", self.url, files=files)
        return self.send(built.read(), built.headers["content-type"])


def configure(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *secrets_: str, options: str = "", **settings: object
) -> None:
    """Write a file of sources with one that sends, whose secrets lie in files."""
    places = []
    for number, secret in enumerate(secrets_):
        place = folder / f"secret-{number}"
        place.write_text(secret + "\n")
        places.append(f"{{ file = '{place}' }}")
    entry = f"[partner]\nadapter = 'intake'\nsecrets = [{', '.join(places)}]\n{options}"
    (folder / "sources.toml").write_text(entry)
    monkeypatch.setenv("FLAGPOST_SOURCES", str(folder / "sources.toml"))
    for name, value in settings.items():
        monkeypatch.setenv(f"FLAGPOST_{name.upper()}", str(value))
    forget()


def approve(name: str = "partner") -> None:
    assert source("approve", name, *GIVEN).exit_code == 0


@contextmanager
def serving() -> Iterator[str]:
    """Run the intake as it is configured, in a thread of this process; yields its address."""
    running = uvicorn.Server(server.config(create_app(), "127.0.0.1", 0))
    thread = Thread(target=running.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not running.started:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        running.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


def statuses(response: httpx2.Response) -> list[str]:
    assert response.status_code == 202, response.text
    return [one["status"] for one in response.json()["results"]]


def problem(response: httpx2.Response) -> int:
    """Return the status of an answer that takes nothing; it says what is wrong and what to do."""
    assert set(response.json()) == {"error", "what_to_do"}, response.text
    assert all(response.json().values())
    return response.status_code


def connect(partner: Partner) -> socket.socket:
    place = urlsplit(partner.url)
    return socket.create_connection((place.hostname, place.port), timeout=20)


def head(headers: dict[str, str], length: int) -> bytes:
    named = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /v1/posts HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n{named}\r\n".encode()


def captions() -> dict[str, str]:
    with session_scope() as session:
        rows = session.execute(select(models.Post.external_id, models.Post.caption))
        return {row.external_id: row.caption for row in rows}


def count(table: Any) -> int:
    with session_scope() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def eventually(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
