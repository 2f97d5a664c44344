"""The stream of a Mastodon server: posts, edits and deletions as they happen. See docs/sources/mastodon.md.

The stream is opened first; then the timeline is read from where reading was left, so that nothing is missed
between the two. What comes twice is stored once.
"""

import re
from collections.abc import Iterator
from time import monotonic

from ingest.adapter import PAGE_POSTS, Checkpoint, FoundPost, Page, Rejected
from ingest.adapters.api import Api
from ingest.adapters.mastodon import PAGE_STATUSES, MastodonTimeline, Options, about
from ingest.adapters.mastodon_status import Status, Statuses
from ingest.adapters.stream import SILENCE_SECONDS, PassedOver, Tap, Trail
from ingest.fields import decode, parse_json
from ingest.http import events
from ingest.http.channel import Told
from ingest.http.fetcher import Fetcher, shared
from triage.errors import FetchFailed, PostRejected

OVERLAP_SECONDS = 30.0
"""A new connection reads the timeline from so long before: posts of other servers arrive out of order."""
NUMBER = re.compile(r"[\w-]{1,100}")
"""What a server's own id of a status looks like."""


class MastodonStream:
    """See `ingest.adapter.Stream`. The checkpoint is the id to read the timeline on from."""

    def __init__(
        self,
        source: str,
        options: Options,
        fetcher: Fetcher | None = None,
        page_posts: int = PAGE_POSTS,
        silence: float = SILENCE_SECONDS,
    ) -> None:
        """Read what `options` choose; a page holds `page_posts` events at most.

        Args:
            source: whose posts they become.
            options: of the source; `stream` is taken for set.
            fetcher: opens the connections.
            page_posts: most events on a page.
            silence: seconds without a byte, heartbeats included, after which a connection is given up.
        """
        options = options.model_copy(update={"stream": True})
        self._options, self._fetcher = options, fetcher or shared()
        self._page_posts, self._silence = page_posts, silence
        self._api = Api(options.base, self._fetcher, options.bearer)
        self._timeline = MastodonTimeline(source, options, fetcher, min(PAGE_STATUSES, page_posts))
        self._statuses = Statuses(
            source, self._api.base, self._fetcher, own_ids=True, pictures_only=options.pictures_only
        )
        self._tap: Tap | None = None
        self._trail: Trail | None = None
        self._passed_over = PassedOver()

    def fetch(self, checkpoint: Checkpoint) -> Page:
        """See `ingest.adapter.Adapter`.

        Raises:
            FetchError: the server refuses, ends the stream, falls silent, or is away.
        """
        try:
            self._tap = self._tap or self._connected()
            return self._live(self._tap, self._trail) if self._trail else self._gap(checkpoint)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """See `ingest.adapter.Stream`."""
        if self._tap:
            self._tap.close()
        self._tap = self._trail = None

    def _connected(self) -> Tap:
        token = self._options.bearer
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = streaming(self._api) + path(self._options)
        return Tap(events.listen(self._fetcher, url, headers=headers), self._silence)

    def _gap(self, checkpoint: Checkpoint) -> Page:
        """Return a page of the timeline; what happens meanwhile waits in the stream."""
        page = self._timeline.fetch(checkpoint)
        if page.done:
            self._trail = Trail(OVERLAP_SECONDS, page.checkpoint.get("min_id"))
        return page

    def _live(self, tap: Tap, trail: Trail) -> Page:
        items = list[FoundPost | Rejected | None]()
        for told in tap.page(self._page_posts):
            try:
                items += self._items(told, trail)
            except PostRejected as error:
                items.append(Rejected(tap.place(told), str(error), told.data))
        self._passed_over.add(items.count(None))
        return Page(
            tuple(one for one in items if isinstance(one, FoundPost)),
            tuple(one for one in items if isinstance(one, Rejected)),
            {"min_id": trail.behind} if trail.behind else {},
            done=True,  # all from before the connection was handed over
            notices=self._passed_over.notices(),
            live=True,
        )

    def _items(self, told: Told, trail: Trail) -> Iterator[FoundPost | Rejected | None]:
        if told.kind not in ("update", "status.update", "delete"):
            return  # notices for people
        if not told.whole:
            raise PostRejected(f"it is larger than {len(told.data):,} bytes")
        if told.kind == "delete":
            if not NUMBER.fullmatch(number := decode(told.data).strip(' "')):
                raise PostRejected("the deletion names no id")
            yield self._statuses.gone(number)
            return
        status: Status = parse_json(told.data)
        if told.kind == "update" and isinstance(status.get("id"), str):
            trail.add(status["id"], monotonic())
        yield from self._statuses.items(status)


def path(options: Options) -> str:
    """Return where below a server's streams the chosen one is."""
    kind, local = "hashtag" if options.hashtag else "public", "/local" if options.local else ""
    # A hashtag's stream has no such choice: there posts without media are passed over here.
    media = "only_media=true" if options.pictures_only else ""
    query = f"tag={options.hashtag}" if options.hashtag else media
    return f"/api/v1/streaming/{kind}{local}" + (f"?{query}" if query else "")


def streaming(api: Api) -> str:
    """Return where a server's streams are: it says so itself; by default beside all else.

    Raises:
        FetchError: it cannot be asked, or its streams are not encrypted though it is.
    """
    said = about(api, "urls", "streaming")
    if not isinstance(said, str):
        return api.base
    base = re.sub(r"^ws(s?)://", r"http\1://", said).rstrip("/")
    if api.base.startswith("https:") and not base.startswith("https:"):
        raise FetchFailed(f"{api.base}: its streams are not encrypted; leave `stream` out")
    return base
