"""The intake on uvicorn, with what uvicorn does not limit by itself: how long a request's head may take."""

import asyncio

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""Longest that a request's head may take to arrive, from its connection's or its own first byte."""
HEAD_BYTES = 32 * 2**10
CONNECTIONS = 256
STOP_SECONDS = 20


class ImpatientProtocol(H11Protocol):
    """Cuts connections that stay between two requests without ever finishing the next one's head."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        super().connection_lost(exc)
        self._rest()

    def _watch(self) -> None:
        if self.cycle and not self.cycle.response_complete:
            self._rest()
        elif self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _rest(self) -> None:
        if self._late:
            self._late.cancel()
            self._late = None


def config(app: FastAPI, host: str, port: int) -> uvicorn.Config:
    """Return how uvicorn serves the intake: with limits, and its logs as ours."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=ImpatientProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=HEAD_BYTES,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
