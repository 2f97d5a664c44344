"""The body of a request, read piece by piece within its limits of bytes, time and memory."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

from starlette.datastructures import Headers
from starlette.requests import Request

from ingest.intake.shares import Shares
from ingest.intake.signatures import Seal
from triage.errors import RequestRefused
from triage.settings import get_settings

MAX_HEADERS = 64

Take: TypeAlias = Callable[[bytes], None]
"""Takes the next piece of a body."""


def check_headers(headers: Headers) -> None:
    """Check what can be known about a request before its body.

    Raises:
        RequestRefused: it is not one for us.
    """
    if len(headers) > MAX_HEADERS:
        raise RequestRefused(431, f"The request has over {MAX_HEADERS} headers.", "Send fewer.")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise RequestRefused(415, "Compressed bodies are not read.", "Send the body as it is.")


class Reader:
    """Reads bodies. Of one that is refused in any case nothing is kept."""

    def __init__(self, sources: int) -> None:
        settings = get_settings()
        self._limit, self._seconds = settings.intake_max_bytes, settings.intake_seconds
        self._shares = Shares(sources, self._limit)

    @asynccontextmanager
    async def body(
        self, request: Request, source: str, seal: Seal, *, keep: bool = True
    ) -> AsyncIterator[bytearray]:
        """Read a body, and hold it for as long as the block lasts. Its seal sees every piece.

        Args:
            request: whose body it is.
            source: that it names, in whose share it counts.
            seal: of the request. Where it has a problem already, nothing is kept or counted.
            keep: whether anything is kept at all.

        Raises:
            RequestRefused: it is too large or too slow, or there is no memory for it now.
        """
        body = bytearray()
        with self._shares.part(source) as grow:

            def take(piece: bytes) -> None:
                if seal.problem is None:
                    grow(len(piece))
                    seal.update(piece)
                    body.extend(piece if keep else b"")

            await self._read_in_time(request, take)
            yield body

    async def _read_in_time(self, request: Request, take: Take) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._read(request, take)
        except TimeoutError as error:
            raise RequestRefused(
                408, f"The body took longer than {self._seconds:g} s to arrive.", "Send less at a time."
            ) from error

    async def _read(self, request: Request, take: Take) -> None:
        """Read a body to its end, also one that is refused (within reason), so that our answer is heard."""
        size = 0
        async for piece in request.stream():
            size += len(piece)
            if size > 2 * self._limit:
                break
            if size <= self._limit:
                take(piece)
        if size > self._limit:
            raise RequestRefused(
                413, f"The body is over {self._limit} bytes.", "Send the posts in several requests."
            )
