"""Titles and thumbnails of YouTube's films. Closed without a written agreement: see docs/sources/gated.md."""

from collections.abc import Mapping
from html import unescape
from typing import Annotated, Any

from pydantic import Field, model_validator

from ingest.adapter import FoundMedia
from ingest.adapters.api import Api
from ingest.adapters.gated import GatedOptions, require_agreement
from ingest.adapters.newest_first import Entry, Listing, NewestFirst, dicts, part, text
from ingest.http.fetcher import Fetcher, shared
from ingest.secret import SecretPlace
from triage.errors import FetchFailed

BASE = "https://www.googleapis.com/youtube/v3"
PAGE = 50
"""Most films that YouTube gives at once."""
WHY = (
    "YouTube's API gives titles and thumbnails but no films, so little is gained, and its terms say who may "
    "use them for what. Have this use approved by Google in writing."
)
SIZES = ("maxres", "standard", "high", "medium", "default")
"""Thumbnails, the largest first."""
GONE = ("Deleted video", "Private video")
"""Titles in place of those of films that a list still names."""


class Options(GatedOptions):
    """What a source of this kind may say: a playlist, or a query."""

    playlist: Annotated[str, Field(pattern=r"^[\w-]{2,64}$")] | None = None
    """A channel's uploads are the playlist whose id is the channel's with UU in place of UC."""
    query: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    """A hundred searches a day are free: choose `every` accordingly."""
    key: SecretPlace
    """The API key."""

    @model_validator(mode="after")
    def _one_of_them(self) -> "Options":
        if (self.playlist is None) == (self.query is None):
            raise ValueError("give either a playlist or a query")
        return self


class YouTubeList(NewestFirst):
    """Reads the films of a playlist, or those that a query finds."""

    def __init__(
        self,
        source: str,
        options: Options,
        fetcher: Fetcher | None = None,
        page_posts: int = PAGE,
        base: str = BASE,
    ) -> None:
        """Read a list; a page holds `page_posts` films at most, and 50 whatever is said."""
        super().__init__(source, options.most, fetcher or shared())
        self._api = Api(base, self._fetcher, headers={"X-Goog-Api-Key": options.key.text()})
        self._path, asked = (
            "/search",
            {"type": "video", "order": "date", "part": "snippet", "q": options.query},
        )
        if options.playlist:
            self._path, asked = (
                "/playlistItems",
                {"part": "snippet,contentDetails", "playlistId": options.playlist},
            )
        self._asked: dict[str, str | int] = {
            **{name: str(value) for name, value in asked.items()},
            "maxResults": min(PAGE, page_posts),
        }

    def _listing(self, token: str | None, _known: list[str]) -> Listing:
        found = self._api.ask(self._path, {**self._asked, **({"pageToken": token} if token else {})})
        answer = found.json()
        if not isinstance(answer, dict) or not isinstance(answer.get("items"), list):
            raise FetchFailed(f"{found.name}: the answer is no list of films; check the source's options")
        return Listing(dicts(answer["items"]), text(answer.get("nextPageToken")) or None)

    def _key(self, entry: Entry) -> str:
        """Return a film's id, which stands in one place in searches and in another in playlists."""
        places = (part(entry, "id"), part(entry, "contentDetails"), part(entry, "snippet", "resourceId"))
        return next(filter(None, (text(place.get("videoId")) for place in places)), "")

    def _where(self, entry: Entry) -> str:
        return f"{self._api.base}/videos/{self._key(entry) or '?'}"

    def _values(self, entry: Entry) -> dict[str, Any] | None:
        snippet, number = part(entry, "snippet"), self._key(entry)
        title, about = text(snippet.get("title")), text(snippet.get("description"))
        if title in GONE and not snippet.get("thumbnails"):
            return None
        words = "\n\n".join(filter(None, (title, about)))
        return {
            "id": number or None,
            "text": unescape(words) if self._path == "/search" else words,  # only searches write &#39;
            "posted_at": part(entry, "contentDetails").get("videoPublishedAt") or snippet.get("publishedAt"),
            "author": text(snippet.get("videoOwnerChannelId")) or text(snippet.get("channelId")) or None,
            "url": f"https://www.youtube.com/watch?v={number}",
        }

    def _media(self, entry: Entry) -> list[FoundMedia]:
        sizes = part(entry, "snippet", "thumbnails")
        urls = (text(part(sizes, size).get("url")) for size in SIZES)
        return [self._remote(url) for url in urls if url][:1]


def from_options(source: str, options: Mapping[str, Any]) -> YouTubeList:
    """Return the adapter of a configured source.

    Raises:
        ConfigurationError: no agreement is named.
        ValueError: an option cannot be used.
    """
    require_agreement(source, options, WHY)
    return YouTubeList(source, Options.model_validate(options))
