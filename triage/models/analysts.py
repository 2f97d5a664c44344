"""Accounts of the people who review, and their console sessions."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from triage.models.base import Base, Id, Now, one_of


class Role(StrEnum):
    """What an account may do."""

    ANALYST = "analyst"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class Analyst(Base):
    """One account."""

    __tablename__ = "analysts"
    __table_args__ = (CheckConstraint(one_of("role", Role), "role"),)

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(server_default=Role.ANALYST)
    active: Mapped[bool] = mapped_column(server_default="true")
    created_at: Mapped[Now]
    failed_logins: Mapped[int] = mapped_column(server_default="0")
    """Wrong passwords in a row."""
    locked_until: Mapped[datetime | None]


class LoginSession(Base):
    """One login. The cookie holds the token; the database only its hash."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    analyst_id: Mapped[int] = mapped_column(ForeignKey("analysts.id", ondelete="CASCADE"), index=True)
    csrf_token: Mapped[str]
    started_at: Mapped[Now]
    expires_at: Mapped[datetime]
