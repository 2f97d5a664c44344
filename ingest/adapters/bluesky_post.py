"""Records of Bluesky, as posts. See docs/sources/bluesky.md."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ingest.adapters.jetstream import Happened
from ingest.fields import YEARS
from triage.pseudonyms import masked

IMAGES = "app.bsky.embed.images"
WITH_MEDIA = "app.bsky.embed.recordWithMedia"


def wanted(record: Mapping[str, Any], *, images_only: bool, languages: tuple[str, ...]) -> bool:
    """Whether a record is chosen. One that names no language is: it may have been left out on purpose."""
    if images_only and not any(images(record)):
        return False
    named = [one.lower() for one in langs(record)]
    chosen = [one.lower() for one in languages]
    return not chosen or not named or any(one.split("-")[0] in chosen or one in chosen for one in named)


def speaks(record: Mapping[str, Any]) -> bool:
    """Whether a record holds anything to score; many are only a film."""
    text = record.get("text")
    return bool(isinstance(text, str) and text.strip()) or any(images(record))


def langs(record: Mapping[str, Any]) -> list[str]:
    """Return the languages that a record names."""
    named = record.get("langs")
    return [one for one in named if isinstance(one, str) and one] if isinstance(named, list) else []


def images(record: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Yield the CIDs of a record's pictures, empty where it names none, with their descriptions."""
    embed = record.get("embed")
    if isinstance(embed, dict) and embed.get("$type") == WITH_MEDIA:
        embed = embed.get("media")
    if not isinstance(embed, dict) or embed.get("$type") != IMAGES:
        return
    listed = embed.get("images")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict):
            alt = one.get("alt")
            yield _link(one.get("image")), alt if isinstance(alt, str) and alt else None


def place(event: Happened, source: str) -> str:
    """Return a post's URI, with the pseudonym of its author in place of the DID: what it is known by."""
    return masked(event.uri, source, event.did)


def values(event: Happened, record: Mapping[str, Any], pictures: int, source: str) -> dict[str, Any]:
    """Return the fields of a post: what its record says, and what the stream says of it."""
    text, named = record.get("text"), langs(record)
    seen = datetime.fromtimestamp(event.at, UTC).isoformat()
    return {
        "id": place(event, source),
        "text": text if isinstance(text, str) else "",
        "posted_at": _declared(record.get("createdAt")) or seen,
        "edited_at": seen if event.kind == "update" else None,
        "author": event.did,
        "url": f"https://bsky.app/profile/{event.did}/post/{event.rkey}",
        "lang": named[0][:40] if named else None,
        "media": [{"path": f"picture {number}"} for number in range(1, pictures + 1)],
    }


def _declared(created: object) -> str | None:
    """Return the time that an author declares, if it is one: an odd one is not to cost the post."""
    try:
        moment = datetime.fromisoformat(created) if isinstance(created, str) else None
        return (
            created if moment and isinstance(created, str) and moment.astimezone(UTC).year in YEARS else None
        )
    except (ValueError, OverflowError):
        return None


def _link(image: object) -> str:
    """Return a blob's CID; posts from before 2023 name it in another way."""
    if not isinstance(image, dict):
        return ""
    ref = image.get("ref")
    link = ref.get("$link") if isinstance(ref, dict) else image.get("cid")
    return link if isinstance(link, str) else ""
