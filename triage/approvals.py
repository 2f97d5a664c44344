"""Approvals: a source is read only while somebody answers for it, under an authority, until a day.

Every one that was ever recorded stays, so that each post can be traced to the approval of its time.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from triage import audit, models
from triage.audit import Deed
from triage.errors import InputError, NotApproved

HOW = (
    'flagpost source approve {source} --by "NAME" --authority "LAW OR WARRANT" --use "PURPOSE" --expires DATE'
)


class Terms(NamedTuple):
    """What somebody answers for."""

    approved_by: str
    authority: str
    """The law, warrant or agreement."""
    use: str
    """What the posts may be used for."""
    expires_at: datetime


def approve(session: Session, source: str, terms: Terms) -> models.Approval:
    """Record an approval; it takes the place of an earlier one.

    Raises:
        InputError: a part of it is empty, or its day has passed.
    """
    if not all(part.strip() for part in (terms.approved_by, terms.authority, terms.use)):
        raise InputError("An approval needs who gives it, under what authority, and for what use.")
    if terms.expires_at <= datetime.now(UTC):
        raise InputError(f"The approval would have ended at {terms.expires_at:%Y-%m-%d %H:%M} UTC already.")
    found = models.Approval(source=source, **terms._asdict())
    session.add(found)
    session.flush()
    detail = {"by": terms.approved_by, "authority": terms.authority, "use": terms.use}
    until = terms.expires_at.astimezone(UTC).isoformat()
    audit.record(
        session, terms.approved_by, Deed.SOURCE_APPROVED, _subject(source), detail | {"until": until}
    )
    return found


def withdraw(session: Session, source: str, by: str, why: str) -> None:
    """End a source's approval now; who reads it stops at the next page.

    Raises:
        NotApproved: there is none to end.
    """
    try:
        current(session, source)
    except NotApproved as error:
        raise NotApproved(
            f"Nobody answers for the source {source}, so nothing is to be withdrawn. "
            "`flagpost source status` shows who answers for which."
        ) from error
    rows = select(models.Approval).where(
        models.Approval.source == source, models.Approval.withdrawn_at.is_(None)
    )
    for approval in session.scalars(rows):
        approval.withdrawn_at = datetime.now(UTC)
    audit.record(session, by, Deed.SOURCE_WITHDRAWN, _subject(source), {"why": why})


def current(session: Session, source: str) -> models.Approval:
    """Return the approval that a source is read on.

    Raises:
        NotApproved: nobody ever approved it, or the newest approval was withdrawn or has run out.
    """
    newest = session.scalar(
        select(models.Approval)
        .where(models.Approval.source == source)
        .order_by(models.Approval.id.desc())
        .limit(1)
    )
    how = f"Record one: {HOW.format(source=source)}"
    if newest is None:
        raise NotApproved(f"The source {source} has no approval on record, so it is not read. {how}")
    if newest.withdrawn_at:
        raise NotApproved(f"The approval of {source} was withdrawn on {newest.withdrawn_at:%Y-%m-%d}. {how}")
    if newest.expires_at <= session.scalar(select(func.now())):  # type: ignore[operator]
        raise NotApproved(f"The approval of {source} ran out on {newest.expires_at:%Y-%m-%d}. {how}")
    return newest


def newest(session: Session) -> Sequence[models.Approval]:
    """Return the newest approval of each source, by name."""
    table = models.Approval
    rows = select(table).ext(distinct_on(table.source)).order_by(table.source, table.id.desc())
    return session.scalars(rows).all()


def _subject(source: str) -> str:
    return f"source:{source}"
