"""On whose approval a source is read, where reading stopped, and what could not be stored."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from triage.models.base import Base, Id, Now


class Approval(Base):
    """Somebody answers for reading a source, until a day. The newest counts; no other change than its end."""

    __tablename__ = "approvals"
    __table_args__ = (Index("ix_approvals_source", "source"),)

    id: Mapped[Id]
    source: Mapped[str]
    approved_by: Mapped[str]
    authority: Mapped[str]
    """The law, warrant or agreement that allows it."""
    use: Mapped[str]
    """What the posts may be used for."""
    approved_at: Mapped[Now]
    expires_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class AuthorHandle(Base):
    """Who a pseudonym stands for, sealed; nothing in Flagpost holds the key that opens it."""

    __tablename__ = "author_handles"

    id: Mapped[Id]
    author_ref: Mapped[str] = mapped_column(unique=True)
    sealed: Mapped[bytes]
    seen_at: Mapped[Now]
    """About when a post of theirs last came; an hour late at most."""


class Checkpoint(Base):
    """Where reading of one source stopped. Written in the same transaction as the posts before it."""

    __tablename__ = "checkpoints"

    source: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[dict[str, Any]]
    read_at: Mapped[datetime | None]
    """When a page was last stored; None where none ever was. A failure does not change it."""
    failure: Mapped[str | None]
    """Why the last reading failed; None where it did not."""


class Rejection(Base):
    """An item that could not be stored as a post: where it stands and why. What it said stays there."""

    __tablename__ = "rejections"
    __table_args__ = (
        Index("uq_rejections_item", "source", "place", unique=True),
        Index("ix_rejections_expires_at", "expires_at"),
    )

    id: Mapped[Id]
    source: Mapped[str]
    place: Mapped[str]
    """Where it stood, such as `posts.jsonl:17`."""
    reason: Mapped[str]
    rejected_at: Mapped[Now]
    expires_at: Mapped[datetime]
