"""Bluesky on this machine: a Jetstream of both versions, a directory, a server with accounts' posts."""

import json
import socket
import time
from base64 import b32encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from threading import RLock
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from websockets.sync.server import ServerConnection

from ingest.adapter import Page
from ingest.adapters import cids
from ingest.adapters.bluesky import BlueskyStream, Options
from tests.ingest import streams
from tests.ingest.web import HOST, Server, fetcher, http, serving

ANN = "did:plc:" + "a" * 24
BOB = "did:plc:" + "b" * 24
V2 = "network.bsky.jetstream.subscribeEvents"


def record(text: str = "hello", **changes: Any) -> dict[str, Any]:
    made = {
        "$type": "app.bsky.feed.post",
        "text": text,
        "createdAt": "2026-11-21T10:00:00.000Z",
        "langs": ["en"],
    }
    return made | changes


def blob_cid(data: bytes) -> str:
    """Return the identifier of plain bytes."""
    return "b" + b32encode(cids.BLOB + sha256(data).digest()).decode().rstrip("=").lower()


def pictures(*blobs: bytes, alt: str = "a cat") -> dict[str, Any]:
    listed = [
        {
            "alt": alt,
            "image": {
                "$type": "blob",
                "ref": {"$link": blob_cid(blob)},
                "mimeType": "image/png",
                "size": len(blob),
            },
        }
        for blob in blobs
    ]
    return {"$type": "app.bsky.embed.images", "images": listed}


class Sky:
    """Happenings in order, each kept for who asks from before it; records and blobs by account."""

    def __init__(self) -> None:
        self.log: list[dict[str, Any] | str] = []
        self.records: dict[tuple[str, str], dict[str, Any]] = {}
        self.blobs: dict[str, bytes] = {}
        self.answers: dict[str, bytes] = {}
        """What is answered to requests whose line holds a text, whatever else would be."""
        self.refusal: bytes | None = None
        self.asked: list[str] = []
        self.lock = RLock()
        self.begin = int(time.time() * 1e6)
        self.hung_up = 0

    @contextmanager
    def up(self, version: int = 1) -> Iterator["Sky"]:
        """Serve both."""
        self.version = version
        options: dict[str, Any] = {"process_request": self._refuse}
        options |= {"subprotocols": ["xrpc.v1.json"]} if version == 2 else {}
        with serving(self._answer) as self.web, streams.websockets(self._tell, **options) as self.jets:
            yield self

    def options(self, **changes: Any) -> dict[str, Any]:
        jets, web = self.jets.url("", scheme="http"), self.web.url("", scheme="http")
        return {"host": jets, "directory": web, "version": self.version} | changes

    # what happens

    def post(
        self, number: int, did: str = ANN, kind: str = "create", honest: bool = True, **changes: Any
    ) -> None:
        """Write a post and tell of it; `honest=False`: the stream tells of another than the server has."""
        value = record(**{"text": f"post {number}"} | changes)
        with self.lock:
            self.records[did, str(number)] = value
            told = value if honest else record("something else")
            self._happen(did, self._commit(number, kind, record=told, cid=cids.of_record(told)))

    def delete(self, number: int, did: str = ANN) -> None:
        with self.lock:
            self.records.pop((did, str(number)), None)
            self._happen(did, self._commit(number, "delete"))

    def account(self, did: str, status: str) -> None:
        about = {"active": False, "did": did, "seq": 7, "status": status, "time": "2026-11-21T10:00:00Z"}
        self._happen(did, {"account": about})

    def raw(self, message: dict[str, Any] | str) -> None:
        with self.lock:
            self.log.append(message)

    def hang_up(self) -> None:
        self.hung_up += 1

    def _commit(self, number: int, operation: str, **more: Any) -> dict[str, Any]:
        key = {"collection": "app.bsky.feed.post", "rkey": str(number), "rev": "3l"}
        return {"commit": {"operation": operation, **key, **more}}

    def _happen(self, did: str, what: dict[str, Any]) -> None:
        (kind,) = what
        with self.lock:
            seq, moment = len(self.log) + 1, int(time.time() * 1e6)
            if self.version == 1:
                self.log.append({"did": did, "time_us": moment, "kind": kind, **what})
                return
            at = datetime.fromtimestamp(moment / 1e6, UTC).isoformat()
            inner = what["commit"] if kind == "commit" else what
            payload = {"$type": f"{V2}#{kind}", "seq": seq, "did": did, "time": at, **inner}
            self.log.append({"$type": "message", "payload": payload})

    # the stream

    def _refuse(self, connection: ServerConnection, request: Any) -> Any:
        if self.refusal and "cursor=" in request.path:
            return connection.respond(HTTPStatus.BAD_REQUEST, self.refusal.decode())
        return None

    def _tell(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        asked, hung_up = connection.request.path, self.hung_up
        self.asked.append(asked)
        cursor = dict(parse_qsl(urlsplit(asked).query)).get("cursor")
        at = 0 if cursor is not None else len(self.log)
        while hung_up == self.hung_up:
            with self.lock:
                new, at = self.log[at:], len(self.log)
            streams.send(connection, [one for one in new if self._after(one, cursor)])
            try:
                connection.recv(timeout=0.02)
            except TimeoutError:
                continue

    def _after(self, message: dict[str, Any] | str, cursor: str | None) -> bool:
        if cursor is None or isinstance(message, str):
            return True
        place = message.get("time_us") or message.get("payload", {}).get("seq")
        return place is None or place > int(cursor)

    # the servers of accounts

    def _answer(self, connection: socket.socket) -> None:
        line = self.web.mine.request.split(b"\r\n", 1)[0].decode()
        with self.lock:
            connection.sendall(
                next((a for text, a in self.answers.items() if text in line), None) or self._found(line)
            )

    def _found(self, line: str) -> bytes:
        url = urlsplit(line.split(" ")[1])
        asked = dict(parse_qsl(url.query))
        if url.path.startswith("/did:"):
            home = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer"}
            home |= {"serviceEndpoint": self.web.url("", host=HOST)}
            return http(json.dumps({"id": url.path[1:], "service": [home]}).encode())
        if url.path.endswith("getBlob"):
            return http(self.blobs[asked["cid"]])
        value = self.records.get((asked["repo"], asked["rkey"]))
        if value is None:
            return http(b'{"error":"RecordNotFound","message":"x"}', status="400 Bad Request")
        uri = f"at://{asked['repo']}/{asked['collection']}/{asked['rkey']}"
        return http(json.dumps({"uri": uri, "cid": cids.of_record(value), "value": value}).encode())

    @property
    def servers(self) -> tuple[Server, Server]:
        return self.web, self.jets


def reader(sky: Sky, page_posts: int = 256, silence: float = 60, **options: Any) -> BlueskyStream:
    chosen = Options.model_validate(sky.options(**{"begin": 0} | options))
    return BlueskyStream("sky", chosen, fetcher(*sky.servers), page_posts, silence)


def until(source: BlueskyStream, count: int, checkpoint: Any = None) -> list[Page]:
    """Read pages until they hold so many items."""
    pages = list[Page]()
    while sum(len(page.posts) + len(page.rejected) for page in pages) < count:
        pages.append(
            source.fetch(json.loads(json.dumps(pages[-1].checkpoint)) if pages else checkpoint or {})
        )
    return pages


def ends(*pages: Page) -> list[str]:
    return [post.fields.id.rpartition("/")[2] for page in pages for post in page.posts]
