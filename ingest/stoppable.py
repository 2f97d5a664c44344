"""A stream whose waits end as soon as reading is to stop, wherever it waits: for a page or for a picture."""

from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from threading import Event, Thread
from typing import TypeVar

from ingest.adapter import Checkpoint, Content, FoundMedia, FoundPost, Page, Stream

POLL_SECONDS = 0.1
T = TypeVar("T")


class Stopped(Exception):
    """Reading is to stop; what was not stored yet is read again."""


def unless(stop: Event, call: Callable[[], T]) -> T:
    """Return what a call returns, or leave it alone in its thread once `stop` is set.

    Raises:
        Stopped: it is set. Whatever the call itself raises.
    """
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


@dataclass(frozen=True, slots=True)
class StoppableContent:
    """A picture's bytes, see `ingest.adapter.Content`."""

    inner: Content
    stop: Event

    def read(self, limit: int) -> bytes:
        """Return all bytes.

        Raises:
            MediaError: as the content itself.
            Stopped: reading is to stop.
        """
        return unless(self.stop, lambda: self.inner.read(limit))


def bare(content: Content | None) -> Content | None:
    """Return a picture as its adapter handed it over."""
    return content.inner if isinstance(content, StoppableContent) else content


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
        posts = tuple(self._post(one) for one in page.posts)
        return replace(page, posts=posts, done=page.done and not self._lasting)

    def close(self) -> None:
        """See `ingest.adapter.Stream`."""
        self._inner.close()

    def _post(self, post: FoundPost) -> FoundPost:
        return replace(post, media=tuple(self._media(one) for one in post.media)) if post.media else post

    def _media(self, one: FoundMedia) -> FoundMedia:
        return replace(one, content=StoppableContent(one.content, self._stop)) if one.content else one
