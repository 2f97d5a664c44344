"""A Mastodon server's statuses, as posts. See docs/sources/mastodon.md."""

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, TypeAlias

from ingest.adapter import FoundMedia, FoundPost, Rejected
from ingest.fields import MAX_MEDIA, check
from ingest.html import to_text
from ingest.http.addresses import shown
from ingest.http.fetcher import Fetcher
from ingest.remote import RemoteFile
from triage.errors import PostRejected
from triage.pseudonyms import masked

OPEN = ("public", "unlisted")
"""Who may see a status that is read. Others can come with a token that may read more than it should."""
Status: TypeAlias = Mapping[str, Any]


class Statuses:
    """Reads the statuses of one server."""

    def __init__(
        self, source: str, base: str, fetcher: Fetcher, *, own_ids: bool, pictures_only: bool
    ) -> None:
        """Read for a source.

        Args:
            source: whose posts they become.
            base: the server, such as `https://mastodon.example`.
            fetcher: what fetches their pictures.
            own_ids: posts are known by the server's own ids, which its deletions name, not by their URIs.
            pictures_only: pass over those without media.
        """
        self._source, self._base, self._fetcher = source, base, fetcher
        self._own_ids, self._pictures_only = own_ids, pictures_only

    def items(self, outer: Status) -> Iterator[FoundPost | Rejected | None]:
        """Yield a status as a post; a boost is the post that it boosts, once, however often it is shared.

        None stands for one that holds nothing to score, such as only a film or a poll.
        """
        boosted = outer.get("reblog")
        status = boosted if isinstance(boosted, dict) else outer
        if status.get("visibility", OPEN[0]) not in OPEN:
            return  # dropped unread
        if self._pictures_only and not status.get("media_attachments"):
            return  # the server leaves them out itself, but not everywhere
        where = self.place(outer.get("id", "?"))
        raw = json.dumps(status, ensure_ascii=False).encode("utf-8", "replace")
        media = list(islice(_pictures(status), MAX_MEDIA))
        values = self._values(status, media)
        if values["id"] and not values["text"].strip() and not media:
            yield None
            return
        try:
            fields = check(values, self._source)
        except PostRejected as error:
            yield Rejected(where, str(error), raw)
        else:
            yield FoundPost(where, raw, fields, tuple(self._found(one) for one in media))

    def gone(self, number: str) -> FoundPost:
        """Return that the status of an id was deleted. Only meaningful with the server's own ids.

        Raises:
            PostRejected: it is no id.
        """
        fields = check({"id": self.place(number), "deleted": True}, self._source)
        return FoundPost(self.place(number), number.encode(), fields)

    def place(self, number: object) -> str:
        """Return where a status is found again by the server's own id of it."""
        return f"{self._base}/statuses/{number}"

    def _values(self, status: Status, media: list[Status]) -> dict[str, Any]:
        account, number = status.get("account"), status.get("id")
        author = account.get("acct") if isinstance(account, dict) else None
        words = (status.get("spoiler_text"), status.get("content"))
        own = self.place(number) if number else None
        author = _whole(author, self._base) if isinstance(author, str) and author else None
        return {
            "id": own if self._own_ids else self._uri(status, author) or number,
            "text": "\n\n".join(filter(None, (to_text(part) for part in words if isinstance(part, str)))),
            "posted_at": status.get("created_at"),
            "edited_at": status.get("edited_at"),
            "author": author,
            "url": status.get("url"),
            "lang": status.get("language"),
            "media": [{"path": str(one.get("id") or "picture")} for one in media],
        }

    def _uri(self, status: Status, author: str | None) -> object:
        """Return what names a status everywhere, but not its author."""
        uri = status.get("uri")
        return masked(uri, self._source, author) if isinstance(uri, str) and author else uri

    def _found(self, one: Status) -> FoundMedia:
        url, alt = one.get("url") or one.get("remote_url"), one.get("description")
        alt = alt if isinstance(alt, str) else None
        if not isinstance(url, str):
            return FoundMedia("picture", alt=alt, problem="the server was still working on it")
        return FoundMedia(shown(url), RemoteFile(url, self._fetcher), alt)


def _whole(account: str, base: str) -> str:
    """Return an account with its server, which a server leaves out of its own."""
    return account if "@" in account else f"{account}@{base.partition('://')[2]}"


def _pictures(status: Status) -> Iterator[Status]:
    """Yield the attachments that are pictures; `unknown` is a picture that the server did not copy."""
    attached = status.get("media_attachments")
    for one in attached if isinstance(attached, list) else ():
        if isinstance(one, dict) and one.get("type") in ("image", "unknown"):
            yield one
