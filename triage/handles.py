"""Author handles, sealed: whoever stores them can not read them; the key that opens them is kept elsewhere.

A post holds its author's pseudonym only. Should a court or an escalation need the author, the handle is in a
table of its own, as a sealed box of libsodium (X25519, XSalsa20-Poly1305): the public key seals, and only the
private one opens. A handle leaves once no post has its pseudonym.
"""

from collections.abc import Mapping
from functools import lru_cache

from nacl.public import PrivateKey, PublicKey, SealedBox
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from triage import models
from triage.errors import ConfigurationError
from triage.models.base import from_now
from triage.own_keys import own_key
from triage.settings import get_settings

FRESH_HOURS = 1
"""A handle seen this long ago is sealed anew when it is seen again; see `unused`."""


def record(session: Session, handles: Mapping[str, str]) -> None:
    """Keep the handles of some posts' authors, by pseudonym, in the transaction that stores the posts.

    Sealing costs a tenth of a millisecond, so those that were seen of late are passed over.
    """
    table = models.AuthorHandle
    of_late = select(table.author_ref).where(
        table.author_ref.in_(handles), table.seen_at > from_now(hours=-FRESH_HOURS)
    )
    known = set(session.scalars(of_late)) if handles else set()
    rows = [{"author_ref": ref, "sealed": seal(handles[ref])} for ref in sorted(handles.keys() - known)]
    if rows:
        statement = insert(table).on_conflict_do_update(
            index_elements=["author_ref"], set_={"seen_at": func.now()}
        )
        session.execute(statement, rows)


def unused() -> ColumnElement[bool]:
    """Return the SQL of a check that no post has a handle's author.

    A post that is being stored right now is not seen yet; its author's handle is, and is fresh.
    """
    table, post = models.AuthorHandle, models.Post
    named = select(post).where(post.author_ref == table.author_ref).exists()
    return ~named & (table.seen_at < from_now(hours=-2 * FRESH_HOURS))


def seal(handle: str) -> bytes:
    """Return a handle that only the private key opens; two seals of the same handle differ."""
    return SealedBox(_public_key()).encrypt(handle.encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=1)
def _public_key() -> PublicKey:
    given, home = get_settings().handle_key, get_settings().home_dir
    if given is None:
        own = own_key(home / "secrets" / "handle.key", lambda: PrivateKey.generate().encode().hex())
        return PrivateKey(bytes.fromhex(own)).public_key
    try:
        return PublicKey(bytes.fromhex(given.strip()))
    except (ValueError, TypeError) as error:
        raise ConfigurationError(
            "FLAGPOST_HANDLE_KEY must be an X25519 public key in 64 hex digits."
        ) from error
