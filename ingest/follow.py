"""Read a configured source once, or again and again until told to stop."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from random import uniform
from threading import Event

from ingest.reader import Reader
from ingest.run import Progress, Summary
from ingest.sources import Source
from triage.errors import FetchFailed, InputError, ServiceUnavailable

LONGEST_PAUSE = 300.0
"""Seconds between attempts at most, however often a source failed."""
AN_HOUR = 3600.0
"""The longest that a server's wish is heeded without looking again."""


def read(source: Source, on_page: Callable[[Progress], None], stop: Event) -> Summary:
    """Read a source from where it was left, as long as somebody answers for it.

    Args:
        source: configured by `ingest.sources`.
        on_page: called after each page is stored.
        stop: once set, no further page is read.

    Raises:
        NotApproved: nobody answers for it now; asked anew before each page.
        ConfigurationError, InputError, ServiceUnavailable: it cannot be opened or read.
    """
    with closing(Reader(source, on_page, stop, lasting=False)) as reader:
        reader.read()
        return reader.seen


def follow(source: Source, on_page: Callable[[Progress], None], stop: Event) -> Summary:
    """Read a source whenever its pause is over, until `stop` is set or nobody answers for it.

    A source that fails is tried again after a pause that grows, and differs between two that fail together.
    A stream has no pause unless it fails.

    Returns:
        What became of all items; without the ids that wait, which would grow without end.

    Raises:
        NotApproved, ConfigurationError: see `read`.
    """
    failures, total = 0, Summary()
    with closing(Reader(source, on_page, stop, lasting=True)) as reader:
        while not stop.is_set():
            try:
                reader.read()
                failures, pause = 0, 0.0 if reader.streams else source.every
            except (InputError, ServiceUnavailable) as error:
                failures = 1 if reader.seen.posts else failures + 1
                pause = max(backoff(failures), asked_for(error))
                on_page(Progress(0, Summary(), (f"{error} Next attempt in {pause:.0f} s.",)))
            total += replace(reader.seen, waiting=())
            stop.wait(pause)
    return total


def backoff(failures: int) -> float:
    """Return the seconds to wait after so many failures in a row: doubling, with jitter, up to a limit."""
    return min(LONGEST_PAUSE, 2.0 ** min(failures, 20)) * uniform(0.5, 1)  # noqa: S311 - no secret


def asked_for(error: Exception) -> float:
    """Return the seconds that a server asks to be left alone, 0 if it does not, AN_HOUR at most."""
    return min(AN_HOUR, (error.retry_after or 0.0) if isinstance(error, FetchFailed) else 0.0)
