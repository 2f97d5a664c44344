"""Keyed hashes that stand for names: the same for the same author, or post, of a source. No way back."""

import hmac
import re
import secrets
from functools import lru_cache
from hashlib import sha256
from string import ascii_letters, digits

from triage.errors import ConfigurationError
from triage.own_keys import own_key
from triage.settings import get_settings

SHORTEST_KEY = 32
UNRESERVED = frozenset(ascii_letters + digits + "-._~")


def author_ref(source: str, author: str) -> str:
    """Return the pseudonym of an author: 32 hex digits of HMAC-SHA256 (RFC 2104) over source and name."""
    return _hash(f"{source}\x00{author}")


def post_ref(source: str, external_id: str) -> str:
    """Return what stands for a post that is gone: its id, too, can name its author."""
    return _hash(f"post\x00{source}\x00{external_id}")


def masked(text: str, source: str, author: str) -> str:
    """Return a text, such as a post's address, with the author's pseudonym wherever it names the author.

    Whoever may open the author's sealed handle (`triage.handles`) can put the name back.

    Args:
        text: what may hold the name, also as it is quoted in addresses.
        source: of the post.
        author: as the source names them; of `jane@example.org` and `@jane` the name is `jane`.
    """
    name = author.removeprefix("@").partition("@")[0] or author
    spellings = "|".join({re.escape(name), re.escape(_quoted(name))})
    return re.sub(rf"(?<!\w)(?:{spellings})(?!\w)", author_ref(source, author), text, flags=re.IGNORECASE)


def _quoted(name: str) -> str:
    """Return a name as addresses spell it (RFC 3986, section 2.1)."""
    data = name.encode("utf-8", "surrogatepass")
    return "".join(chr(byte) if chr(byte) in UNRESERVED else f"%{byte:02X}" for byte in data)


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
