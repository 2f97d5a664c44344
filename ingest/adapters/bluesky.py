"""Posts of Bluesky as they happen, told by Jetstream, checked at the source. See docs/sources/bluesky.md."""

from collections.abc import Mapping
from time import time
from typing import Annotated, Any

from pydantic import Field

from ingest.adapter import PAGE_POSTS, Checkpoint, FoundAccountGone, FoundPost, Page, Rejected
from ingest.adapters.atproto import Repos
from ingest.adapters.bluesky_check import Checker, Claim, gone
from ingest.adapters.bluesky_post import place, speaks, wanted
from ingest.adapters.jetstream import PROTOCOL, TOO_OLD, Happened, Version, address, understand
from ingest.adapters.stream import PassedOver, Tap, Trail
from ingest.http import websocket
from ingest.http.channel import Told
from ingest.http.fetcher import Fetcher, shared
from triage.contracts import Contract
from triage.errors import FetchFailed, PostRejected

OVERLAP_SECONDS = 5.0
"""A new connection goes back so far before the newest event: where replay ends, servers drop and mix some."""
QUIET_SECONDS = 5.0
"""Where nothing came for so long, there is nothing left from before the connection."""
SILENCE_SECONDS = 60.0
MAX_LATER = 200
"""Most posts that wait for a server that is away; they are kept in the checkpoint."""
LOST = ("deleted", "takendown")
Did = Annotated[str, Field(pattern=r"^did:(plc:[a-z2-7]{24}|web:[a-z0-9.-]+)$")]


class Options(Contract):
    """What a source of this kind may say."""

    host: Annotated[str, Field(min_length=1)] = "jetstream2.us-east.bsky.network"
    version: Version = 1
    images_only: bool = False
    languages: tuple[str, ...] = ()
    """Such as `en`; posts that name no language are read in any case."""
    dids: Annotated[tuple[Did, ...], Field(max_length=80)] = ()
    """Only these accounts' posts."""
    begin: int | None = None
    """Cursor to begin with, at first; by default with what happens now."""
    directory: Annotated[str, Field(pattern="^https?://")] = "https://plc.directory"
    """Where accounts are looked up."""

    @property
    def base(self) -> str:
        """Where the server is."""
        return self.host if "://" in self.host else f"https://{self.host}"


