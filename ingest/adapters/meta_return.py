"""A legal return of Meta: a ZIP file of pages and linked media. See docs/sources/meta_return.md."""

import codecs
import hashlib
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import BinaryIO, cast
from zipfile import ZipFile

from ingest.adapter import FoundMedia, FoundPost, Rejected
from ingest.adapters.export import ExportAdapter, Step
from ingest.adapters.meta_html import PARSER, Pair, PairReader
from ingest.fields import check, iso
from ingest.files import PICTURES
from ingest.keys import as_key
from ingest.lines import fingerprint
from ingest.zips import ZipMember, open_zip
from triage.errors import InputError, PostRejected

SECTIONS = {"property-photos": "photos", "property-unified_messages": "messages"}
"""Sections that are read; all others are about the account and its owner, and are not."""
PAGE = re.compile(r"(?:^|/)(?:index|preservation[^/]*)\.html?$", re.IGNORECASE)
CHUNK = 2**20
MAX_PAGE_BYTES = 2**30
MAX_PAIRS = 1000
"""Most labels of one item."""
FILE = "linked media file"
STARTS = {"photos": (FILE, "user"), "messages": ("author",)}
"""Labels that begin an item: a photo begins with its file, a comment on it with who wrote it."""
TEXTS = ("body", "text", "title", "caption", "description", "summary")
TIMES = ("sent", "time", "uploaded", "taken", "date created")
NOTHING = "no responsive records"


@dataclass(slots=True)
class Item:
    """One photo, comment or message: its labels and values, and the thread or photo it belongs to."""

    section: str
    within: str
    pairs: list[Pair]

    def values(self, *labels: str) -> list[str]:
        """Return what stands beside some labels, in the order of the page, without what is empty."""
        return [value for one in self.pairs if one.label in labels and (value := one.value)]


class MetaReturnAdapter(ExportAdapter):
    """Reads photos, comments on them, and messages."""

    def _fingerprint(self) -> str:
        return fingerprint(self.path)

    def _steps(self) -> Iterator[Step]:
        with open_zip(self.path) as archive:
            names = sorted(name for name in archive.namelist() if PAGE.search(name))
            if not names:
                raise InputError(
                    f"{self.path} holds neither index.html nor preservation*.html, so it is no Meta return."
                )
            known = frozenset(archive.namelist())
            for number, name in enumerate(names):
                for found in self._page_items(archive, name, known):
                    yield number / len(names), found

    def _page_items(
        self, archive: ZipFile, page: str, known: frozenset[str]
    ) -> Iterator[FoundPost | Rejected | str]:
        where, reader, found, passed_over = f"{self.path}/{page}", PairReader(SECTIONS), set[str](), 0
        try:
            for number, item in enumerate(_items(_pairs(archive, page, reader), found), 1):
                if read := self._item(item, f"{where}: item {number}", posixpath.dirname(page), known):
                    yield read
                else:
                    passed_over += 1
        except InputError as error:
            yield Rejected(where, str(error))
            return
        for section in sorted(reader.seen - found):
            yield Rejected(where, f"it has {section}, but none that the parser {PARSER} can tell apart")
        if not reader.seen:
            yield f"{where} has neither photos nor messages that the parser {PARSER} knows."
        if passed_over:
            yield f"{where}: {passed_over} items hold neither text nor a picture; passed over."

    def _item(
        self, item: Item, where: str, folder: str, known: frozenset[str]
    ) -> FoundPost | Rejected | None:
        files = [name for name in item.values(FILE) if _is_picture(name)]
        text = "\n".join(item.values(*TEXTS))
        if not files and not text:
            return None
        raw = "\n".join(one.value for one in item.pairs).encode("utf-8", "replace")
        if len(item.pairs) >= MAX_PAIRS:
            return Rejected(where, f"it has {MAX_PAIRS} labels or more", raw)
        values = {
            "id": _id(item, folder),
            "text": text,
            "author": next(iter(item.values("author", "user")), None),
            "posted_at": next(filter(None, map(_moment, item.values(*TIMES))), None),
            "media": [{"path": name} for name in files],
        }
        try:
            fields = check(values, self.source)
        except PostRejected as error:
            return Rejected(where, str(error), raw)
        return FoundPost(where, raw, fields, tuple(self._media(folder, name, known) for name in files))

    def _media(self, folder: str, name: str, known: frozenset[str]) -> FoundMedia:
        member = posixpath.normpath(posixpath.join(folder, name))
        if member not in known:
            return FoundMedia(name, problem="the return does not hold it")
        return FoundMedia(name, ZipMember(self.path, member))


def _pairs(archive: ZipFile, page: str, reader: PairReader) -> Iterator[Pair]:
    """Yield the pairs of a page, read in chunks that end before a tag."""
    if archive.getinfo(page).file_size > MAX_PAGE_BYTES:
        raise InputError(f"the page is longer than {MAX_PAGE_BYTES} bytes")
    held = ""
    for chunk in _chunks(archive, page):
        held += chunk
        end = held.rfind("<") if len(held) < 2 * CHUNK else len(held)
        if end > 0:
            yield from reader.feed(held[:end])
            held = held[end:]
    yield from reader.feed(held)
    yield from reader.close()


def _chunks(archive: ZipFile, page: str) -> Iterator[str]:
    """Yield a page's text; what is not UTF-8 becomes U+FFFD."""
    try:
        with archive.open(page) as file:
            yield from codecs.iterdecode(_blocks(cast(BinaryIO, file)), "utf-8", "replace")
    except Exception as error:  # zipfile answers hostile bytes with a dozen exception types
        raise InputError(f"the page cannot be unpacked ({type(error).__name__})") from error


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(CHUNK):
        yield block


def _items(pairs: Iterator[Pair], found: set[str]) -> Iterator[Item]:
    """Gather pairs into items, and note in `found` the sections that hold any, or say that they hold none."""
    item: Item | None = None
    within = {"photos": "", "messages": ""}
    for pair in pairs:
        if NOTHING in pair.value.lower():
            found.add(pair.section)
        starts = pair.label in STARTS[pair.section]
        if item and (starts or pair.label == "thread" or pair.section != item.section):
            yield item
            item = None
        if pair.label == "thread" or (pair.section == "photos" and pair.label == FILE):
            within[pair.section] = pair.value
        if starts:
            found.add(pair.section)
            item = Item(pair.section, within[pair.section], [pair])
        elif item and len(item.pairs) < MAX_PAIRS:
            item.pairs.append(pair)
    if item:
        yield item


def _id(item: Item, folder: str) -> str:
    """A photo is known by its file; comments and messages, which have no ids, by all that they say."""
    if item.section == "photos" and item.pairs[0].label == FILE:
        return as_key(posixpath.join("photos", folder, item.within))
    said = "\x00".join(f"{one.label}\x00{one.value}" for one in item.pairs)
    digest = hashlib.sha256(f"{item.within}\x00{said}".encode("utf-8", "replace")).hexdigest()
    return f"{item.section}/{digest[:32]}"


def _moment(value: str) -> str | None:
    """Return a time such as `2026-11-21 08:30:00 UTC` in ISO 8601; another does not cost the item."""
    try:
        return iso(datetime.fromisoformat(value.removesuffix("UTC").strip()))
    except (ValueError, OverflowError):
        return None


def _is_picture(name: str) -> bool:
    """Films and sounds are linked in the same way; a file without an ending may be a picture."""
    return PurePosixPath(name).suffix.lower() in {*PICTURES, ""}
