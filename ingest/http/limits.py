"""What one fetch may cost, and what it has left: seconds and bytes."""

from dataclasses import dataclass
from time import monotonic

from triage.errors import FetchFailed

KIB = 2**10
MIB = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of every fetch. A server is believed in nothing, so each of them holds whatever it sends."""

    connect_seconds: float = 5
    """Longest wait for one address to accept a connection."""
    idle_seconds: float = 10
    """Longest silence between two pieces of an answer."""
    total_seconds: float = 30
    """Longest a fetch takes, all together: waiting for its turn, names, redirects, the last byte."""
    head_bytes: int = 64 * KIB
    """Most bytes received before an answer's headers are over."""
    body_bytes: int = 32 * MIB
    """Largest body, where the caller names no limit of its own."""
    redirects: int = 5
    """Most redirects followed."""
    per_second: float = 5
    """Requests a second to one host, on average."""
    burst: int = 10
    """Requests that a host which was left alone may be sent at once."""
    concurrent: int = 4
    """Requests that one host answers at the same time."""


class Budget:
    """What one fetch has left. Its sockets ask it before each read and tell it what came."""

    def __init__(self, name: str, seconds: float) -> None:
        self.name = name
        """The address as messages show it."""
        self._seconds = seconds
        self._ends = monotonic() + seconds
        self._bytes = 0

    def seconds_left(self) -> float:
        """Return the seconds until the deadline, more than 0.

        Raises:
            FetchFailed: the deadline is over.
        """
        if (left := self._ends - monotonic()) > 0:
            return left
        raise FetchFailed(f"{self.name}: not finished after {self._seconds:g} s; try again later")

    def allow(self, count: int) -> None:
        """Set how many bytes may still be received."""
        self._bytes = count

    def take(self, count: int) -> None:
        """Count bytes as received.

        Raises:
            FetchFailed: they are more than is allowed.
        """
        self._bytes -= count
        if self._bytes < 0:
            message = f"{self.name}: the server sends more than may be read; leave it out"
            raise FetchFailed(message, for_good=True)
