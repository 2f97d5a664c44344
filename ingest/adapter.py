"""The one interface of all sources: `fetch(checkpoint) -> Page`.

An adapter only reads. It hands pictures over as contents that are safe to read; the pump
(`ingest.run`) stores them and saves posts and checkpoint together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

from ingest.fields import PostFields

PAGE_POSTS = 256
"""Most items on one page."""
PAGE_BYTES = 8 * 2**20
"""A page ends early once its items hold this many bytes, so that memory stays bounded."""
PAGE_MEDIA = 2000
"""A page also ends early after this many pictures, so that they fit into one statement."""

Checkpoint: TypeAlias = Mapping[str, Any]
"""Where reading stopped, as JSON. Empty: from the start. Only its own adapter understands it."""


class Content(Protocol):
    """A picture's bytes, wherever they lie; read one at a time, when their post is stored.

    Make it a frozen dataclass, so that two readings of the same page are equal.
    """

    def read(self, limit: int) -> bytes:
        """Return all bytes.

        Raises:
            MediaError: they cannot be read, or are more than `limit`.
        """
        ...


@dataclass(frozen=True, slots=True)
class FoundMedia:
    """A picture that a post names: its content, or the problem that it has none."""

    name: str
    content: Content | None = None
    alt: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class FoundPost:
    """One post as read, with the place it came from (`file:line`) and its raw bytes."""

    where: str
    raw: bytes
    fields: PostFields
    media: tuple[FoundMedia, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """One item that cannot be a post: its place, the reason, and (the beginning of) its bytes."""

    where: str
    reason: str
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class FoundAccountGone:
    """That an account was deleted, and all its posts with it; `author` as posts of the source name it."""

    source: str
    author: str


@dataclass(frozen=True, slots=True)
class Page:
    """A run of items in the source's order, and the checkpoint right after the last of them."""

    posts: tuple[FoundPost, ...]
    rejected: tuple[Rejected, ...]
    checkpoint: Checkpoint
    done: bool
    fraction: float = 1.0
    """How much of the source has been read, 0 to 1."""
    notices: tuple[str, ...] = ()
    """What a person should hear about the source as a whole, such as that it is empty."""
    live: bool = False
    """Whether the next reading goes on from here though this one is done; a file is read anew."""
    gone: tuple[FoundAccountGone, ...] = ()
    """Accounts that were deleted, known or not."""


class Adapter(Protocol):
    """Reads one source, page by page. From the same checkpoint it always reads the same posts."""

    def fetch(self, checkpoint: Checkpoint) -> Page:
        """Read the page after a checkpoint.

        Raises:
            InputError: the source as a whole cannot be read; the message says what to do.
        """
        ...


@runtime_checkable
class Stream(Adapter, Protocol):
    """An adapter that keeps a connection open between its pages; whoever reads it closes it in the end.

    A page ends after about a second, full or empty. `done` says that it has caught up: all that happened
    before it connected was handed over. Followed, it is read on from there; read once, it ends there.
    It goes on from a checkpoint, but not always with the same posts: what it had before may come again.
    """

    def close(self) -> None:
        """Hang up. The next `fetch` connects anew."""
        ...
