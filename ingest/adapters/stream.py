"""What adapters of streams share: an open connection, read in pages of a second."""

import hashlib
from collections import deque
from time import monotonic
from typing import Any

from ingest.adapter import PAGE_BYTES, PAGE_POSTS
from ingest.adapters.items import passed_over
from ingest.http.channel import Telling, Told
from triage.errors import FetchFailed

PAGE_SECONDS = 1.0
"""A page ends after this, full or empty, so that no post waits for its neighbours."""
SILENCE_SECONDS = 90.0
"""Where nothing at all comes for so long, the connection is taken for dead."""
TELL_SECONDS = 300.0
"""What is usual on a stream is told no more often than this."""


class Tap:
    """One open stream. What breaks after events came is raised only once those were handed over."""

    def __init__(
        self, telling: Telling, silence: float = SILENCE_SECONDS, *, only_events: bool = False
    ) -> None:
        """Read a stream.

        Args:
            telling: the open connection.
            silence: seconds without a byte after which it is given up.
            only_events: heartbeats do not count: a server may send those though it has lost its own source.
        """
        self._telling, self._silence, self._only_events = telling, silence, only_events
        self._told_at = self._heard_at = self._nudged_at = monotonic()
        self._failure: FetchFailed | None = None

    def page(self, most: int = PAGE_POSTS) -> list[Told]:
        """Return the events of a second, or fewer where a page is full before.

        Raises:
            FetchFailed: the stream ended, broke or fell silent.
        """
        if self._failure:
            raise self._failure
        events, size, ends = list[Told](), 0, monotonic() + PAGE_SECONDS
        try:
            while len(events) < most and size < PAGE_BYTES and (left := ends - monotonic()) > 0:
                if one := self._telling.next(left):
                    events.append(one)
                    size += len(one.data)
            self._watch(told=bool(events))
        except FetchFailed as error:
            if not events:
                raise
            self._failure = error
        return events

    @property
    def name(self) -> str:
        """The stream's address as messages show it."""
        return self._telling.name

    @property
    def quiet_for(self) -> float:
        """The seconds since the last event came, or since the stream was opened."""
        return monotonic() - self._told_at

    def place(self, told: Told) -> str:
        """Return a place of an event's own, the same whenever it comes again."""
        return f"{self.name}: {told.kind or 'event'} {hashlib.sha256(told.data).hexdigest()[:16]}"

    def close(self) -> None:
        """Hang up."""
        self._telling.close()

    def _watch(self, *, told: bool) -> None:
        """Give up a stream that fell silent; half-way there, ask for a sign of life."""
        now = monotonic()
        self._told_at = now if told else self._told_at
        self._heard_at = self._told_at if self._only_events else max(self._telling.heard_at, self._told_at)
        if now - self._heard_at > self._silence:
            raise FetchFailed(
                f"{self._telling.name}: silent for {self._silence:g} s; it is connected to anew"
            )
        if now - max(self._heard_at, self._nudged_at) > self._silence / 2:
            self._nudged_at = now
            self._telling.nudge()


class PassedOver:
    """Counts posts that hold nothing to score; a stream brings some every minute."""

    def __init__(self) -> None:
        self._count, self._told_at = 0, float("-inf")

    def add(self, count: int = 1) -> None:
        """Count some more."""
        self._count += count

    def notices(self) -> tuple[str, ...]:
        """Return what is new for a person to hear, if it is time to."""
        if not self._count or monotonic() - self._told_at < TELL_SECONDS:
            return ()
        count, self._count, self._told_at = self._count, 0, monotonic()
        return passed_over(count)


class Trail:
    """Where to go on from, a little behind the newest event: streams neither begin nor end sharply."""

    def __init__(self, seconds: float, start: Any = None) -> None:  # noqa: ANN401 - whatever the source counts by
        """Stay `seconds` behind; `start` is where reading begins, None where that is not known."""
        self._seconds = seconds
        self._passed: deque[tuple[float, Any]] = deque([] if start is None else [(float("-inf"), start)])

    def add(self, place: Any, moment: float) -> None:  # noqa: ANN401
        """Note a place that was reached at a moment, on any one clock."""
        if self._passed and moment < self._passed[-1][0] + 1:
            return  # one place a second is enough
        self._passed.append((moment, place))
        while len(self._passed) > 1 and self._passed[1][0] <= moment - self._seconds:
            self._passed.popleft()

    @property
    def behind(self) -> Any:  # noqa: ANN401
        """The place to go on from; None where there is none yet."""
        return self._passed[0][1] if self._passed else None
