"""What a person sees of a run: bars on a terminal, else a line now and then; messages up to a limit."""

import time
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ingest import run
from triage.post_readings import Progress as Readings
from triage.posts import Tally
from triage.screen import err, printable

MOST_MESSAGES = 20
"""So many rejections and warnings are written in full..."""
EVERY_SECONDS = 3600.0
"""... in an hour: a source may be followed for weeks."""
LINE_SECONDS = 5.0


class Report:
    """Writes to standard error while posts are read and scored."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description:8}"), BarColumn(), TextColumn("{task.fields[note]}"))
        self._bars = Progress(
            *columns, TimeElapsedColumn(), console=err, disable=not err.is_terminal, transient=True
        )
        self._reading = self._bars.add_task("reading", total=1.0, note="")
        self._scoring = self._bars.add_task("scoring", total=None, note="")
        self._words = self._bars.add_task("words", total=None, note="", visible=False)
        self._messages = 0
        self._since = self._last_line = time.monotonic()

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._bars.stop()
        self._count_the_rest()

    def page(self, progress: run.Progress) -> None:
        """Show a page of the source that was just stored."""
        said = f"{progress.summary.posts} posts"
        self._bars.update(self._reading, completed=progress.fraction, note=said)
        self._line(f"reading: {progress.fraction:.0%}, {said}")
        self.tell(progress.messages)

    def scores(self, tally: Tally) -> None:
        """Show how far the scoring has come."""
        done = tally.scored + tally.failed
        said = f"{done} of {done + tally.pending} posts, {tally.flagged} flagged"
        self._bars.update(self._scoring, completed=done, total=done + tally.pending, note=said)
        self._line(f"scoring: {said}")

    def readings(self, found: Readings) -> None:
        """Show how far the reading of the posts' pictures has come."""
        done = found.read + found.failed
        said = f"{done} of {done + found.waiting} pictures read for words"
        self._bars.update(self._words, completed=done, total=done + found.waiting, note=said, visible=True)
        self._line(f"words: {said}")

    def tell(self, messages: Iterable[str]) -> None:
        """Write messages, up to a limit in an hour."""
        if time.monotonic() - self._since > EVERY_SECONDS:
            self._count_the_rest()
            self._messages, self._since = 0, time.monotonic()
        for message in messages:
            self._messages += 1
            if self._messages <= MOST_MESSAGES:
                _say(printable(message))

    def _count_the_rest(self) -> None:
        if self._messages > MOST_MESSAGES:
            _say(f"... and {self._messages - MOST_MESSAGES} more messages like these.")

    def _line(self, text: str) -> None:
        if not err.is_terminal and time.monotonic() - self._last_line > LINE_SECONDS:
            self._last_line = time.monotonic()
            _say(text)


def _say(text: str) -> None:
    """Write one line, never wrapped: it may be read by a program."""
    err.print(text, markup=False, highlight=False, soft_wrap=True)
