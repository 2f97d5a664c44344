"""Ids that strangers chose (Message-IDs, GUIDs of feeds), made fit to be one."""

import hashlib

from ingest.fields import MAX_KEY_BYTES
from triage.contracts import MAX_ID, storable


def as_key(text: str) -> str:
    """Return a text as a post's id: itself where it can be stored, else a digest; empty stays empty."""
    encoded = text.encode("utf-8", "surrogatepass")
    if len(text) <= MAX_ID and len(encoded) <= MAX_KEY_BYTES and storable(text) == text:
        return text
    return f"sha256:{hashlib.sha256(encoded).hexdigest()}"
