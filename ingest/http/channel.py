"""Connections that stay open: bytes as they come, each wait as long as the caller says."""

import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from urllib3.connection import HTTPConnection

from ingest.http.addresses import Target, shown
from ingest.http.limits import KIB, MIB, Budget
from triage.errors import FetchFailed

PIECE = 64 * KIB
HEAD_BYTES = 64 * KIB
"""Most bytes of an answer's headers, and of what frames its pieces."""
MAX_EVENT_BYTES = MIB
"""Largest event kept; a larger one is passed over as it comes, and said to be cut off."""
MAX_SKIPPED = 64 * MIB
"""An event larger than this has no end: the connection is given up."""
SEND_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a stream."""

    kind: str
    """What the server calls it; empty where it does not."""
    data: bytes
    whole: bool = True
    """False: it was too large, and `data` is its beginning."""


class Telling(Protocol):
    """An open stream of events, whichever way they are framed."""

    @property
    def name(self) -> str:
        """The address as messages show it."""
        ...

    @property
    def heard_at(self) -> float:
        """When the last byte came, a heartbeat's as well, on the monotonic clock."""
        ...

    def next(self, seconds: float) -> Told | None:
        """Return the next event; None: none was whole within that time.

        Raises:
            FetchFailed: the stream ended, broke, or is none.
        """
        ...

    def nudge(self) -> None:
        """Ask the other side for a sign of life, where the protocol has such a question.

        Raises:
            FetchFailed: the connection broke.
        """
        ...

    def close(self) -> None:
        """Hang up; a `next` that waits in another thread ends with an error."""
        ...


class Channel:
    """An open connection to an address that was checked."""

    def __init__(
        self, connection: HTTPConnection, target: Target, own: Mapping[str, str], budget: Budget
    ) -> None:
        """Take over a connection; `own` are every request's headers, `budget` what opening it may cost."""
        self.target, self.own, self.budget = target, own, budget
        self.name = shown(target.url)
        self.heard_at = monotonic()
        self._connection = connection
        self._sock: socket.socket = connection.sock

    def receive(self, seconds: float) -> bytes | None:
        """Return what came, at least one byte; None: nothing did within that time.

        Raises:
            FetchFailed: the other side hung up, or the connection broke.
        """
        try:
            self._sock.settimeout(max(seconds, 0.001))
            data = self._sock.recv(PIECE)
        except TimeoutError:
            return None
        except OSError as error:
            raise self._broke(error) from error
        if not data:
            raise FetchFailed(f"{self.name}: the server ended the stream; try again later")
        self.heard_at = monotonic()
        return data

    def head(self) -> bytes:
        """Return the next piece of an answer's head, as long as opening may take.

        Raises:
            FetchFailed: see `receive`; or nothing came, or not in time.
        """
        if (data := self.receive(self.budget.seconds_left())) is None:
            self.budget.seconds_left()
            raise FetchFailed(f"{self.name}: the server fell silent; try again later")
        self.budget.take(len(data))
        return data

    def send(self, data: bytes) -> None:
        """Send all of it.

        Raises:
            FetchFailed: the connection broke.
        """
        try:
            self._sock.settimeout(SEND_SECONDS)
            self._sock.sendall(data)
        except OSError as error:
            raise self._broke(error) from error

    def close(self) -> None:
        """Hang up, also under a thread that waits for bytes."""
        with suppress(OSError):  # it may be gone already
            self._sock.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def _broke(self, error: OSError) -> FetchFailed:
        why = type(error).__name__
        return FetchFailed(f"{self.name}: the connection broke ({why}); try again later")


class OverChannel:
    """What streams over a channel have in common, however they are framed; see `Telling`."""

    def __init__(self, channel: Channel) -> None:
        """Take over an open connection."""
        self._channel = channel

    @property
    def name(self) -> str:
        """See `Telling`."""
        return self._channel.name

    @property
    def heard_at(self) -> float:
        """See `Telling`."""
        return self._channel.heard_at

    def close(self) -> None:
        """See `Telling`. No farewell: the other side may be the reason that we leave."""
        self._channel.close()
