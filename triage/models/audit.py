"""The audit log: append-only (a trigger refuses change) and hash-chained (change shows)."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from triage.models.base import Base, Id


class AuditEntry(Base):
    """One look, un-blur, decision, login or failed login."""

    __tablename__ = "audit_log"

    id: Mapped[Id]
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]
    previous_hash: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)
