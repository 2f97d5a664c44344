"""What bytes are, by looking at them: a server may call anything a picture."""

from typing import Literal, TypeAlias

from triage.errors import FetchFailed

Kind: TypeAlias = Literal["image", "json", "any"]
"""What a caller expects. `image`: one of the formats that `triage.images` decodes."""

MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)


def sniff(body: bytes) -> str:
    """Return the media type of a body, by its first bytes; `application/octet-stream` if they say nothing."""
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    for magic, media_type in MAGIC:
        if body.startswith(magic):
            return media_type
    start = body[:1024].lstrip().lower()
    if start[:1] in (b"{", b"["):
        return "application/json"
    return "text/html" if start.startswith((b"<!doctype html", b"<html")) else "application/octet-stream"


def check(name: str, body: bytes, media_type: str, kind: Kind) -> None:
    """See that a body is what was asked for.

    Raises:
        FetchFailed: it is empty or something else.
    """
    if not body:
        raise FetchFailed(f"{name}: the answer is empty (0 bytes); leave it out", for_good=True)
    fits = {"image": media_type.startswith("image/"), "json": media_type == "application/json", "any": True}
    if not fits[kind]:
        message = f"{name}: the answer is no {kind} but {media_type}; check the address"
        raise FetchFailed(message, for_good=True)
