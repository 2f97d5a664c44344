"""A feed at its address: RSS or Atom, asked for again only where it may have changed."""

import hashlib
from collections.abc import Mapping
from itertools import islice
from typing import Annotated, Any

from pydantic import Field

from ingest.adapter import PAGE_POSTS, Checkpoint, FoundMedia, Page
from ingest.adapters.items import Items
from ingest.feed import MAX_FEED_BYTES, read_feed
from ingest.http.addresses import shown
from ingest.http.fetched import Fetched
from ingest.http.fetcher import OK, Fetcher, shared
from ingest.remote import RemoteFile
from triage.contracts import Contract

NOT_MODIFIED = 304


class Options(Contract):
    """What a source of this kind may say."""

    url: Annotated[str, Field(min_length=1)]


class LiveFeed:
    """Reads the entries that a feed holds now; those it held before are known posts by their ids."""

    def __init__(
        self, source: str, url: str, fetcher: Fetcher | None = None, page_posts: int = PAGE_POSTS
    ) -> None:
        """Read the feed at `url`; its posts are of `source`; a page holds `page_posts` items at most."""
        self.source, self.url, self.page_posts = source, url, page_posts
        self._fetcher = fetcher or shared()

    def fetch(self, checkpoint: Checkpoint) -> Page:
        """See `ingest.adapter.Adapter`. The checkpoint: the feed's digest, how much of it was read, its ETag.

        Raises:
            FetchError: the feed cannot be had, or not now.
        """
        found = self._fetcher.call("GET", self.url, headers=_if_changed(checkpoint), limit=MAX_FEED_BYTES)
        if found.status == NOT_MODIFIED:
            return Page((), (), checkpoint, done=True, live=True)
        if found.status != OK:
            raise found.refused(" instead of a feed")
        return self._page(found, checkpoint)

    def _page(self, found: Fetched, checkpoint: Checkpoint) -> Page:
        digest = hashlib.sha256(found.body).hexdigest()[:32]
        begin = checkpoint.get("next", 0) if checkpoint.get("feed") == digest else 0
        read = list(read_feed(found.body, self.source, found.name, self._link))
        entries = [one for one in read if not isinstance(one, str)]
        items = Items(self.page_posts)
        for one in islice(entries, begin, None):
            items.add(one)
            if items.full:
                break
        end = begin + items.count
        done = end == len(entries)
        notices = () if begin else tuple(one for one in read if isinstance(one, str))
        reached = {"feed": digest, "next": end} | (_validators(found) if done else {})
        fraction = end / max(1, len(entries))
        return Page(tuple(items.posts), tuple(items.rejected), reached, done, fraction, notices, live=True)

    def _link(self, url: str) -> FoundMedia:
        """Pictures of a source that is followed are fetched; messages name them without their tokens."""
        return FoundMedia(shown(url), RemoteFile(url, self._fetcher))


def from_options(source: str, options: Mapping[str, Any]) -> LiveFeed:
    """Return the adapter of a configured source: its one option is the `url`.

    Raises:
        ValueError: an option cannot be used.
    """
    return LiveFeed(source, Options.model_validate(options).url)


def _if_changed(checkpoint: Checkpoint) -> dict[str, str]:
    """Return headers by which a server may answer that nothing is new, once a feed was read to its end."""
    names = {"etag": "If-None-Match", "modified": "If-Modified-Since"}
    return {header: checkpoint[name] for name, header in names.items() if name in checkpoint}


def _validators(found: Fetched) -> dict[str, str]:
    names = {"etag": "ETag", "modified": "Last-Modified"}
    return {name: value for name, header in names.items() if (value := found.headers.get(header))}
