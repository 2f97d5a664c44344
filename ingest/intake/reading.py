"""The body of a request, read piece by piece within its limits of bytes, time and memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.datastructures import Headers
from starlette.requests import Request

from ingest.intake.signatures import Seal
from triage.errors import RequestRefused
from triage.settings import get_settings

MAX_HEADERS = 64
SHARES = 4
"""All bodies under way together may hold this many times the largest one."""


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
    """Reads bodies, and knows how much memory those under way hold."""

    def __init__(self) -> None:
        settings = get_settings()
        self._limit, self._seconds = settings.intake_max_bytes, settings.intake_seconds
        self._held = 0

    @asynccontextmanager
    async def body(self, request: Request, seal: Seal) -> AsyncIterator[bytearray]:
        """Read a body, and hold it for as long as the block lasts. Its seal sees every piece.

        Raises:
            RequestRefused: it is too large or too slow, or there is no memory for it now.
        """
        body = bytearray()
        try:
            await self._fill_in_time(body, request, seal)
            yield body
        finally:
            self._held -= len(body)

    async def _fill_in_time(self, body: bytearray, request: Request, seal: Seal) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._fill(body, request, seal)
        except TimeoutError as error:
            raise RequestRefused(
                408, f"The body took longer than {self._seconds:g} s to arrive.", "Send less at a time."
            ) from error

    async def _fill(self, body: bytearray, request: Request, seal: Seal) -> None:
        """Read a body to its end, also one that is refused (within reason), so that our answer is heard."""
        size = 0
        async for piece in request.stream():
            size += len(piece)
            if size > 2 * self._limit:
                break
            if size <= self._limit and seal.problem is None:
                self._take(body, piece)
                seal.update(piece)
        if size > self._limit:
            raise RequestRefused(
                413, f"The body is over {self._limit} bytes.", "Send the posts in several requests."
            )

    def _take(self, body: bytearray, piece: bytes) -> None:
        if self._held + len(piece) > SHARES * self._limit:
            raise RequestRefused(503, "Too many large requests at once.", "Send it again.", retry_after=2)
        body += piece
        self._held += len(piece)
