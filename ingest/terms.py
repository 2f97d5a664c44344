"""A source without a recorded approval that is still good does not start."""

from triage import approvals, audit
from triage.audit import Deed
from triage.db import session_scope
from triage.errors import NotApproved


def start(source: str) -> None:
    """Begin to read a source, as `require` allows; the audit log keeps that it began.

    Raises:
        NotApproved: see `require`.
    """
    require(source)
    with session_scope() as session:
        audit.record(session, "system", Deed.SOURCE_STARTED, f"source:{source}")


def require(source: str) -> None:
    """Return if somebody answers for reading a source now; a refusal goes into the audit log.

    Raises:
        NotApproved: nobody does; the message says how to record that somebody does.
    """
    with session_scope() as session:
        refusal = refusal_of(source)
        if refusal:
            audit.record(session, "system", Deed.SOURCE_REFUSED, f"source:{source}", {"why": str(refusal)})
    if refusal:
        raise refusal


def refusal_of(source: str) -> NotApproved | None:
    """Return why nobody answers for reading a source now, None where somebody does. Records nothing."""
    try:
        with session_scope() as session:
            approvals.current(session, source)
    except NotApproved as refusal:
        return refusal
    return None
