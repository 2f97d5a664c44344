"""Recent posts of X that a query finds. Closed unless X agreed in writing: see docs/sources/gated.md."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from ingest.adapter import FoundMedia
from ingest.adapters.api import Api
from ingest.adapters.gated import GatedOptions, require_agreement
from ingest.adapters.newest_first import Entry, Listing, NewestFirst, dicts, part, text
from ingest.http.fetcher import Fetcher, shared
from ingest.secret import SecretPlace
from triage.errors import FetchFailed

BASE = "https://api.x.com"
PAGE = 100
"""Most posts that X gives at once."""
WHY = (
    "X forbids inferring the alleged or actual commission of a crime about a user, unless an agreement "
    "says otherwise. Have your legal office agree on this use with X in writing."
)
ASKED = {
    "expansions": "attachments.media_keys",
    "tweet.fields": "attachments,author_id,created_at,lang,note_tweet",
    "media.fields": "alt_text,media_key,type,url",
}


class Options(GatedOptions):
    """What a source of this kind may say."""

    query: Annotated[str, Field(min_length=1, max_length=1024)]
    token: SecretPlace
    """The app's bearer token."""


class XSearch(NewestFirst):
    """Reads what a query finds among the posts of the last seven days."""

    def __init__(
        self,
        source: str,
        options: Options,
        fetcher: Fetcher | None = None,
        page_posts: int = PAGE,
        base: str = BASE,
    ) -> None:
        """Read a query; a page holds `page_posts` posts at most, and 100 whatever is said."""
        super().__init__(source, options.most, fetcher or shared())
        self._api = Api(base, self._fetcher, options.token.text())
        self._asked: dict[str, str | int] = {
            **ASKED,
            "query": options.query,
            "max_results": min(PAGE, page_posts),
        }

    def _listing(self, token: str | None, known: list[str]) -> Listing:
        numbers = [int(one) for one in known if one.isdigit()]
        since = {"since_id": str(max(numbers))} if numbers else {}  # each post that is sent costs money
        further = {"next_token": token} if token else {}
        found = self._api.ask("/2/tweets/search/recent", {**self._asked, **since, **further})
        answer = found.json()
        if not isinstance(answer, dict) or not isinstance(answer.get("meta"), dict):
            raise FetchFailed(f"{found.name}: the answer is no list of posts; check the source's query")
        media = {text(one.get("media_key")): one for one in dicts(part(answer, "includes").get("media"))}
        entries = tuple({**one, "media": _attached(one, media)} for one in dicts(answer.get("data")))
        return Listing(entries, text(part(answer, "meta").get("next_token")) or None)

    def _key(self, entry: Entry) -> str:
        return text(entry.get("id"))

    def _where(self, entry: Entry) -> str:
        return f"{self._api.base}/2/tweets/{self._key(entry) or '?'}"

    def _values(self, entry: Entry) -> dict[str, Any]:
        number = self._key(entry)
        return {
            "id": number or None,
            "text": text(part(entry, "note_tweet").get("text")) or text(entry.get("text")),
            "posted_at": entry.get("created_at"),
            "author": text(entry.get("author_id")) or None,
            "url": f"https://x.com/i/status/{number}",
            "lang": entry.get("lang"),
        }

    def _media(self, entry: Entry) -> list[FoundMedia]:
        return [self._picture(one) for one in entry["media"] if one.get("type", "photo") == "photo"]

    def _picture(self, one: Entry) -> FoundMedia:
        url, alt = text(one.get("url")), text(one.get("alt_text")) or None
        if not url:
            return FoundMedia(
                text(one.get("media_key")) or "picture", alt=alt, problem="X did not send its address"
            )
        return self._remote(url, alt)


def from_options(source: str, options: Mapping[str, Any]) -> XSearch:
    """Return the adapter of a configured source.

    Raises:
        ConfigurationError: no agreement is named.
        ValueError: an option cannot be used.
    """
    require_agreement(source, options, WHY)
    return XSearch(source, Options.model_validate(options))


def _attached(entry: Entry, media: Mapping[str, Entry]) -> list[Entry]:
    """Return what a post's keys stand for, in its order; what was not sent along keeps its key."""
    keys = part(entry, "attachments").get("media_keys")
    return [media.get(text(key), {"media_key": key}) for key in keys] if isinstance(keys, list) else []