class BlueskyStream:
    """See `ingest.adapter.Stream`. Its checkpoint: host, version, cursor, posts left to check."""

    def __init__(
        self,
        source: str,
        options: Options,
        fetcher: Fetcher | None = None,
        page_posts: int = PAGE_POSTS,
        silence: float = SILENCE_SECONDS,
    ) -> None:
        """Read what `options` choose; a page holds `page_posts` items at most.

        Args:
            source: whose posts they become.
            options: of the source.
            fetcher: opens the connections.
            page_posts: most items on a page.
            silence: seconds without an event (of chosen accounts: without a byte) that are borne.
        """
        self._source, self._options = source, options
        self._fetcher = fetcher or shared()
        self._page_posts, self._silence = page_posts, silence
        self._repos = Repos(self._fetcher, options.directory)
        self._checker = Checker(source, self._repos)
        self._tap: Tap | None = None
        self._trail = Trail(OVERLAP_SECONDS)
        self._opened_at = 0.0
        self._caught_up = False
        self._notices: list[str] = []
        self._passed_over = PassedOver()
        self._gone: list[FoundAccountGone] = []

    def fetch(self, checkpoint: Checkpoint) -> Page:
        """See `ingest.adapter.Adapter`.

        Raises:
            FetchError: the server refuses, ends the stream, falls silent, or is away.
        """
        later = [Claim(**kept) for kept in checkpoint.get("later", ())]
        try:
            self._tap = self._tap or self._connected(checkpoint)
            return self._page(self._tap, later)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """See `ingest.adapter.Stream`."""
        if self._tap:
            self._tap.close()
        self._tap = None

    def _connected(self, checkpoint: Checkpoint) -> Tap:
        self._notices, self._gone, self._opened_at, self._caught_up = [], [], time(), False
        cursor = self._cursor(checkpoint)
        try:
            tap = self._listen(cursor)
        except FetchFailed as error:
            if cursor is None or TOO_OLD not in str(error):
                raise
            self._notices.append(
                "The server does not go back as far as reading was left: what was since is lost."
            )
            cursor = None
            tap = self._listen(cursor)
        self._trail = Trail(OVERLAP_SECONDS, cursor)
        return tap

    def _cursor(self, checkpoint: Checkpoint) -> int | None:
        """Return where to go on. Cursors mean something to the server and version that they are of only."""
        mine = (self._options.host, self._options.version)
        if (checkpoint.get("host"), checkpoint.get("version")) == mine:
            cursor = checkpoint.get("cursor")
        else:
            cursor = self._options.begin
            if "host" in checkpoint:
                before = f"{checkpoint['host']} (version {checkpoint.get('version')})"
                self._notices.append(f"Reading was left at {before}, another server: what was since is lost.")
                cursor = None
        if cursor is None and self._options.version == 1:
            # There a moment is a place. A reader that ends before the first event would else go on blind.
            return int((self._opened_at - SILENCE_SECONDS) * 1e6)
        return cursor

    def _listen(self, cursor: int | None) -> Tap:
        chosen = self._options
        url = chosen.base + address(chosen.version, chosen.dids, cursor)
        telling = websocket.listen(self._fetcher, url, subprotocol=PROTOCOL[chosen.version])
        return Tap(telling, self._silence, only_events=not chosen.dids)

    def _page(self, tap: Tap, later: list[Claim]) -> Page:
        now, claims = time(), dict[str, Claim]()
        due = [one for one in later if one.due <= now][: self._page_posts // 2]
        rest, items = [one for one in later if one not in due], list[FoundPost | Rejected]()
        claims.update({one.event.uri: one for one in due})
        for told in tap.page(self._page_posts - len(due)):
            try:
                self._hear(self._understood(told), claims, items)
            except PostRejected as error:
                items.append(Rejected(tap.place(told), str(error), told.data))
        for found in self._checker.check(list(claims.values()), now):
            if not isinstance(found, Claim):
                items.append(found)
            elif len(rest) < MAX_LATER:
                rest.append(found)
            else:
                why = "its server is away, and too many posts wait already"
                items.append(Rejected(place(found.event, self._source), why))
        self._caught_up = self._caught_up or tap.quiet_for > QUIET_SECONDS
        return self._made(items, rest)

    def _made(self, items: list[FoundPost | Rejected], later: list[Claim]) -> Page:
        checkpoint: dict[str, Any] = {"host": self._options.host, "version": self._options.version}
        checkpoint |= {} if self._trail.behind is None else {"cursor": self._trail.behind}
        checkpoint |= {"later": [one.kept() for one in later]} if later else {}
        gone, self._gone = tuple(self._gone), []
        notices, self._notices = (*self._notices, *self._passed_over.notices()), []
        return Page(
            tuple(one for one in items if isinstance(one, FoundPost)),
            tuple(one for one in items if isinstance(one, Rejected)),
            checkpoint,
            done=self._caught_up,
            notices=notices,
            live=True,
            gone=gone,
        )

    def _understood(self, told: Told) -> Happened:
        if not told.whole:
            raise PostRejected(f"it is larger than {len(told.data):,} bytes")
        return understand(told.data, self._options.version)

    def _hear(self, event: Happened, claims: dict[str, Claim], items: list[FoundPost | Rejected]) -> None:
        if event.place is not None:
            self._trail.add(event.place, event.at)
            self._caught_up = self._caught_up or event.at >= self._opened_at
        if event.kind in ("create", "update"):
            chosen = self._options
            if not wanted(event.record, images_only=chosen.images_only, languages=chosen.languages):
                return
            if speaks(event.record):
                claims[event.uri] = Claim(event.did, event.rkey, event.cid, event.kind, event.at)
            else:
                self._passed_over.add()
        elif event.kind == "delete":
            claims.pop(event.uri, None)
            items.append(gone(place(event, self._source), self._source))
        elif event.kind == "account" and event.said in LOST:
            self._note_lost(event)
        elif event.kind == "info":
            self._notices.append(f"The server says: {event.said}")

    def _note_lost(self, event: Happened) -> None:
        """Hand on that an account is gone, and say so where it matters: there are thousands a day."""
        if event.said == "deleted":
            self._gone.append(FoundAccountGone(self._source, event.did))
        elif event.did in self._options.dids or self._repos.known(event.did):
            self._notices.append(
                f"The account {event.did} was taken down; its posts stay until their time is over."
            )


def from_options(source: str, options: Mapping[str, Any]) -> BlueskyStream:
    """Return the adapter of a configured source.

    Raises:
        ValueError: an option cannot be used.
    """
    return BlueskyStream(source, Options.model_validate(options))
