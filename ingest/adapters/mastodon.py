"""Timelines of a Mastodon server: all public posts, or those with a hashtag. See docs/sources/mastodon.md."""

import os
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from ingest.adapter import Adapter, Checkpoint, FoundPost, Page, Rejected
from ingest.adapters.api import Api
from ingest.adapters.items import passed_over
from ingest.adapters.mastodon_status import Status, Statuses
from ingest.http.fetcher import Fetcher, shared
from triage.contracts import Contract
from triage.errors import FetchFailed

PAGE_STATUSES = 40
"""Most that a server gives at once."""
NEWER = re.compile(r"[?&]min_id=([^&>]+)[^>]*>;\s*rel=\"?prev\"?")


class Options(Contract):
    """What a source of this kind may say."""

    host: Annotated[str, Field(min_length=1)]
    """Such as `mastodon.example`."""
    hashtag: Annotated[str, Field(pattern=r"^\w+$")] | None = None
    """Without #; None for the public timeline."""
    local: bool = False
    """Only posts of the server's own accounts."""
    pictures_only: bool = False
    stream: bool = False
    """Hear of posts, edits and deletions as they happen."""
    begin: str | None = None
    """Id of the status to begin after, at first; `0` for the oldest."""
    token_variable: str | None = None
    """Environment variable with the token of an app that may read statuses, where the server wants one."""

    @property
    def base(self) -> str:
        """Where the server is."""
        return self.host if "://" in self.host else f"https://{self.host}"

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
        fetcher = fetcher or shared()
        self.source, self._options = source, options
        self._api = Api(options.base, fetcher, options.token)
        self._statuses = Statuses(
            source, self._api.base, fetcher, own_ids=options.stream, pictures_only=options.pictures_only
        )
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
        statuses = self._listed(found.json(), found.name)
        items = [item for status in reversed(statuses) for item in self._statuses.items(status)]
        newest = NEWER.search(found.headers.get("Link", ""))
        reached = newest[1] if newest else str(statuses[0].get("id")) if statuses else after
        return Page(
            tuple(one for one in items if isinstance(one, FoundPost)),
            tuple(one for one in items if isinstance(one, Rejected)),
            {"min_id": reached} if reached else {},
            # Without an id to begin after, servers give the newest page, and older ones are not asked for.
            done=not after or not statuses,
            notices=passed_over(items.count(None)),
            live=True,
        )

    def _listed(self, answer: Any, name: str) -> list[Status]:  # noqa: ANN401 - whatever the JSON held
        if not isinstance(answer, list):
            raise FetchFailed(f"{name}: the answer is no list of statuses; check the source's host")
        return [status if isinstance(status, dict) else {} for status in answer]


def from_options(source: str, options: Mapping[str, Any]) -> Adapter:
    """Return the adapter of a configured source.

    Raises:
        ValueError: an option cannot be used.
    """
    chosen = Options.model_validate(options)
    if chosen.stream:
        from ingest.adapters.mastodon_stream import MastodonStream  # it is built upon this module

        return MastodonStream(source, chosen)
    return MastodonTimeline(source, chosen)
