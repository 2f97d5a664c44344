"""Posts and their pictures."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import BIT, BitString
from sqlalchemy.orm import Mapped, mapped_column

from triage.models.base import Base, Id, Now, one_of


class PostState(StrEnum):
    """Where a post stands."""

    PENDING = "pending"
    SCORED = "scored"
    FAILED = "failed"


class Post(Base):
    """One post of one source, as it stood in one revision. `author_ref` is a keyed hash, not a name."""

    __tablename__ = "posts"
    __table_args__ = (
        UniqueConstraint("source", "external_id", "revision"),
        CheckConstraint(one_of("state", PostState), "state"),
        Index("ix_posts_pending", "tried_at", postgresql_where=text("state = 'pending'")),
        Index("ix_posts_expires_at", "expires_at"),
        Index("ix_posts_deleted_at", "deleted_at", postgresql_where=text("deleted_at is not null")),
    )

    id: Mapped[Id]
    source: Mapped[str]
    external_id: Mapped[str]
    revision: Mapped[int] = mapped_column(server_default="1")
    """1 as it came first; edits are stored beside it, so that scores stay with the words they are about."""
    caption: Mapped[str]
    language: Mapped[str | None]
    url: Mapped[str | None]
    author_ref: Mapped[str | None]
    posted_at: Mapped[datetime | None]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    """When its source said that it is gone; `triage.retention` says what becomes of it."""
    collected_at: Mapped[Now]
    state: Mapped[str] = mapped_column(server_default=PostState.PENDING)
    attempts: Mapped[int] = mapped_column(server_default="0")
    """Times that scoring began without coming to an end."""
    tried_at: Mapped[Now]
    """When it was stored or scoring last began; a post pending long after this is queued again."""
    tried_by: Mapped[str | None]
    """The delivery of the queue's message that began the last attempt."""
    failure: Mapped[str | None]
    """Why it is `failed`, in words a person can act on."""
    expires_at: Mapped[datetime]


class Tombstone(Base):
    """What is left of a post that its source deleted: a keyed hash, so that it is not stored again."""

    __tablename__ = "tombstones"
    __table_args__ = (Index("ix_tombstones_expires_at", "expires_at"),)

    id: Mapped[Id]
    ref: Mapped[str] = mapped_column(unique=True)
    deleted_at: Mapped[Now]
    expires_at: Mapped[datetime]


class Media(Base):
    """Stored bytes, named by their hash; many posts may show the same picture."""

    __tablename__ = "media"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    size: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    stored_at: Mapped[Now]
    pdq: Mapped[BitString | None] = mapped_column(BIT(256))
    """Its fingerprint (`triage.pdq`); none before it is first decoded, nor of one too plain to compare."""


class PostMedia(Base):
    """A picture's place in a post, or the problem that kept its bytes out."""

    __tablename__ = "post_media"
    __table_args__ = (
        CheckConstraint("(sha256 is null) <> (problem is null)", "bytes_or_problem"),
        Index("ix_post_media_sha256", "sha256"),
        Index("ix_post_media_next_try_at", "next_try_at", postgresql_where=text("later is not null")),
    )

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str | None] = mapped_column(ForeignKey("media.sha256"))
    alt: Mapped[str | None]
    problem: Mapped[str | None]
    later: Mapped[str | None]
    """Where to fetch it, as long as it is tried again; see `triage.late_pictures`."""
    tries: Mapped[int] = mapped_column(server_default="0")
    """How often it was tried again."""
    next_try_at: Mapped[Now]
