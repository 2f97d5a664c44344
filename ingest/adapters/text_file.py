"""What files of lines have in common: where reading stopped, one item per record, pages."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ingest.adapter import PAGE_POSTS, Checkpoint, FoundPost, Page, Rejected
from ingest.adapters.items import Items
from ingest.fields import PostFields
from ingest.files import find
from ingest.lines import encoding_problem, fingerprint
from triage.errors import InputError, PostRejected

BLANK = b"\xef\xbb\xbf \t\r\n"
"""Bytes that make no item: white space, and the byte-order mark of UTF-8."""


@dataclass(frozen=True, slots=True)
class Record:
    """One post's lines as read: first line, the line and the byte after it, or why it cannot be read."""

    line: int
    next_line: int
    end: int
    raw: bytes
    cells: tuple[str, ...] = ()
    problem: str | None = None


class TextFileAdapter(ABC):
    """Reads a file of records. Its checkpoint: next line, byte offset, the file's fingerprint."""

    def __init__(self, path: Path, source: str, page_posts: int = PAGE_POSTS) -> None:
        """Read `path`; posts that name no source get `source`; a page holds `page_posts` items at most."""
        self.path = path
        self.source = source
        self.page_posts = page_posts
        self._folder = path.parent.resolve()
        self._fingerprint = fingerprint(path)

    def fetch(self, checkpoint: Checkpoint) -> Page:
        """See `ingest.adapter.Adapter`."""
        self._check_unchanged()
        if checkpoint.get("file") != self._fingerprint:
            checkpoint = self._position(0, 1)
            if problem := encoding_problem(self.path) or self._file_problem():
                return Page((), (Rejected(f"{self.path}:1", problem),), checkpoint, done=True)
        with self.path.open("rb") as file:
            file.seek(checkpoint["offset"])
            return self._page(file, checkpoint)

    def _page(self, file: BinaryIO, checkpoint: Checkpoint) -> Page:
        items, begin, done = Items(self.page_posts), checkpoint["offset"], False
        for record in self._records(file, checkpoint["line"]):
            checkpoint = self._position(record.end, record.next_line)
            if record.raw.strip(BLANK):
                items.add(self._item(record))
            if items.full:
                break
        else:
            done = True
        notices = () if begin or items.count else (f"{self.path} holds no posts.",)
        fraction = 1.0 if done else checkpoint["offset"] / self.path.stat().st_size
        return Page(tuple(items.posts), tuple(items.rejected), checkpoint, done, fraction, notices)

    def _item(self, record: Record) -> FoundPost | Rejected:
        where = f"{self.path}:{record.line}"
        if record.problem:
            return Rejected(where, record.problem, record.raw)
        try:
            fields = self._fields(record)
        except PostRejected as error:
            return Rejected(where, str(error), record.raw)
        media = tuple(find(self._folder, one.path, one.alt) for one in fields.media)
        return FoundPost(where, record.raw, fields, media)

    def _position(self, offset: int, line: int) -> Checkpoint:
        return {"file": self._fingerprint, "offset": offset, "line": line}

    def _check_unchanged(self) -> None:
        if fingerprint(self.path) != self._fingerprint:
            raise InputError(
                f"{self.path} changed while it was being read. Run it again once it is complete: "
                "what is stored already counts as duplicates."
            )

    def _file_problem(self) -> str | None:
        """Return why nothing in the file can be read, such as a wrong header."""
        return None

    @abstractmethod
    def _records(self, file: BinaryIO, line: int) -> Iterator[Record]:
        """Yield the records from the file's position on, which is the beginning of line number `line`."""

    @abstractmethod
    def _fields(self, record: Record) -> PostFields:
        """Read one record.

        Raises:
            PostRejected: it is not a post.
        """
