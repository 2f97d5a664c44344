"""What listings have in common that give the newest first: read down to what was read before."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ingest.adapter import Checkpoint, FoundMedia, FoundPost, Page, Rejected
from ingest.adapters.items import Items
from ingest.fields import MAX_MEDIA, check
from ingest.http.addresses import shown
from ingest.http.fetcher import Fetcher
from ingest.remote import RemoteFile
from triage.errors import FetchFailed, PostRejected

KNOWN = 100
"""How many of the newest ids are remembered, so that one of them is met though others were deleted."""
GONE = 400
"""What servers answer to a place in a listing that they forgot."""
Entry: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """A part of a listing, and the token of the part after it, which is older."""

    entries: tuple[Entry, ...]
    next: str | None


class NewestFirst(ABC):
    """Reads a listing. Its checkpoint: the newest ids known; within a reading, how far it came, too."""

    def __init__(self, source: str, most: int, fetcher: Fetcher) -> None:
        """Read at most `most` entries at a time; posts are of `source`, pictures come through `fetcher`."""
        self.source, self._most, self._fetcher = source, most, fetcher

    def fetch(self, checkpoint: Checkpoint) -> Page:
        """See `ingest.adapter.Adapter`.

        Raises:
            FetchError: the server refuses, wants to be left alone, or is away.
        """
        known = list(checkpoint.get("known", ()))
        listing = self._part(checkpoint.get("next"), known)
        new = [entry for entry in listing.entries if self._key(entry) not in known]
        newest = checkpoint.get("newest") or [self._key(entry) for entry in listing.entries]
        count = checkpoint.get("count", 0) + max(1, len(new))  # empty parts come to an end, too
        met, full = len(new) < len(listing.entries), count >= self._most
        done = met or full or not listing.next
        reached = {"known": known, "newest": newest, "next": listing.next, "count": count}
        items = Items(len(new))
        for entry in new:
            if item := self._item(entry):
                items.add(item)
        return Page(
            tuple(items.posts),
            tuple(items.rejected),
            {"known": list(dict.fromkeys(newest + known))[:KNOWN]} if done else reached,
            done,
            fraction=1.0 if done else count / self._most,
            notices=self._notices(known) if full and listing.next and not met else (),
            live=True,
        )

    def _part(self, token: str | None, known: list[str]) -> Listing:
        try:
            return self._listing(token, known)
        except FetchFailed as error:
            if error.status != GONE or not (token or known):
                raise
            return self._listing(None, [])  # what is known stops it all the same

    def _item(self, entry: Entry) -> FoundPost | Rejected | None:
        where, raw = self._where(entry), json.dumps(entry, ensure_ascii=False).encode("utf-8", "replace")
        try:
            values = self._values(entry)
            if values is None:
                return None
            media = self._media(entry)[:MAX_MEDIA]
            named = {"media": [{"path": one.name} for one in media]}
            return FoundPost(where, raw, check({**values, **named}, self.source), tuple(media))
        except PostRejected as error:
            return Rejected(where, str(error), raw)

    def _remote(self, url: str, alt: str | None = None) -> FoundMedia:
        return FoundMedia(shown(url), RemoteFile(url, self._fetcher), alt)

    def _notices(self, known: list[str]) -> tuple[str, ...]:
        since = " since the last reading" if known else ""
        return (f"There are more than {self._most} posts{since}; older ones are not read (`most`).",)

    @abstractmethod
    def _listing(self, token: str | None, known: list[str]) -> Listing:
        """Ask for a part of the listing: the newest, or the one that a token stands for."""

    @abstractmethod
    def _key(self, entry: Entry) -> str:
        """Return an entry's id."""

    @abstractmethod
    def _where(self, entry: Entry) -> str:
        """Return where an entry is found again."""

    @abstractmethod
    def _values(self, entry: Entry) -> dict[str, Any] | None:
        """Return the fields of a post but its pictures; None for an entry that is no post any more."""

    @abstractmethod
    def _media(self, entry: Entry) -> list[FoundMedia]:
        """Return an entry's pictures."""


def dicts(value: Any) -> tuple[Entry, ...]:  # noqa: ANN401 - whatever the JSON held
    """Return the objects of a list, in whose place anything may stand."""
    return tuple(one if isinstance(one, dict) else {} for one in value) if isinstance(value, list) else ()


def text(value: Any) -> str:  # noqa: ANN401
    """Return a text, in whose place anything may stand."""
    return value if isinstance(value, str) else ""


def part(entry: Entry, *names: str) -> Entry:
    """Return an object within objects, empty where it is none."""
    for name in names:
        inner = entry.get(name)
        entry = inner if isinstance(inner, dict) else {}
    return entry
