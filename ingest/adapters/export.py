"""What exports have in common: items in a fixed order, known by their number, read in one go.

An export is often one long document, so reading cannot begin in its middle. A run reads on where the page
before ended; only after an interruption is the export read from its start, passing over what was stored.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from ingest.adapter import PAGE_POSTS, Checkpoint, FoundPost, Page, Rejected
from ingest.adapters.items import Items
from triage.errors import InputError

Step: TypeAlias = tuple[float, FoundPost | Rejected | str]
"""The part of the export read so far (0 to 1), and an item, or a notice for a person."""


class ExportAdapter(ABC):
    """Reads an export. Its checkpoint: how many items were read, and the export's fingerprint."""

    def __init__(self, path: Path, source: str, page_posts: int = PAGE_POSTS) -> None:
        """Read `path`; its posts are of `source`; a page holds `page_posts` items at most."""
        self.path = path
        self.source = source
        self.page_posts = page_posts
        self._print = self._fingerprint()
        self._open: tuple[int, Iterator[Step]] | None = None

    def fetch(self, checkpoint: Checkpoint) -> Page:
        """See `ingest.adapter.Adapter`."""
        if self._changed():
            raise InputError(
                f"{self.path} changed while it was being read. Run it again once it is complete: "
                "what is stored already counts as duplicates."
            )
        begin = checkpoint["next"] if checkpoint.get("export") == self._print else 0
        return self._page(begin, self._steps_from(begin))

    def _page(self, begin: int, steps: Iterator[Step]) -> Page:
        items, notices, fraction, done = Items(self.page_posts), [], 1.0, True
        for fraction, found in steps:  # noqa: B007 - the last one is the page's
            if isinstance(found, str):
                notices.append(found)
                continue
            items.add(found)
            if items.full:
                done = False
                break
        end = begin + items.count
        self._open = None if done else (end, steps)
        if not end:
            notices.append(f"{self.path} holds no posts.")
        return Page(
            tuple(items.posts),
            tuple(items.rejected),
            {"export": self._print, "next": end},
            done,
            1.0 if done else fraction,
            tuple(notices),
        )

    def _steps_from(self, begin: int) -> Iterator[Step]:
        """Go on with what the page before left, or pass over the first items of a new reading."""
        opened, self._open = self._open, None
        if opened and opened[0] == begin:
            return opened[1]
        steps = self._steps()
        with suppress(StopIteration):
            while begin:
                begin -= not isinstance(next(steps)[1], str)
        return steps

    def _changed(self) -> bool:
        return self._fingerprint() != self._print

    @abstractmethod
    def _fingerprint(self) -> str:
        """Return a digest that differs once the export was changed.

        Raises:
            InputError: the export cannot be read.
        """

    @abstractmethod
    def _steps(self) -> Iterator[Step]:
        """Read the export from its start, one item at a time.

        Raises:
            InputError: it cannot be read; the message says what to do.
        """
