"""Timelines of a Mastodon server: all public posts, or those with a hashtag. See docs/sources/mastodon.md."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from ingest.adapter import Adapter, Checkpoint, FoundPost, Page, Rejected
from ingest.adapters.api import Api
from ingest.adapters.items import passed_over
from ingest.adapters.mastodon_status import Status, Statuses
from ingest.http.fetcher import Fetcher, shared
from ingest.secret import SecretPlace
from triage.contracts import Contract
from triage.errors import FetchFailed

PAGE_STATUSES = 40
"""Most that a server gives at once."""
NOT_FOUND = 404
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
    token: SecretPlace | None = None
    """Where the token of an app lies that may read statuses, where the server wants one."""

    @property
    def base(self) -> str:
        """Where the server is."""
        return self.host if "://" in self.host else f"https://{self.host}"

    @property
    def bearer(self) -> str | None:
        """The token itself.

        Raises:
            ValueError: it is not where it should lie.
        """
        return self.token.text() if self.token else None

    @property
    def path(self) -> str:
        """Where the timeline is."""
        return f"/api/v1/timelines/{f'tag/{self.hashtag}' if self.hashtag else 'public'}"

    @property
    def scopes(self) -> tuple[str, ...]:
        """Whose posts are asked for, as servers call them."""
        return ("local",) if self.local else ("local", "remote")


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
        self._api = Api(options.base, fetcher, options.bearer)
        self._statuses = Statuses(
            source, self._api.base, fetcher, own_ids=options.stream, pictures_only=options.pictures_only
        )
        self._asked: dict[str, str | int] = {"limit": min(PAGE_STATUSES, page_posts)}
        self._asked |= {"local": "true"} if options.local else {}
        self._asked |= {"only_media": "true"} if options.pictures_only else {}
        self._began = False

    def fetch(self, checkpoint: Checkpoint) -> Page:
        """See `ingest.adapter.Adapter`. The checkpoint is the id to read on from.

        Raises:
            FetchError: the server refuses, wants to be left alone, or is away.
        """
        after = checkpoint.get("min_id", self._options.begin)
        found = self._api.ask(self._options.path, self._asked | ({"min_id": after} if after else {}))
        statuses = self._listed(found.json(), found.name)
        # A token may see what is switched off, and be told of no news: once something came, nobody can tell.
        if not (statuses or self._began or (self._options.token and "min_id" in checkpoint)):
            self._require_open()
        self._began = True
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

    def _require_open(self) -> None:
        """Return if the timeline may be read: one that is switched off is empty, as one without news is.

        Raises:
            FetchFailed: it may not.
        """
        chosen = self._options
        closed = ("disabled",) if chosen.token else ("disabled", "authenticated")
        said = about(self._api, "timelines_access", "hashtag_feeds" if chosen.hashtag else "live_feeds")
        levels = [said.get(one) for one in chosen.scopes] if isinstance(said, dict) else [None]
        if all(level in closed for level in levels):
            raise FetchFailed(
                f"{self._api.base}: its timeline is switched off; give the source the token of an "
                "account that may see it, or choose another server"
            )

    def _listed(self, answer: Any, name: str) -> list[Status]:  # noqa: ANN401 - whatever the JSON held
        if not isinstance(answer, list):
            raise FetchFailed(f"{name}: the answer is no list of statuses; check the source's host")
        return [status if isinstance(status, dict) else {} for status in answer]


def about(api: Api, *names: str) -> Any:  # noqa: ANN401 - whatever the JSON held
    """Return what a server says of itself at a place of its configuration; None where it says nothing.

    Raises:
        FetchError: it cannot be asked.
    """
    try:
        said = api.ask("/api/v2/instance", {}).json()
    except FetchFailed as error:
        if error.status != NOT_FOUND:
            raise
        return None  # a server from before 2022
    for name in ("configuration", *names):
        said = said.get(name) if isinstance(said, dict) else None
    return said


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
