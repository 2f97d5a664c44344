"""Who may ask a host now: so many at a time, so many a second, however many fetch from it in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock, Semaphore
from time import monotonic, sleep

from ingest.http.limits import Budget, Limits
from triage.errors import FetchFailed

MAX_HOSTS = 1000
"""Hosts remembered; beyond that those at rest are forgotten, so that no list of names fills the memory."""
MAX_REST = 3600.0
"""The longest that a host's wish to be left alone is heeded without looking again, in seconds."""


@dataclass(slots=True)
class _Host:
    free: Semaphore
    full_at: float = 0.0
    """When its token bucket is full again; the emptier, the later. One number is the whole bucket."""
    users: int = 0


class Turns:
    """The hosts being asked. Safe to share between threads."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._hosts: dict[str, _Host] = {}
        self._rests: dict[str, float] = {}
        """Until when hosts want to be left alone."""
        self._lock = Lock()

    @contextmanager
    def turn(self, name: str, budget: Budget) -> Iterator[None]:
        """Wait for a turn and hold it, no longer than the budget allows.

        Raises:
            FetchFailed: it would come too late; `retry_after` says when to try again.
        """
        with self._lock:
            host = self._host(name)
            host.users += 1
        try:
            if not host.free.acquire(timeout=budget.seconds_left()):
                raise _too_busy(budget, self._limits.total_seconds)
            try:
                sleep(self._wait(name, host, budget))
                yield
            finally:
                host.free.release()
        finally:
            with self._lock:
                host.users -= 1

    def rest(self, name: str, seconds: float | None) -> None:
        """Leave a host alone for so long, whoever wants to ask it; None or 0 changes nothing."""
        if not seconds:
            return
        with self._lock:
            until = monotonic() + min(seconds, MAX_REST)
            self._rests[name] = max(until, self._rests.pop(name, until))
            while len(self._rests) > MAX_HOSTS:
                del self._rests[next(iter(self._rests))]

    def _host(self, name: str) -> _Host:
        if len(self._hosts) >= MAX_HOSTS:
            now = monotonic()
            self._hosts = {n: host for n, host in self._hosts.items() if host.users or host.full_at > now}
        return self._hosts.setdefault(name, _Host(Semaphore(self._limits.concurrent)))

    def _wait(self, name: str, host: _Host, budget: Budget) -> float:
        """Take a token and return the seconds until it is there; take none if that is too late."""
        each = 1 / self._limits.per_second
        with self._lock:
            now = monotonic()
            rest = self._rests.get(name, now) - now
            if rest >= budget.seconds_left():
                raise _at_rest(budget, rest)
            full_at = max(host.full_at, now) + each
            wait = max(0.0, rest, full_at - now - self._limits.burst * each)
            if wait >= budget.seconds_left():
                raise _too_busy(budget, wait)
            host.full_at = full_at
        return wait


def _at_rest(budget: Budget, seconds: float) -> FetchFailed:
    message = f"{budget.name}: its host wants to be left alone; it is not asked for another {seconds:.0f} s"
    return FetchFailed(message, retry_after=seconds)


def _too_busy(budget: Budget, seconds: float) -> FetchFailed:
    message = f"{budget.name}: its host is asked as often as it may be (FLAGPOST_FETCH_PER_SECOND); try later"
    return FetchFailed(message, retry_after=seconds)
