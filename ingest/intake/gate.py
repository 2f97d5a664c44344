"""Whether posts of a source are taken now: somebody answers for it, and not too many posts wait already."""

import asyncio
import time
from typing import NamedTuple

import structlog

from ingest import terms
from ingest.intake.refusals import Refusals
from triage import posts
from triage.db import session_scope
from triage.errors import NotApproved, RequestRefused
from triage.settings import get_settings

SECONDS = 1.0
"""How long what was seen holds. So soon an ended approval ends the taking, too."""
RETRY_AFTER = 10
ASK = "Ask whoever runs this Flagpost to have the source approved; what to do stands in its log."

log = structlog.get_logger(__name__)


class _Seen(NamedTuple):
    until: float
    refusal: NotApproved | None
    crowded: bool


class Gate:
    """Looks at most once a second for each source."""

    def __init__(self, refusals: Refusals) -> None:
        self._seen: dict[str, _Seen] = {}
        self._refusals = refusals

    async def require_open(self, source: str) -> None:
        """Return if posts of a source are taken now.

        Raises:
            RequestRefused: nobody answers for the source, or too many posts wait.
            ServiceUnavailable: the database cannot be reached.
        """
        seen = before = self._seen.get(source)
        if seen is None or seen.until < time.monotonic():
            seen = self._seen[source] = await asyncio.to_thread(_look, source)
        if seen.refusal:
            if before is None or not before.refusal:
                log.warning("intake_source_not_approved", source=source, what_to_do=str(seen.refusal))
            self._refusals.note(f"source:{source}", "no approval")
            raise RequestRefused(403, f"Nobody answers for the source {source} now.", ASK)
        if seen.crowded:
            limit = get_settings().intake_max_pending
            raise RequestRefused(
                429,
                f"More than {limit} posts wait for their scores.",
                "Send them again later, and slower.",
                retry_after=RETRY_AFTER,
            )


def _look(source: str) -> _Seen:
    refusal = terms.refusal_of(source)
    with session_scope() as session:
        crowded = posts.more_wait_than(session, get_settings().intake_max_pending)
    return _Seen(time.monotonic() + SECONDS, refusal, crowded)
