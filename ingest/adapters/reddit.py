"""New posts of a subreddit. Closed unless Reddit approved it: see docs/sources/gated.md."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field

from ingest.adapter import FoundMedia
from ingest.adapters.api import Api
from ingest.adapters.gated import GatedOptions, require_agreement
from ingest.adapters.newest_first import Entry, Listing, NewestFirst, dicts, part, text
from ingest.http.fetcher import OK, Fetcher, shared
from ingest.secret import SecretPlace
from triage.errors import FetchFailed

BASE, LOGIN = "https://oauth.reddit.com", "https://www.reddit.com"
PAGE = 100
"""Most posts that Reddit gives at once; a listing goes about a thousand deep."""
WHY = (
    "since November 2025 Reddit opens its API only to uses that it approved. Ask for approval of this use in "
    "writing, and say who uses it."
)
ORIGINALS, PREVIEWS = "https://i.redd.it/", "https://preview.redd.it/"
REMOVED = ("[deleted]", "[removed]")
"""What stands in place of words and authors that are gone."""


class Options(GatedOptions):
    """What a source of this kind may say."""

    subreddit: Annotated[str, Field(pattern=r"^\w{2,50}$")]
    """Without r/."""
    client_id: Annotated[str, Field(min_length=1, pattern=r"^[\w-]+$")]
    secret: SecretPlace
    """The approved app's."""


class Subreddit(NewestFirst):
    """Reads the new posts of one subreddit; comments are not read."""

    def __init__(
        self,
        source: str,
        options: Options,
        fetcher: Fetcher | None = None,
        page_posts: int = PAGE,
        places: tuple[str, str] = (BASE, LOGIN),
    ) -> None:
        """Read a subreddit; a page holds `page_posts` posts at most, and 100 whatever is said."""
        super().__init__(source, options.most, fetcher or shared())
        self._base, self._login = places
        self._basic = b64encode(f"{options.client_id}:{options.secret.text()}".encode()).decode()
        self._path = f"/r/{options.subreddit}/new"
        self._asked = {"limit": min(PAGE, page_posts), "raw_json": 1}
        self._api: Api | None = None

    def _listing(self, token: str | None, _known: list[str]) -> Listing:
        self._api = self._api or Api(self._base, self._fetcher, self._token())
        found = self._api.ask(self._path, {**self._asked, **({"after": token} if token else {})})
        answer = found.json()
        data = part(answer, "data") if isinstance(answer, dict) else {}
        if not isinstance(data.get("children"), list):
            raise FetchFailed(f"{found.name}: the answer is no list of posts; check the source's subreddit")
        return Listing(
            tuple(part(one, "data") for one in dicts(data["children"])), text(data.get("after")) or None
        )

    def _token(self) -> str:
        """Return a token for an hour; a reading takes minutes.

        Raises:
            FetchFailed: Reddit gives none.
        """
        found = self._fetcher.call(
            "POST",
            f"{self._login}/api/v1/access_token",
            headers={"Authorization": f"Basic {self._basic}"},
            data={"grant_type": "client_credentials"},
        )
        if found.status in FetchFailed.WORTH_ANOTHER_TRY:
            raise found.refused(" instead of a token")
        answer = found.json() if found.status == OK else {}
        if token := text(answer.get("access_token")) if isinstance(answer, dict) else "":
            return token
        why = (
            f"Reddit gives no token ({found.status}); check `client_id` and `secret`, and the app's approval"
        )
        raise FetchFailed(f"{found.name}: {why}", found.status, found.retry_after)

    def _key(self, entry: Entry) -> str:
        return text(entry.get("name")) or (f"t3_{number}" if (number := text(entry.get("id"))) else "")

    def _where(self, entry: Entry) -> str:
        return f"{self._base}{self._path}/{self._key(entry) or '?'}"

    def _values(self, entry: Entry) -> dict[str, Any]:
        shared_post = _shared(entry)
        titles = dict.fromkeys((text(entry.get("title")), text(shared_post.get("title"))))
        bodies = dict.fromkeys((text(entry.get("selftext")), text(shared_post.get("selftext"))))
        author, link = text(entry.get("author")), text(entry.get("permalink"))
        return {
            "id": self._key(entry) or None,
            "text": "\n\n".join(one for one in (*titles, *bodies) if one and one not in REMOVED),
            "posted_at": _moment(entry.get("created_utc")),
            "author": author if author not in REMOVED and author else None,
            "url": f"https://www.reddit.com{link}" if link.startswith("/") else None,
        }

    def _media(self, entry: Entry) -> list[FoundMedia]:
        """A crosspost holds no pictures of its own, but the post that it shares."""
        return list(self._pictures(_shared(entry) or entry))

    def _pictures(self, entry: Entry) -> Iterator[FoundMedia]:
        if entry.get("is_gallery") or entry.get("gallery_data"):
            for one in dicts(part(entry, "gallery_data").get("items")):
                yield self._of_gallery(one, part(entry, "media_metadata", text(one.get("media_id"))))
            return
        linked = _plain(text(entry.get("url_overridden_by_dest")) or text(entry.get("url")))
        if linked.startswith(ORIGINALS):
            yield self._remote(linked)
        elif entry.get("post_hint") == "image":
            first = next(iter(dicts(part(entry, "preview").get("images"))), {})
            if url := _original(text(part(first, "source").get("url"))) or linked:
                yield self._remote(url)

    def _of_gallery(self, one: Entry, told: Entry) -> FoundMedia:
        alt = text(one.get("caption")) or None
        url = _original(text(part(told, "s").get("u")) or text(part(told, "s").get("gif")))
        if told.get("status") == "valid" and url:
            return self._remote(url, alt)
        name = text(one.get("media_id")) or "picture"
        return FoundMedia(name, alt=alt, problem="Reddit was still working on it, or removed it")


def from_options(source: str, options: Mapping[str, Any]) -> Subreddit:
    """Return the adapter of a configured source.

    Raises:
        ConfigurationError: no agreement is named.
        ValueError: an option cannot be used.
    """
    require_agreement(source, options, WHY)
    return Subreddit(source, Options.model_validate(options))


def _shared(entry: Entry) -> Entry:
    """Return the post that a crosspost shares, empty where it is none."""
    return next(iter(dicts(entry.get("crosspost_parent_list"))), {})


def _plain(url: str) -> str:
    """Undo what Reddit does to addresses where `raw_json` is not heeded."""
    return url.replace("&amp;", "&")


def _original(url: str) -> str:
    """Return the address of a picture itself; previews of it are signed and shrunk."""
    url = _plain(url)
    if url.startswith(PREVIEWS):
        return ORIGINALS + url.removeprefix(PREVIEWS).partition("?")[0]
    return url


def _moment(seconds: Any) -> str | None:  # noqa: ANN401 - whatever the JSON held
    try:
        return datetime.fromtimestamp(float(seconds), UTC).isoformat()
    except (TypeError, ValueError, OverflowError, OSError):
        return None
