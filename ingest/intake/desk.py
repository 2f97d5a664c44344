"""One request's way: headers, body, signature, approval, posts, commit. In this order; any may refuse."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from secrets import token_bytes
from typing import NoReturn

import structlog
from starlette.requests import Request

from ingest import terms
from ingest.intake.answers import Answer, answer
from ingest.intake.bodies import Entries, Sent, entries_of, fetches, read_page
from ingest.intake.gate import Gate
from ingest.intake.reading import Reader, check_headers
from ingest.intake.refetching import refetching
from ingest.intake.refusals import Refusals
from ingest.intake.ringing import Ringer
from ingest.intake.senders import Sender, senders
from ingest.intake.signatures import Seal
from ingest.intake.store import Parcel, Store
from ingest.intake.tallies import Tallies
from ingest.prepare import prepare
from triage.errors import RequestRefused
from triage.media import open_store

SOURCE = "flagpost-source"
"""Header that names the source. It is not signed, and need not be: no two sources share a key."""
NOBODY = Sender("", (token_bytes(32),))
"""Stands for whatever is no source. Its key, which nobody has, is as much work as another."""
THREADS = 16
FETCHING_THREADS = 8
NOT_AUTHENTIC = (
    "The request is not authentic.",
    "Check the source's name, the secret, the clock and the three webhook headers. "
    "See docs/sources/intake.md.",
)
"""One answer to every such request: which part was wrong stands in the audit log."""

log = structlog.get_logger(__name__)


class Desk:
    """Takes requests while `open` lasts."""

    def __init__(self) -> None:
        """Read who may send.

        Raises:
            ConfigurationError: nobody may, or an entry is wrong.
        """
        self._senders = senders()
        self._reader, self._refusals, self._ringer = Reader(len(self._senders)), Refusals(), Ringer()
        self._gate, self._store = Gate(self._refusals), Store(self._ringer)
        self._fetching = ThreadPoolExecutor(FETCHING_THREADS, "intake-fetch")
        self._begun: set[str] = set()
        self._tallies = Tallies()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Run what stores, rings and sums up; at the end, do it once more for what came last."""
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "intake"))
        later = refetching(self._senders.values(), self._fetching)
        jobs = (self._store.run(), self._ringer.run(), self._tallies.run(), later)
        running = [asyncio.create_task(job) for job in jobs]
        try:
            yield
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await self._ringer.ring_now()
            await self._refusals.finish()
            await self._tallies.write()

    async def take(self, request: Request) -> Answer:
        """Store the posts of a request.

        Raises:
            RequestRefused: it is not taken as a whole.
            ServiceUnavailable: the database or the media store cannot be reached.
        """
        check_headers(request.headers)
        content_type = request.headers.get("content-type", "")
        entries = entries_of(content_type)
        named = request.headers.get(SOURCE, "")
        sender = self._senders.get(named, NOBODY)
        seal = Seal(request.headers, sender.keys)
        async with self._reader.body(request, named, seal, keep=sender is not NOBODY) as body:
            if problem := seal.close():
                self._refuse(sender, problem)
            await self._gate.require_open(sender.name)
            await self._begin(sender)
            sent = await asyncio.to_thread(_read, entries, body, content_type, sender, seal.id)
            done = answer(await self._store.put(await self._prepare(sender, sent)))
            self._tallies.add(sender.name, done)
            return done

    def _refuse(self, sender: Sender, problem: str) -> NoReturn:
        if sender is NOBODY:
            self._refusals.note("intake", "no such source")
        else:
            self._refusals.note(f"source:{sender.name}", problem)
        raise RequestRefused(401, *NOT_AUTHENTIC)

    async def _begin(self, sender: Sender) -> None:
        """Let the audit log keep that this intake began to take posts of a source."""
        if sender.name not in self._begun:
            self._begun.add(sender.name)
            await asyncio.to_thread(terms.start, sender.name)

    async def _prepare(self, sender: Sender, sent: Sent) -> Parcel:
        """Keep the pictures; those to fetch have threads of their own, so that they delay nobody else."""
        threads = self._fetching if fetches(sent.page) else None
        prepared = await asyncio.get_running_loop().run_in_executor(threads, prepare, sent.page, open_store())
        return Parcel(sender.name, sent.page, prepared, sent.ids)


def _read(entries: Entries, body: bytearray, content_type: str, sender: Sender, message_id: str) -> Sent:
    return read_page(entries(bytes(body), content_type), sender, message_id)
