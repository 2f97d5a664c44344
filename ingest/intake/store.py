"""Group commit: the posts of many requests in one transaction, each request answered after its commit.

While one transaction is under way the next requests gather, so that a busy intake commits rarely and a quiet
one at once. One thread talks to the database, never the event loop; one rings the queue.
"""

import asyncio
from collections import ChainMap
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from traceback import format_tb

import structlog

from ingest.adapter import PAGE_MEDIA, Page
from ingest.intake.answers import Result, Status, picture_problems
from ingest.intake.bodies import index_of
from ingest.intake.ringing import Ringer
from ingest.prepare import Prepared
from triage import checkpoints, contracts, deletions, handles, posts, rejections
from triage.db import session_scope
from triage.errors import RequestRefused, ServiceUnavailable
from triage.settings import get_settings

MAX_GROUP = 1000
"""Posts after which no further request joins a transaction; PAGE_MEDIA does the same for pictures."""

BROKEN = (
    "The request broke something in Flagpost.",
    "Tell its administrator when; nothing of it was stored.",
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One request's posts, ready to store."""

    source: str
    page: Page
    prepared: Prepared
    ids: Mapping[str, str | None]
    """Those of its rejected items, see `ingest.intake.bodies.Sent`."""

    @property
    def media(self) -> int:
        """The number of its pictures."""
        return sum(len(post.media) for post in self.prepared.posts)


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of each parcel of a transaction, and the ids of the posts that wait for their scores."""

    results: list[tuple[Result, ...]]
    waiting: tuple[int, ...]


Waiting = tuple[Parcel, "asyncio.Future[tuple[Result, ...]]"]


class Store:
    """Takes parcels and stores them in groups. `run` must be running."""

    def __init__(self, ringer: Ringer) -> None:
        self._pause = get_settings().intake_gather_ms / 1000
        self._queue = asyncio.Queue[Waiting]()
        self._thread = ThreadPoolExecutor(1, "intake-store")
        self._ringer = ringer

    async def put(self, parcel: Parcel) -> tuple[Result, ...]:
        """Store a parcel and return, after the commit, what became of its posts.

        Raises:
            ServiceUnavailable: the database cannot be reached. Nothing of it was stored.
        """
        future: asyncio.Future[tuple[Result, ...]] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((parcel, future))
        return await future

    async def run(self) -> None:
        """Store what comes, until cancelled."""
        while True:
            await self._store(await self._gather())

    async def _gather(self) -> list[Waiting]:
        group = [await self._queue.get()]
        try:
            async with asyncio.timeout(self._pause):
                while not _full(group):
                    group.append(await self._queue.get())
        except TimeoutError:
            pass
        return group

    async def _store(self, group: list[Waiting]) -> None:
        try:
            stored = await self._commit([parcel for parcel, _ in group])
        except Exception as error:
            await self._mend(group, error)
            return
        for (_, future), results in zip(group, stored.results, strict=True):
            if not future.done():  # else its sender has hung up
                future.set_result(results)
        self._ringer.ring(stored.waiting)

    async def _mend(self, group: list[Waiting], error: Exception) -> None:
        """Store requests one by one after their transaction failed: one must not cost the others."""
        if not isinstance(error, ServiceUnavailable):
            # Where it broke, not what it says: the database's messages quote captions.
            where = "".join(format_tb(error.__traceback__))
            log.error("intake_store_failed", kind=type(error).__name__, requests=len(group), where=where)
            if len(group) > 1:
                for one in group:
                    await self._store([one])
                return
            error = RequestRefused(500, *BROKEN)
        for _, future in group:
            if not future.done():
                future.set_exception(error)

    async def _commit(self, parcels: Sequence[Parcel]) -> Stored:
        return await asyncio.get_running_loop().run_in_executor(self._thread, commit, parcels)


def commit(parcels: Sequence[Parcel]) -> Stored:
    """Store the posts and the rejected items of some requests in one transaction."""
    found = [post for parcel in parcels for post in parcel.prepared.posts]
    # In one order, so that two intakes that are sent the same posts do not wait for each other in a circle.
    found.sort(key=lambda post: (post.source, post.external_id))
    with session_scope() as session:
        recorded = posts.record(session, found)
        deletions.record(session, [key for parcel in parcels for key in parcel.prepared.deleted])
        handles.record(session, dict(ChainMap(*(parcel.prepared.handles for parcel in parcels))))
        for parcel in parcels:
            for item in parcel.prepared.rejected:
                rejections.record(session, parcel.source, item.where, item.reason)
        for source in sorted({parcel.source for parcel in parcels}):
            checkpoints.save(session, source, {})  # nothing to go on from, but when something last came
    new = set(recorded.items)
    results = [tuple(sorted(_results(parcel, new), key=lambda one: one.index)) for parcel in parcels]
    return Stored(results, (*recorded.stored, *recorded.waiting))


def _results(parcel: Parcel, new: set[posts.Item]) -> list[Result]:
    ids = {**parcel.ids, **{found.where: found.fields.id for found in parcel.page.posts}}
    rejected = {item.where: item.reason for item in parcel.prepared.rejected}
    kept = [found for found in parcel.page.posts if found.where not in rejected and not found.fields.deleted]
    deleted = [
        Result(index=index_of(found.where), id=found.fields.id, status=Status.DELETED)
        for found in parcel.page.posts
        if found.fields.deleted
    ]
    refused = [
        Result(index=index_of(where), id=ids.get(where), status=Status.REJECTED, why=reason)
        for where, reason in rejected.items()
    ]
    return (
        refused
        + deleted
        + [
            Result(
                index=index_of(found.where),
                id=found.fields.id,
                status=_status(post, new),
                why=picture_problems(found.media, post.media),
            )
            for found, post in zip(kept, parcel.prepared.posts, strict=True)
        ]
    )


def _status(post: contracts.Post, new: set[posts.Item]) -> Status:
    """The first of two that are the same is the one that was stored."""
    if posts.item(post) not in new:
        return Status.DUPLICATE
    new.remove(posts.item(post))
    return Status.STORED


def _full(group: Sequence[Waiting]) -> bool:
    parcels = [parcel for parcel, _ in group]
    return (
        sum(len(parcel.page.posts) + len(parcel.page.rejected) for parcel in parcels) >= MAX_GROUP
        or sum(parcel.media for parcel in parcels) >= PAGE_MEDIA
    )
