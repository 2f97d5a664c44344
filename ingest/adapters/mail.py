"""Mails of a tip-line: an mbox file, a maildir, or .eml files. See docs/sources/mail.md."""

import hashlib
import os
import re
from abc import abstractmethod
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from ingest.adapter import FoundPost, Rejected
from ingest.adapters.export import ExportAdapter, Step
from ingest.files import LocalFile, find, open_regular
from ingest.lines import KEPT, fingerprint
from ingest.mail import MAX_MAIL_BYTES, read_mail
from triage.errors import InputError, MediaError, PostRejected

ENDING = ".eml"
QUOTED = re.compile(rb">+From ")
TOO_LONG = f"the mail is longer than {MAX_MAIL_BYTES} bytes"


class MailAdapter(ExportAdapter):
    """What all forms of mail have in common."""

    def _item(self, where: str, raw: bytes) -> FoundPost | Rejected:
        try:
            fields, media = read_mail(raw, self.source)
        except PostRejected as error:
            return Rejected(where, str(error), raw[:KEPT])
        return FoundPost(where, raw, fields, media)


class MboxAdapter(MailAdapter):
    """Reads one file of many mails, each after a line that begins with `From `."""

    def _fingerprint(self) -> str:
        return fingerprint(self.path)

    def _steps(self) -> Iterator[Step]:
        size = max(self.path.stat().st_size, 1)
        with self.path.open("rb") as file:
            for line, raw in mails(file):
                where = f"{self.path}:{line}"
                item = Rejected(where, TOO_LONG) if raw is None else self._item(where, raw)
                yield min(file.tell() / size, 1.0), item


def mails(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Yield the line and the bytes of each mail of an mbox; None in place of a mail that is too long.

    A line `From ` begins a mail where the line before it is empty. `>From ` in a text was `From ` once.
    """
    begin, parts, size, blank = 1, list[bytes](), 0, True
    for number, piece in _pieces(file):
        if blank and piece.startswith(b"From "):
            yield from _mail(begin, parts, size)
            begin, parts, size = number + 1, [], 0
        else:
            size += len(piece)
            if size <= MAX_MAIL_BYTES:
                parts.append(piece[1:] if QUOTED.match(piece) else piece)
            else:
                parts.clear()
        blank = piece in (b"\n", b"\r\n")
    yield from _mail(begin, parts, size)


def _mail(begin: int, parts: list[bytes], size: int) -> Iterator[tuple[int, bytes | None]]:
    if size > MAX_MAIL_BYTES:
        yield begin, None
    elif (raw := b"".join(parts)).strip():
        yield begin, raw


def _pieces(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield lines with their numbers; a very long line comes in several pieces."""
    number, whole = 0, True
    while piece := file.readline(KEPT):
        number += whole
        whole = piece.endswith(b"\n")
        yield number, piece


class MailFolderAdapter(MailAdapter):
    """Reads a folder of files that are one mail each, in the order of their names."""

    @cached_property
    def _place(self) -> Path:
        return self.path.parent if self.path.is_file() else self.path

    @cached_property
    def _folder(self) -> Path:
        return self._place.resolve()

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._names())

    @abstractmethod
    def _names(self) -> list[str]:
        """Return the files' paths, relative to the folder."""

    def _changed(self) -> bool:
        """New mails may come meanwhile; listing them anew for each page would take longer than reading."""
        return False

    def _fingerprint(self) -> str:
        digest = hashlib.sha256()
        try:
            for name in self._sorted:
                stat = (self._folder / name).lstat()
                line = f"{name}\x00{stat.st_size}\x00{stat.st_mtime_ns}\n"
                digest.update(line.encode("utf-8", "surrogateescape"))
        except OSError as error:
            raise InputError(f"{self.path} cannot be read: {error.strerror}.") from error
        return digest.hexdigest()[:32]

    def _steps(self) -> Iterator[Step]:
        for number, name in enumerate(self._sorted, 1):
            yield number / len(self._sorted), self._read(name)

    def _read(self, name: str) -> FoundPost | Rejected:
        where, found = str(self._place / name), find(self._folder, name)
        try:
            if not isinstance(found.content, LocalFile):
                return Rejected(where, found.problem or "it cannot be read")
            with open_regular(found.content.path) as file:
                raw = file.read(MAX_MAIL_BYTES + 1)
        except (MediaError, OSError) as error:
            return Rejected(where, f"the mail cannot be read: {error}")
        return self._item(where, raw) if len(raw) <= MAX_MAIL_BYTES else Rejected(where, TOO_LONG)


class EmlAdapter(MailFolderAdapter):
    """Reads the .eml files of a folder, subfolders included, or one such file."""

    def _names(self) -> list[str]:
        return [self.path.name] if self.path.is_file() else [n for n in self._files() if _is_eml(n)]

    def _files(self) -> Iterator[str]:
        """Yield the files of the folder, hidden ones left out."""
        for place, folders, files in os.walk(self.path):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in files:
                if not name.startswith("."):
                    yield (Path(place) / name).relative_to(self.path).as_posix()

    def _steps(self) -> Iterator[Step]:
        yield from super()._steps()
        others = [name for name in self._files() if not _is_eml(name)] if self.path.is_dir() else []
        if others:
            left_out = f"{len(others)} file(s) under {self.path} are no mails and were left out"
            yield 1.0, f"{left_out}, such as {min(others)}."


def _is_eml(name: str) -> bool:
    return name.lower().endswith(ENDING)


class MaildirAdapter(MailFolderAdapter):
    """Reads the mails of a maildir that were delivered: `cur` and `new`, not `tmp`."""

    def _names(self) -> list[str]:
        boxes = [self.path / name for name in ("cur", "new")]
        return [f"{box.name}/{one.name}" for box in boxes for one in box.iterdir() if one.name[0] != "."]
