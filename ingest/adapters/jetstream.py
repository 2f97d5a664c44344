"""What Jetstream says, in its two versions, as one kind of event. See docs/sources/bluesky.md."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from ingest.adapters.atproto import POSTS
from ingest.fields import parse_json
from triage.errors import FetchFailed, PostRejected

Version: TypeAlias = Literal[1, 2]
PROTOCOL: Mapping[Version, str | None] = {1: None, 2: "xrpc.v1.json"}
"""What each version's messages are called when the connection is opened."""
KIND = re.compile(r"network\.bsky\.jetstream\.subscribeEvents#(\w+)")
RKEY = re.compile(r"[A-Za-z0-9._:~-]{1,512}")
TOO_OLD = "CursorTooOld"


@dataclass(frozen=True, slots=True)
class Happened:
    """One event."""

    kind: str
    """`create`, `update`, `delete`, `account`, `info`, or what is not read."""
    place: int | None = None
    """Where it is in the stream, as a later connection may ask for it."""
    at: float = 0.0
    """When it was seen by the server, in seconds since 1970."""
    did: str = ""
    rkey: str = ""
    cid: str = ""
    record: Mapping[str, Any] = field(default_factory=dict)
    said: str = ""
    """An account's status, or what the server has to say itself."""

    @property
    def uri(self) -> str:
        """The post's address, and its id."""
        return f"at://{self.did}/{POSTS}/{self.rkey}"


def address(version: Version, dids: tuple[str, ...], cursor: int | None) -> str:
    """Return path and query of a connection."""
    place = [] if cursor is None else [f"cursor={cursor}"]
    if version == 1:
        query = [f"wantedCollections={POSTS}", *(f"wantedDids={did}" for did in dids), *place]
        return "/subscribe?" + "&".join(query)
    query = [
        "kinds=commit",
        "kinds=account",
        f"collections={POSTS}",
        *(f"dids={did}" for did in dids),
        *place,
    ]
    return "/xrpc/network.bsky.jetstream.subscribeEvents?" + "&".join(query)


def understand(raw: bytes, version: Version) -> Happened:
    """Read a message.

    Raises:
        PostRejected: it is none.
        FetchFailed: the server says that it ends the stream.
    """
    message = parse_json(raw)
    try:
        return _first(message) if version == 1 else _second(message)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise PostRejected(f"it is no message of Jetstream {version} ({type(error).__name__})") from error


def _first(message: Mapping[str, Any]) -> Happened:
    place = _whole(message["time_us"])
    event: dict[str, Any] = {"place": place, "at": place / 1e6, "did": _text(message["did"])}
    if message["kind"] == "commit":
        return _commit(message["commit"], event)
    if message["kind"] == "account":
        return _account(message["account"], event)
    return Happened(_text(message["kind"])[:40], **event)


def _second(message: Mapping[str, Any]) -> Happened:
    if message["$type"] == "error":
        what = f"{message.get('error')} {message.get('message', '')}"[:200]
        raise FetchFailed(f"Jetstream ends the stream ({what.strip()}); try again later")
    payload = message["payload"]
    kind = KIND.fullmatch(payload["$type"])
    if not kind:
        return Happened("other")
    if kind[1] == "info":
        return Happened("info", said=f"{payload.get('name')} {payload.get('message', '')}"[:200].strip())
    at = datetime.fromisoformat(payload["time"])
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    event: dict[str, Any] = {
        "place": _whole(payload["seq"]),
        "at": at.timestamp(),
        "did": _text(payload["did"]),
    }
    if kind[1] == "commit":
        return _commit(payload, event)
    return (
        _account(payload.get("account", payload), event)
        if kind[1] == "account"
        else Happened("other", **event)
    )


def _commit(commit: Mapping[str, Any], event: Mapping[str, Any]) -> Happened:
    if commit["collection"] != POSTS:
        return Happened("other", **event)
    if not RKEY.fullmatch(rkey := commit["rkey"]):
        raise ValueError("no key of a record")
    kind = {"create": "create", "update": "update", "delete": "delete"}[commit["operation"]]
    if kind == "delete":
        return Happened(kind, **event, rkey=rkey)
    record = commit["record"]
    if not isinstance(record, dict):
        raise TypeError("no record")
    return Happened(kind, **event, rkey=rkey, cid=_text(commit["cid"]), record=record)


def _account(account: Mapping[str, Any], event: Mapping[str, Any]) -> Happened:
    status = account.get("status")
    lost = not account["active"] and isinstance(status, str)
    return Happened("account", **event, said=str(status)[:40] if lost else "")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError("no whole number")
    return value
