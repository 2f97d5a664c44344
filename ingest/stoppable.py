"""Waits that end as soon as reading is to stop, for pages of a stream and for pictures."""

from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import replace
from threading import Event, Thread
from typing import TypeVar

from ingest.adapter import Checkpoint, Page, Stream

POLL_SECONDS = 0.1
T = TypeVar("T")


class Stopped(Exception):
    """Reading is to stop; what was not stored yet is read again."""


def unless(stop: Event | None, call: Callable[[], T]) -> T:
    """Return what a call returns, or leave it alone in its thread once `stop`, if there is one, is set.

    Raises:
        Stopped: it is set. Whatever the call itself raises.
    """
    if stop is None:
        return call()
    answer: Future[T] = Future()

    def work() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:  # handed over to whoever waits
            answer.set_exception(error)

    Thread(target=work, name="wait", daemon=True).start()
    while not wait([answer], POLL_SECONDS).done:
        if stop.is_set():
            raise Stopped
    return answer.result()


class StoppableStream:
    """See `ingest.adapter.Stream`."""

    def __init__(self, inner: Stream, stop: Event, *, lasting: bool) -> None:
        """Wrap a stream; where it is to be `lasting`, having caught up is not its end."""
        self._inner, self._stop, self._lasting = inner, stop, lasting

    def fetch(self, checkpoint: Checkpoint) -> Page:
        """Return the next page.

        Raises:
            InputError: as the stream itself.
            Stopped: reading is to stop.
        """
        page = unless(self._stop, lambda: self._inner.fetch(checkpoint))
        return replace(page, done=page.done and not self._lasting)

    def close(self) -> None:
        """See `ingest.adapter.Stream`."""
        self._inner.close()
