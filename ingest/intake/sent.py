"""The fields of a post that was sent: as `docs/posts.md` says, with pictures as bytes."""

import base64
from binascii import Error
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from ingest.adapter import FoundMedia, FoundPost
from ingest.fields import MAX_MEDIA, MediaFields, PostFields, check, check_as, parse_json
from ingest.held import Held
from ingest.http.addresses import shown
from ingest.intake.senders import Sender
from ingest.remote import RemoteFile
from triage.errors import PostRejected

SCHEMES = ("http://", "https://")
NO_FETCHING = "addresses are not fetched from this source; send the picture's bytes"
NO_BYTES = "its bytes were not sent: give them as `content` in base64, or as a part of this name"


def _bytes(value: Any) -> Any:  # noqa: ANN401 - whatever the JSON held
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else value
    except (Error, ValueError) as error:
        raise ValueError("is not base64") from error


Base64 = Annotated[bytes, WithJsonSchema({"type": "string", "contentEncoding": "base64"})]


class SentMedia(MediaFields):
    """One picture of a post that was sent: its name, and its bytes unless they are a part of the request."""

    content: Annotated[Base64 | None, BeforeValidator(_bytes), Field(repr=False)] = None


class SentPost(PostFields):
    """The fields of a post that was sent."""

    media: Annotated[tuple[SentMedia, ...], Field(max_length=MAX_MEDIA)] = ()


def found_post(raw: bytes, where: str, sender: Sender, parts: Mapping[str, bytes]) -> FoundPost:
    """Read one post.

    Args:
        raw: its JSON.
        where: its place, by which it is known if it is rejected.
        sender: who signed for it.
        parts: bytes of pictures by name, where they came beside the JSON.

    Raises:
        PostRejected: it is none; the message says why.
    """
    fields = check_as(SentPost, parse_json(raw), sender.name)
    if fields.source != sender.name:
        raise PostRejected(f"it names another source than {sender.name}, which signed for it")
    return FoundPost(where, raw, fields, tuple(_picture(one, sender, parts) for one in fields.media))


def id_of(raw: bytes) -> str | None:
    """Return the id of what cannot be a post, where that much of it can be read."""
    try:
        return check({"id": parse_json(raw).get("id"), "deleted": True}, "-").id
    except PostRejected:
        return None


def _picture(sent: SentMedia, sender: Sender, parts: Mapping[str, bytes]) -> FoundMedia:
    data = parts.get(sent.path) if sent.content is None else sent.content
    if data is not None:
        return FoundMedia(sent.path, Held(data), sent.alt)
    if not sent.path.lower().startswith(SCHEMES):
        return FoundMedia(sent.path, None, sent.alt, NO_BYTES)
    if not sender.fetch_pictures:
        return FoundMedia(shown(sent.path), None, sent.alt, NO_FETCHING)
    return FoundMedia(shown(sent.path), RemoteFile(sent.path), sent.alt)
