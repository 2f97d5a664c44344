"""Scores: facts, never rewritten. A new model version adds rows."""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from triage.contracts import Level
from triage.models.base import Base, Id, Now, one_of


class Score(Base):
    """What one version of one scorer said about one item of one post."""

    __tablename__ = "scores"
    __table_args__ = (
        Index(
            "uq_scores_item",
            "post_id",
            "scorer",
            "version",
            "media_sha256",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index(
            "ix_scores_picture",
            "media_sha256",
            "scorer",
            "version",
            postgresql_where=text("media_sha256 is not null and error is null"),
        ),
        CheckConstraint("probability between 0 and 1", "probability"),
        CheckConstraint("(probability is null) <> (error is null)", "probability_or_error"),
        CheckConstraint(one_of("level", Level), "level"),
    )

    id: Mapped[Id]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    media_sha256: Mapped[str | None]
    """The picture that was scored; none for the caption. It lives in `post_media`, and goes with the post."""
    scorer: Mapped[str]
    version: Mapped[str]
    raw: Mapped[float | None]
    probability: Mapped[float | None]
    level: Mapped[str]
    error: Mapped[str | None]
    evidence: Mapped[dict[str, Any]]
    scored_at: Mapped[Now]
