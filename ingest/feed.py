"""RSS and Atom to posts. Where a feed's bytes come from is the adapters' affair."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any, TypeAlias
from xml.sax import SAXException

import feedparser

from ingest.adapter import FoundMedia, FoundPost, Rejected
from ingest.fields import check, iso
from ingest.files import PICTURES
from ingest.html import to_text
from ingest.keys import as_key
from triage.errors import InputError, PostRejected

MAX_FEED_BYTES = 16 * 2**20
"""Longest feed read; all of its entries are held at once."""
MAX_URL = 2048
NOT_FETCHED = "linked pictures are fetched for a source that is followed, not for a file"

Entry: TypeAlias = Any
"""A feedparser dictionary, which has no types of its own."""
Link: TypeAlias = Callable[[str], FoundMedia]
"""From a linked picture's address to what the pump is told about it."""


def not_fetched(url: str) -> FoundMedia:
    """Leave a linked picture where it is: reading a file must not open addresses that strangers wrote."""
    return FoundMedia(url, problem=NOT_FETCHED)


def read_feed(
    raw: bytes, source: str, place: str, link: Link = not_fetched
) -> Iterator[FoundPost | Rejected | str]:
    """Yield the entries of a feed in its order, and as text what a person should hear about it.

    Args:
        raw: the feed as it was received, at most MAX_FEED_BYTES.
        source: the posts' source.
        place: where the feed is from, for messages.
        link: what becomes of linked pictures.

    Raises:
        InputError: it is too long, or no feed.
    """
    if len(raw) > MAX_FEED_BYTES:
        raise InputError(f"{place} is longer than {MAX_FEED_BYTES} bytes. Give the feed in parts.")
    feed = _parsed(raw, place)
    if not feed.entries and not feed.get("version"):
        raise InputError(f"{place} is neither RSS nor Atom. Give a feed as its address sends it.")
    if isinstance(feed.get("bozo_exception"), SAXException):
        yield f"{place} is broken XML; entries are read as far as they can be told apart."
    for number, entry in enumerate(feed.entries, 1):
        yield _item(entry, source, f"{place}: entry {number}", link)


def _parsed(raw: bytes, place: str) -> Entry:
    """Parse bytes, and nothing else: given text, feedparser would fetch an address or open a file."""
    try:
        return feedparser.parse(BytesIO(raw), sanitize_html=False, resolve_relative_uris=False)
    except Exception as error:  # it promises to raise nothing, and hostile bytes make it break that
        raise InputError(f"{place} cannot be read as a feed ({type(error).__name__}).") from error


def _item(entry: Entry, source: str, where: str, link: Link) -> FoundPost | Rejected:
    text = "\n\n".join(filter(None, (_words(entry.get("title_detail")), _content(entry))))
    raw, pictures = text.encode("utf-8", "replace"), list(dict.fromkeys(_pictures(entry)))
    try:
        values = _values(entry) | {"text": text, "media": [{"path": url} for url in pictures]}
        fields = check(values, source)
    except PostRejected as error:
        return Rejected(where, str(error), raw)
    return FoundPost(where, raw, fields, tuple(map(link, pictures)))


def _values(entry: Entry) -> dict[str, Any]:
    link = entry.get("link") or ""
    number = entry.get("id") or link
    if not number:
        raise PostRejected("the entry has neither a guid or id nor a link")
    return {
        "id": as_key(number),
        "url": link if 0 < len(link) <= MAX_URL else None,
        "author": (entry.get("author") or "")[:MAX_URL] or None,
        "posted_at": _moment(entry.get("published_parsed") or entry.get("updated_parsed")),
        # Many entries are `updated` from the start; that is no edit until what they say differs.
        "edited_at": _moment(dict.get(entry, "updated_parsed")),
    }


def _content(entry: Entry) -> str:
    """Return the whole content where the entry has it, else its summary."""
    contents = entry.get("content") or [entry.get("summary_detail")]
    return next(filter(None, map(_words, contents)), "")


def _words(detail: Entry) -> str:
    """Return a text construct in words; feedparser says whether it is HTML."""
    if not detail:
        return ""
    value = detail.get("value") or ""
    return value.strip() if detail.get("type") == "text/plain" else to_text(value)


def _moment(parsed: Any) -> str | None:  # noqa: ANN401 - a struct_time in UTC, or None
    try:
        return iso(datetime(*parsed[:6]))  # noqa: DTZ001 - iso takes it for UTC, as it is
    except (TypeError, ValueError, OverflowError):
        return None


def _pictures(entry: Entry) -> Iterator[str]:
    """Yield the addresses of pictures among what the entry encloses."""
    for one in [*entry.get("media_content", ()), *entry.get("enclosures", ())]:
        url = one.get("url") or one.get("href") or ""
        if 0 < len(url) <= MAX_URL and _is_picture(url, one):
            yield url


def _is_picture(url: str, one: Entry) -> bool:
    if one.get("medium") == "image" or (one.get("type") or "").lower().startswith("image/"):
        return True
    path = re.split("[?#]", url, maxsplit=1)[0]
    return PurePosixPath(path).suffix.lower() in PICTURES
