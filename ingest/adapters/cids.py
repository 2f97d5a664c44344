"""Content identifiers of the AT protocol: what bytes and records are called by their SHA-256."""

import hashlib
from base64 import b32decode, b32encode, b64decode
from typing import Any

from cbor2 import CBORTag, dumps

RECORD = b"\x01\x71\x12\x20"
"""Version 1, DAG-CBOR, SHA-256, 32 bytes."""
BLOB = b"\x01\x55\x12\x20"
"""The same of plain bytes."""
LINK = 42
"""CBOR's tag of a link to other content."""


def of_record(value: Any) -> str:  # noqa: ANN401 - whatever the JSON held
    """Return the identifier of a record, as JSON shows it.

    Raises:
        ValueError: it cannot be a record: such hold no fractions, and links in base 32 only.
    """
    try:
        data = dumps(_data(value), canonical=True)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    return "b" + b32encode(RECORD + hashlib.sha256(data).digest()).decode().rstrip("=").lower()


def sha256_of_blob(cid: str) -> str:
    """Return the SHA-256, in hexadecimal, of the bytes that an identifier names.

    Raises:
        ValueError: it is none of plain bytes, or has another form.
    """
    prefix, digest = _bytes(cid)[: len(BLOB)], _bytes(cid)[len(BLOB) :]
    if prefix != BLOB or len(digest) != hashlib.sha256().digest_size:
        raise ValueError("it names no plain bytes by their SHA-256")
    return digest.hex()


def _data(value: Any) -> Any:  # noqa: ANN401
    """Return what JSON stands for: links and bytes are objects of one key there."""
    if isinstance(value, dict):
        match value:
            case {"$link": str(link), **rest} if not rest:
                return CBORTag(LINK, b"\0" + _bytes(link))
            case {"$bytes": str(text), **rest} if not rest:
                return b64decode(text + "=" * (-len(text) % 4))
        return {str(name): _data(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_data(one) for one in value]
    if isinstance(value, float):
        raise ValueError("it holds a fraction")  # noqa: TRY004 - no fault of ours
    return value


def _bytes(link: str) -> bytes:
    if not link.startswith("b"):
        raise ValueError("a link is not in base 32")
    return b32decode(link[1:].upper() + "=" * (-len(link[1:]) % 8))
