"""Readings: the words in pictures, found in their own time. One per picture, however many posts show it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from triage.models.base import Base, Now, one_of


class ReadingState(StrEnum):
    """Where the reading of a picture stands."""

    WAITING = "waiting"
    READ = "read"
    FAILED = "failed"


class Reading(Base):
    """What one version of a reader read in a picture that looks like text; it goes with its picture."""

    __tablename__ = "readings"
    __table_args__ = (
        CheckConstraint(one_of("state", ReadingState), "state"),
        Index("ix_readings_waiting", "requested_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_readings_failed", "requested_at", postgresql_where=text("state = 'failed'")),
    )

    sha256: Mapped[str] = mapped_column(ForeignKey("media.sha256", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(server_default=ReadingState.WAITING)
    requested_at: Mapped[Now]
    attempts: Mapped[int] = mapped_column(server_default="0")
    """Times that reading began without coming to an end."""
    tried_at: Mapped[datetime | None]
    tried_by: Mapped[str | None]
    """The delivery of the queue's message that began the last attempt."""
    version: Mapped[str | None]
    """Of the reader that read it or gave it up."""
    found: Mapped[dict[str, Any] | None]
    """Its text and lines (`triage.wording.PictureText`) once it is read."""
    failure: Mapped[str | None]
    """Why it is `failed`, in words a person can act on."""
