"""Refusals in the audit log, a few: whoever knocks all day must not fill it."""

import asyncio
import time

import structlog

from triage import audit
from triage.audit import Deed
from triage.db import session_scope
from triage.errors import ServiceUnavailable

SECONDS = 60.0
"""One entry for each subject and reason in this time; it says how many there were since the one before."""

log = structlog.get_logger(__name__)


class Refusals:
    """Counts refusals. Subjects and reasons are ours, never a stranger's words, so they are few."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], int] = {}
        self._next: dict[tuple[str, str], float] = {}
        self._writing: set[asyncio.Task[None]] = set()

    def note(self, subject: str, why: str) -> None:
        """Remember that a request was refused. No answer waits: the delay would tell which sources exist."""
        key = (subject, why)
        self._counts[key] = self._counts.get(key, 0) + 1
        if time.monotonic() < self._next.get(key, 0):
            return
        self._next[key] = time.monotonic() + SECONDS
        writing = asyncio.create_task(_write(subject, why, self._counts.pop(key)))
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)

    async def finish(self) -> None:
        """Return once all that was noted is written."""
        await asyncio.gather(*self._writing, return_exceptions=True)


async def _write(subject: str, why: str, times: int) -> None:
    try:
        await asyncio.to_thread(_record, subject, why, times)
    except ServiceUnavailable as error:  # the refusal stands all the same
        log.warning("intake_refusal_not_audited", error=str(error), subject=subject, why=why, times=times)


def _record(subject: str, why: str, times: int) -> None:
    with session_scope() as session:
        audit.record(session, "system", Deed.SOURCE_REFUSED, subject, {"why": why, "times": times})
