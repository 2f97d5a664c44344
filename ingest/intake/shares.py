"""Memory for bodies under way: each source has a share, so that whoever fills one takes nothing from others.

Whose body it is, its signature tells, and that only at its end. Until then it counts for the source that it
names, also where there is none of that name: an answer that depended on it would tell which sources exist.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from triage.errors import RequestRefused

SHARES = 4
"""Few sources share this many times the largest body; many have one largest body each."""
SMALL = 64 * 2**10
"""Bytes at the start of each body that no share counts: small ones always find room. The number of
connections bounds them."""

Grow: TypeAlias = Callable[[int], None]
"""Makes room for so many more bytes of a body; refuses where the share of its source is full."""


class Shares:
    """Knows how much memory the bodies under way hold, by the source that they name."""

    def __init__(self, sources: int, largest: int) -> None:
        self._most = max(largest, SHARES * largest // sources)
        self._held = Counter[str]()

    @contextmanager
    def part(self, source: str) -> Iterator[Grow]:
        """Let a body that names a source grow, and hold what it has for as long as the block lasts."""
        size = counted = 0

        def grow(by: int) -> None:
            nonlocal size, counted
            size += by
            more = max(size - SMALL, 0) - counted
            if self._held[source] + more > self._most:
                raise RequestRefused(503, "Too many large requests at once.", "Send it again.", retry_after=2)
            self._held[source] += more
            counted += more

        try:
            yield grow
        finally:
            self._held[source] -= counted
            if not self._held[source]:
                del self._held[source]
