"""One configured source, read once or many times; a stream stays open from one reading to the next."""

from collections.abc import Callable
from contextlib import suppress
from threading import Event
from time import monotonic

from ingest import terms
from ingest.adapter import Adapter, Stream
from ingest.refetch import Refetching
from ingest.run import Progress, Summary, pump
from ingest.sources import Source
from ingest.stoppable import StoppableStream, Stopped
from triage import audit, checkpoints
from triage.audit import Deed
from triage.db import session_scope
from triage.errors import ConfigurationError, InputError, ServiceUnavailable

READING_SECONDS = 300.0
"""A followed stream has no end: what was read in this time is audited, and the next reading begins."""
FAILURES = (ConfigurationError, InputError, ServiceUnavailable)
FIGURES = ("posts", "stored", "duplicates", "rejected", "deleted")


class Reader:
    """Reads a source as long as somebody answers for it. Close it in the end."""

    def __init__(
        self, source: Source, on_page: Callable[[Progress], None], stop: Event, *, lasting: bool
    ) -> None:
        """Read a source.

        Args:
            source: configured by `ingest.sources`.
            on_page: called after each page is stored.
            stop: once set, no further page is read.
            lasting: it is followed: a stream that has caught up goes on.
        """
        self._source, self._on_page, self._stop, self._lasting = source, on_page, stop, lasting
        self._stream: StoppableStream | None = None
        self._started = False
        self._refetching = Refetching(source.name, self._hear, stop)
        self.seen = Summary()
        """What became of the items of the newest reading, also where it failed in the end."""

    @property
    def streams(self) -> bool:
        """Whether a connection is open, so that the next reading is not to wait."""
        return self._stream is not None

    def read(self) -> None:
        """Read from where the source was left to its end; a stream that is followed for some minutes.

        Raises:
            NotApproved: nobody answers for it now; asked anew before each page.
            ConfigurationError, InputError, ServiceUnavailable: it cannot be opened or read. The reason is
                kept for `flagpost source status`.
        """
        self.seen = Summary()
        terms.require(self._source.name)
        self._refetching.begin()
        try:
            self._read()
        except Stopped:
            pass
        except BaseException as error:
            self._hang_up()
            if isinstance(error, FAILURES):
                self._note(error)
            raise
        finally:
            self._audit()

    def close(self) -> None:
        """Hang up, where a connection is open, and end what was begun beside the reading."""
        self._hang_up()
        self._refetching.close()

    def _hang_up(self) -> None:
        if self._stream:
            self._stream.close()
        self._stream = None

    def _read(self) -> None:
        name = self._source.name
        adapter = self._stream or self._open()
        ends = monotonic() + READING_SECONDS if self.streams and self._lasting else float("inf")
        pump(adapter, name, self._tell, lambda: self._go_on(ends), name, self._stop)

    def _open(self) -> Adapter:
        adapter = self._source.open()
        if not self._started:
            terms.start(self._source.name)
            self._started = True
        if isinstance(adapter, Stream):
            self._stream = adapter = StoppableStream(adapter, self._stop, lasting=self._lasting)
        return adapter

    def _go_on(self, ends: float) -> bool:
        terms.require(self._source.name)
        return not self._stop.is_set() and monotonic() < ends

    def _hear(self, messages: tuple[str, ...]) -> None:
        self._on_page(Progress(0, self.seen, messages))

    def _tell(self, progress: Progress) -> None:
        self.seen = progress.summary
        self._on_page(progress)

    def _note(self, error: Exception) -> None:
        """Keep why it failed; with the database away there is nowhere to keep it."""
        with suppress(ServiceUnavailable), session_scope() as session:
            checkpoints.fail(session, self._source.name, str(error))

    def _audit(self) -> None:
        if self.seen.news:  # finding again what is known, every minute, is none
            figures = {name: getattr(self.seen, name) for name in FIGURES}
            with session_scope() as session:
                audit.record(session, "system", Deed.SOURCE_READ, f"source:{self._source.name}", figures)
