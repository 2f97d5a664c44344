"""The queue, rung for what was stored; beside the answers, so that a broker that is away delays none."""

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import structlog

from triage import queue

MOST = 100_000
"""Ids kept for a broker that is away. What is beyond them is rung for by beat, as all that waits for long."""
PAUSE = 2.0
"""Seconds before a broker that was away is tried again."""

log = structlog.get_logger(__name__)


class Ringer:
    """Rings for committed posts, all that gathered at once. `run` must be running."""

    def __init__(self) -> None:
        self._ids: list[int] = []
        self._some = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "intake-ring")

    def ring(self, post_ids: Iterable[int]) -> None:
        """Ring soon for posts that are committed."""
        self._ids.extend(post_ids)
        del self._ids[MOST:]
        if self._ids:
            self._some.set()

    async def run(self) -> None:
        """Ring for what comes, until cancelled."""
        while True:
            await self._some.wait()
            if not await self.ring_now():
                await asyncio.sleep(PAUSE)

    async def ring_now(self) -> bool:
        """Ring for all that waits; return whether the broker could be reached."""
        self._some.clear()
        ids, self._ids = self._ids, []
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, queue.enqueue, ids)
        except Exception as error:  # whatever it is: the posts are safe, and ringing must go on
            log.warning("intake_broker_away", error=str(error), posts=len(ids))
            self.ring(ids)
            return False
        return True
