"""The messages in a Telegram export, line by line: valid JSON or not, however long the file.

Telegram Desktop writes one value a line and, depending on its version, JSON that no parser reads. Brackets
and quotes are still in order, so each message is cut out by them and mended by itself. Whatever is not in
a chat (contacts, sessions, personal information) is stepped over without being kept.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from ingest.fields import decode, no_constant
from triage.errors import PostRejected

TOKEN = re.compile(rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)"(\s*+:)?|([{\[])|([}\]])|([^\s"{}\[\],:]++)', re.DOTALL)
"""A string (with a colon: a key), an opening, a closing, or a bare word such as a number."""
CHATS = ((b"",), (b"", b"chats", b"list", b""))
"""Keys of the containers down to a chat: in the export of one chat, and of all."""
MESSAGES = tuple((*chat, b"messages", b"") for chat in CHATS)
ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|.)", re.DOTALL)
BARE_ID = re.compile(rb'("document_id"\s*:\s*)(?!["\s])([^\r\n}]*?)(\s*,?\s*[\r\n}])')
MAX_DEPTH = 200


@dataclass(frozen=True, slots=True)
class Cut:
    """One message's bytes, the line it begins at, its chat's id, and the offset reading has reached."""

    line: int
    end: int
    raw: bytes
    chat: str | None = None
    problem: str | None = None


@dataclass(slots=True)
class Cutter:
    """Cuts messages out of lines; holds one message at a time."""

    limit: int
    keys: list[bytes] = field(default_factory=list)
    key: bytes = b""
    chat: str | None = None
    chats: int = 0
    begin: int = 0
    """Line at which the message begins that is open now; 0: none is."""
    parts: list[bytes] = field(default_factory=list)
    size: int = 0

    def cut(self, line: bytes, number: int, end: int) -> Iterator[Cut]:
        """Yield the messages that end in a line.

        Raises:
            PostRejected: nothing after this can be told apart.
        """
        start = 0
        for found in TOKEN.finditer(line):
            if found[3]:
                if self._opened():
                    self.begin, start = number, found.start()
            elif found[4]:
                if self._closed():
                    yield self._finish(line[start : found.end()], end)
            elif not self.begin:
                self._word(found)
        if self.begin:
            self._keep(line[start:])

    def _opened(self) -> bool:
        """Go one container deeper, and tell whether it is a message."""
        self.keys.append(self.key)
        self.key = b""
        if len(self.keys) > MAX_DEPTH:
            raise PostRejected(f"brackets are nested deeper than {MAX_DEPTH}; export the chat again")
        path = tuple(self.keys) if len(self.keys) <= len(MESSAGES[-1]) else ()
        if path in CHATS:
            self.chat = None
        return path in MESSAGES and not self.begin

    def _closed(self) -> bool:
        """Go one container up, and tell whether a message ends here."""
        path = tuple(self.keys)
        if self.keys:
            self.key = b""
            del self.keys[-1]
        return bool(self.begin) and path in MESSAGES

    def _word(self, found: re.Match[bytes]) -> None:
        """Take note of keys, and of the id of the chat that is open."""
        if found[2]:
            self.key = found[1]
            self.chats += self.key == b"messages" and tuple(self.keys) in CHATS
        else:
            if self.key == b"id" and tuple(self.keys) in CHATS:
                self.chat = (found[1] or found[5] or b"").decode("utf-8", "replace")
            self.key = b""

    def _keep(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size <= self.limit:
            self.parts.append(piece)

    def _finish(self, piece: bytes, end: int) -> Cut:
        self._keep(piece)
        too_long = f"the message is longer than {self.limit} bytes (FLAGPOST_MAX_LINE_BYTES)"
        raw, problem = b"".join(self.parts), too_long if self.size > self.limit else None
        found = Cut(self.begin, end, b"" if problem else raw, self.chat, problem)
        self.begin, self.size = 0, 0
        self.parts.clear()
        return found


def cut(file: BinaryIO, limit: int) -> Iterator[Cut]:
    """Yield the messages of an export in its order, and at last what is wrong with the file, if anything.

    Args:
        file: result.json, from its start.
        limit: most bytes of a line, and of a message.
    """
    cutter, number, end = Cutter(limit), 0, 0
    try:
        while line := file.readline(limit + 1):
            number, end = number + 1, end + len(line)
            _check_length(line, limit)
            yield from cutter.cut(line, number, end)
    except PostRejected as error:
        yield Cut(number, end, b"", problem=str(error))
        return
    if problem := _end_problem(cutter):
        yield Cut(number, end, b"", problem=problem)


def _check_length(line: bytes, limit: int) -> None:
    if len(line) > limit:
        raise PostRejected(
            f"the line is longer than {limit} bytes (FLAGPOST_MAX_LINE_BYTES); "
            "give the file as Telegram Desktop wrote it, one value a line"
        )


def _end_problem(cutter: Cutter) -> str | None:
    if not cutter.chats:
        return "there are no chats in it: export them from Telegram Desktop as machine-readable JSON"
    return "the file ends too early; export it again" if cutter.keys else None


def parse(raw: bytes) -> dict[str, Any]:
    """Read one message; what older versions wrote wrongly is mended if it cannot be read as it is.

    Raises:
        PostRejected: it cannot be read even so.
    """
    text = decode(raw)
    try:
        return _load(text)
    except ValueError:
        pass
    try:
        return _load(decode(mend(raw)))
    except json.JSONDecodeError as error:
        raise PostRejected(f"not valid JSON, and not mendable: {error.msg}") from error
    except ValueError as error:
        raise PostRejected(f"not valid JSON: {error}") from error


def mend(raw: bytes) -> bytes:
    r"""Quote bare document ids, and turn `\x0C` (which JSON does not know) into `\u000C`."""
    quoted = BARE_ID.sub(lambda found: found[1] + json.dumps(decode(found[2])).encode() + found[3], raw)
    return ESCAPE.sub(lambda found: rb"\u00" + found[1] if found[1] else found[0], quoted)


def _load(text: str) -> dict[str, Any]:
    value = json.loads(text, object_pairs_hook=_first_with_content, parse_constant=no_constant)
    if not isinstance(value, dict):
        raise PostRejected("not a message")
    return value


def _first_with_content(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A key that is there twice (`text`, in some versions) keeps the value that says something."""
    kept: dict[str, Any] = {}
    for name, value in pairs:
        if not kept.get(name):
            kept[name] = value
    return kept
