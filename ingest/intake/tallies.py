"""What each source sent, summed up in the audit log now and then: an entry for each request would fill it."""

import asyncio
from collections import Counter

import structlog

from ingest.intake.answers import Answer
from triage import audit
from triage.audit import Deed
from triage.db import session_scope
from triage.errors import ServiceUnavailable

PAUSE = 600.0
"""Seconds between two entries of a source."""
FIGURES = ("stored", "duplicates", "rejected", "deleted")

log = structlog.get_logger(__name__)


class Tallies:
    """Sums of answers by source. `run` must be running."""

    def __init__(self) -> None:
        self._sums: dict[str, Counter[str]] = {}

    def add(self, source: str, answer: Answer) -> None:
        """Count what became of a request's posts."""
        self._sums.setdefault(source, Counter()).update({name: getattr(answer, name) for name in FIGURES})

    async def run(self) -> None:
        """Write sums from time to time, until cancelled."""
        while True:
            await asyncio.sleep(PAUSE)
            await self.write()

    async def write(self) -> None:
        """Write what was summed up since the last time; what cannot be written now is kept for the next."""
        sums, self._sums = self._sums, {}
        try:
            await asyncio.to_thread(_record, sums)
        except ServiceUnavailable as error:
            log.warning("intake_sums_not_audited", error=str(error))
            for source, sum_ in self._sums.items():
                sums.setdefault(source, Counter()).update(sum_)
            self._sums = sums


def _record(sums: dict[str, Counter[str]]) -> None:
    with session_scope() as session:
        for source, sum_ in sums.items():
            figures = {"posts": sum_.total(), **sum_}
            audit.record(session, "system", Deed.SOURCE_READ, f"source:{source}", figures)
