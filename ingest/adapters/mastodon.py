"""Timelines of a Mastodon server: all public posts, or those with a hashtag. See docs/sources/mastodon.md."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Annotated, Any, TypeAlias

from pydantic import Field

from ingest.adapter import Checkpoint, FoundMedia, FoundPost, Page, Rejected
from ingest.adapters.api import Api
from ingest.fields import MAX_MEDIA, check
from ingest.html import to_text
from ingest.http.addresses import shown
from ingest.http.fetcher import Fetcher, shared
from ingest.remote import RemoteFile
from triage.contracts import Contract
from triage.errors import FetchFailed, PostRejected

PAGE_STATUSES = 40
"""Most that a server gives at once."""
NEWER = re.compile(r"[?&]min_id=([^&>]+)[^>]*>;\s*rel=\"?prev\"?")
OPEN = ("public", "unlisted")
"""Who may see a status that is read. Others can come with a token that may read more than it should."""
Status: TypeAlias = Mapping[str, Any]


class Options(Contract):
    """What a source of this kind may say."""

    host: Annotated[str, Field(min_length=1)]
    """Such as `mastodon.example`."""
    hashtag: Annotated[str, Field(pattern=r"^\w+$")] | None = None
    """Without #; None for the public timeline."""
    local: bool = False
    """Only posts of the server's own accounts."""
    pictures_only: bool = False
    begin: str | None = None
    """Id of the status to begin after, at first; `0` for the oldest."""
    token_variable: str | None = None
    """Environment variable with the token of an app that may read statuses, where the server wants one."""

    @property
    def token(self) -> str | None:
        """The token itself, which does not belong into a file.

        Raises:
            ValueError: the variable is not set.
        """
        if self.token_variable and self.token_variable not in os.environ:
            raise ValueError(f"its token is missing: set {self.token_variable}")
        return os.environ[self.token_variable] if self.token_variable else None

    @property
    def path(self) -> str:
        """Where the timeline is."""
        return f"/api/v1/timelines/{f'tag/{self.hashtag}' if self.hashtag else 'public'}"


class MastodonTimeline:
    """Reads a timeline from an id on; where none was read before, it begins with the newest page."""

    def __init__(
        self,
        source: str,
        options: Options,
        fetcher: Fetcher | None = None,
        page_posts: int = PAGE_STATUSES,
    ) -> None:
        """Read a timeline; a page holds `page_posts` statuses at most, and 40 whatever is said."""
        self.source, self._options = source, options
        self._fetcher = fetcher or shared()
        host = options.host if "://" in options.host else f"https://{options.host}"
        self._api = Api(host, self._fetcher, options.token)
        self._asked: dict[str, str | int] = {"limit": min(PAGE_STATUSES, page_posts)}
        self._asked |= {"local": "true"} if options.local else {}
        self._asked |= {"only_media": "true"} if options.pictures_only else {}

    def fetch(self, checkpoint: Checkpoint) -> Page:
        """See `ingest.adapter.Adapter`. The checkpoint is the id to read on from.

        Raises:
            FetchError: the server refuses, wants to be left alone, or is away.
        """
        after = checkpoint.get("min_id", self._options.begin)
        found = self._api.ask(self._options.path, self._asked | ({"min_id": after} if after else {}))
        statuses = self._statuses(found.json(), found.name)
        items = [item for status in reversed(statuses) for item in self._items(status)]
        newest = NEWER.search(found.headers.get("Link", ""))
        reached = newest[1] if newest else str(statuses[0].get("id")) if statuses else after
        return Page(
            tuple(one for one in items if isinstance(one, FoundPost)),
            tuple(one for one in items if isinstance(one, Rejected)),
            {"min_id": reached} if reached else {},
            # Without an id to begin after, servers give the newest page, and older ones are not asked for.
            done=not after or not statuses,
            live=True,
        )

    def _statuses(self, answer: Any, name: str) -> list[Status]:  # noqa: ANN401 - whatever the JSON held
        if not isinstance(answer, list):
            raise FetchFailed(f"{name}: the answer is no list of statuses; check the source's host")
        return [status if isinstance(status, dict) else {} for status in answer]

    def _items(self, outer: Status) -> Iterator[FoundPost | Rejected]:
        """Yield a status as a post; a boost is the post that it boosts, once, however often it is shared."""
        boosted = outer.get("reblog")
        status = boosted if isinstance(boosted, dict) else outer
        if status.get("visibility", OPEN[0]) not in OPEN:
            return  # dropped unread
        where = f"{self._api.base}/statuses/{outer.get('id', '?')}"
        raw = json.dumps(status, ensure_ascii=False).encode("utf-8", "replace")
        media = list(islice(_pictures(status), MAX_MEDIA))
        try:
            fields = check(_values(status, media, self._api.base), self.source)
        except PostRejected as error:
            yield Rejected(where, str(error), raw)
        else:
            yield FoundPost(where, raw, fields, tuple(self._found(one) for one in media))

    def _found(self, one: Status) -> FoundMedia:
        url, alt = one.get("url") or one.get("remote_url"), one.get("description")
        alt = alt if isinstance(alt, str) else None
        if not isinstance(url, str):
            return FoundMedia("picture", alt=alt, problem="the server was still working on it")
        return FoundMedia(shown(url), RemoteFile(url, self._fetcher), alt)


def from_options(source: str, options: Mapping[str, Any]) -> MastodonTimeline:
    """Return the adapter of a configured source.

    Raises:
        ValueError: an option cannot be used.
    """
    return MastodonTimeline(source, Options.model_validate(options))


def _values(status: Status, media: list[Status], base: str) -> dict[str, Any]:
    account = status.get("account")
    author = account.get("acct") if isinstance(account, dict) else None
    words = (status.get("spoiler_text"), status.get("content"))
    return {
        "id": status.get("uri") or status.get("id"),
        "text": "\n\n".join(filter(None, (to_text(part) for part in words if isinstance(part, str)))),
        "posted_at": status.get("created_at"),
        "edited_at": status.get("edited_at"),
        "author": _whole(author, base) if isinstance(author, str) and author else None,
        "url": status.get("url"),
        "lang": status.get("language"),
        "media": [{"path": str(one.get("id") or "picture")} for one in media],
    }


def _whole(account: str, base: str) -> str:
    """Return an account with its server, which a server leaves out of its own."""
    return account if "@" in account else f"{account}@{base.partition('://')[2]}"


def _pictures(status: Status) -> Iterator[Status]:
    """Yield the attachments that are pictures; `unknown` is a picture that the server did not copy."""
    attached = status.get("media_attachments")
    for one in attached if isinstance(attached, list) else ():
        if isinstance(one, dict) and one.get("type") in ("image", "unknown"):
            yield one
