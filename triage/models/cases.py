"""Cases, one per post that deserves a human look, and what humans decided."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from triage.models.base import Base, Id, Now, one_of
from triage.models.posts import Post


class CaseState(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    DISMISSED = "dismissed"
    ESCALATED = "escalated"


class Case(Base):
    """A flagged or sampled post on an analyst's desk. About the post, never about its author."""

    __tablename__ = "cases"
    __table_args__ = (
        CheckConstraint(one_of("state", CaseState), "state"),
        CheckConstraint("priority between 0 and 100", "priority"),
        Index("ix_cases_queue", text("priority desc"), "opened_at", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[Id]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), unique=True)
    state: Mapped[str] = mapped_column(server_default=CaseState.OPEN)
    priority: Mapped[int]
    action: Mapped[str]
    """`flag`, or `sample` where the abstain band was drawn for review to measure recall."""
    rule: Mapped[str]
    policy_version: Mapped[str]
    opened_at: Mapped[Now]
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey("analysts.id"))
    claimed_until: Mapped[datetime | None]
    review_by: Mapped[datetime]
    purge_by: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    post: Mapped[Post] = relationship(lazy="raise")


class Review(Base):
    """One decision of one analyst, with its reason."""

    __tablename__ = "reviews"

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    analyst_id: Mapped[int] = mapped_column(ForeignKey("analysts.id"))
    decision: Mapped[str]
    reason_code: Mapped[str]
    note: Mapped[str | None]
    decided_at: Mapped[Now]
