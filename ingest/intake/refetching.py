"""Pictures that senders named by address and whose server was away, fetched later, beside the answers."""

import asyncio
from collections.abc import Iterable
from concurrent.futures import Executor

import structlog

from ingest import terms
from ingest.intake.senders import Sender
from ingest.refetch import refetch

PAUSE = 60.0
"""Seconds between two looks."""

log = structlog.get_logger(__name__)


async def refetching(senders: Iterable[Sender], threads: Executor) -> None:
    """Try again to fetch the pictures of senders whose pictures are fetched at all, until cancelled."""
    names = [sender.name for sender in senders if sender.fetch_pictures]
    while names:
        await asyncio.sleep(PAUSE)
        for name in names:
            try:
                await asyncio.get_running_loop().run_in_executor(threads, _refetch, name)
            except Exception as error:  # whatever it is: there is another look, and others' pictures wait
                log.warning("intake_refetch_failed", kind=type(error).__name__, source=name)


def _refetch(name: str) -> None:
    """Fetch only while somebody answers for the source."""
    refetch(name, lambda: terms.refusal_of(name) is None)
