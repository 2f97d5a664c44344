"""Keyed hashes that stand for names: the same for the same author, or post, of a source. No way back."""

import hmac
import secrets
from functools import lru_cache
from hashlib import sha256

from triage.errors import ConfigurationError
from triage.own_keys import own_key
from triage.settings import get_settings

SHORTEST_KEY = 32


def author_ref(source: str, author: str) -> str:
    """Return the pseudonym of an author: 32 hex digits of HMAC-SHA256 (RFC 2104) over source and name."""
    return _hash(f"{source}\x00{author}")


def post_ref(source: str, external_id: str) -> str:
    """Return what stands for a post that is gone: its id, too, can name its author."""
    return _hash(f"post\x00{source}\x00{external_id}")


def _hash(message: str) -> str:
    return hmac.new(_key(), message.encode("utf-8", "surrogatepass"), sha256).hexdigest()[:32]


@lru_cache(maxsize=1)
def _key() -> bytes:
    settings = get_settings()
    key = settings.author_key or own_key(
        settings.home_dir / "secrets" / "author.key", lambda: secrets.token_hex(32)
    )
    if len(key) < SHORTEST_KEY:
        raise ConfigurationError(f"FLAGPOST_AUTHOR_KEY must have at least {SHORTEST_KEY} characters.")
    return key.encode()
