"""The audit log: who looked at what, who decided what, in an order nobody can quietly change.

Every entry's hash covers the hash before it, so changing, moving or removing an entry breaks the
chain from there on. Removing the newest entries leaves a whole chain: keep a copy of the newest
hash elsewhere where that matters.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from triage.contracts import storable
from triage.models import AuditEntry

START = "0" * 64
"""What stands for the previous hash in the first entry."""
LOCK = 0x666C6167
"""Key of the advisory lock under which entries are chained one after the other."""
LONGEST = 200
"""Longest actor or subject kept, in characters."""


class Deed(StrEnum):
    """What can be recorded."""

    LOGIN = "login"
    LOGIN_FAILED = "login.failed"
    LOGOUT = "logout"
    ACCOUNT_ADDED = "account.added"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 - not a password
    CASE_VIEWED = "case.viewed"
    PICTURE_OPENED = "picture.opened"
    CASE_DECIDED = "case.decided"
    CASES_LISTED = "cases.listed"
    EXPIRED_PURGED = "expired.purged"
    SOURCE_APPROVED = "source.approved"
    SOURCE_WITHDRAWN = "source.withdrawn"
    SOURCE_REFUSED = "source.refused"
    SOURCE_STARTED = "source.started"
    SOURCE_READ = "source.read"


def record(
    session: Session, actor: str, action: Deed, subject: str, detail: Mapping[str, str | int] | None = None
) -> AuditEntry:
    """Append one entry. Call it last in a transaction: others wait for the chain until it commits.

    Args:
        session: the transaction that does what is recorded, so that neither is kept without the other.
        actor: name of the account; `system` for none.
        action: what was done.
        subject: what it was done to, such as `case:12`. Never a caption or an author.
        detail: more words and whole numbers, such as a reason code.

    """
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    previous = session.scalar(select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)) or START
    entry = AuditEntry(
        at=datetime.now(UTC),
        actor=storable(actor)[:LONGEST],
        action=action.value,
        subject=storable(subject)[:LONGEST],
        detail={key: storable(v) if isinstance(v, str) else v for key, v in (detail or {}).items()},
        previous_hash=previous,
    )
    entry.hash = _hash(entry)
    session.add(entry)
    session.flush()
    return entry


def newest(
    session: Session,
    limit: int,
    *,
    actor: str | None = None,
    action: str | None = None,
    subject: str | None = None,
) -> Sequence[AuditEntry]:
    """Return the newest entries of somebody, of a deed or about something, oldest first."""
    asked = {"actor": actor, "action": action, "subject": subject}
    chosen = select(AuditEntry).filter_by(
        **{name: value for name, value in asked.items() if value is not None}
    )
    return session.scalars(chosen.order_by(AuditEntry.id.desc()).limit(limit)).all()[::-1]


def extent(session: Session) -> tuple[int, str]:
    """Return the number of entries and the newest hash. Kept elsewhere, it shows a cut-off end."""
    newest = session.scalar(select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)) or START
    return session.scalar(select(func.count()).select_from(AuditEntry)) or 0, newest


def verify(session: Session) -> AuditEntry | None:
    """Return the first entry that does not fit the chain, or None where all do."""
    previous = START
    entries = select(AuditEntry).order_by(AuditEntry.id)
    for entry in session.scalars(entries, execution_options={"yield_per": 1000, "populate_existing": True}):
        if entry.previous_hash != previous or entry.hash != _hash(entry):
            return entry
        previous = entry.hash
    return None


def _hash(entry: AuditEntry) -> str:
    """Return the sha256 of an entry and the hash before it, in one canonical JSON."""
    row = {
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "detail": entry.detail,
        "previous": entry.previous_hash,
    }
    return hashlib.sha256(json.dumps(row, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
