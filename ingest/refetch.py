"""Pictures whose server was away, fetched later; their posts are scored anew. See `triage.late_pictures`."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Thread

from ingest import terms
from ingest.adapter import FoundMedia
from ingest.bell import Bell
from ingest.http.fetcher import Fetcher
from ingest.media import keep
from ingest.remote import RemoteFile
from ingest.stoppable import Stopped, unless
from triage import late_pictures
from triage.db import session_scope
from triage.errors import ServiceUnavailable
from triage.late_pictures import Late
from triage.media import MediaStore, open_store

MOST = 50
"""Pictures tried in one go, so that those of other sources do not wait long behind them."""


@dataclass(frozen=True)
class Refetched:
    """What became of the pictures that were tried again."""

    came: int = 0
    failed: int = 0
    messages: tuple[str, ...] = ()
    """What a person should hear."""


def refetch(
    source: str,
    go_on: Callable[[], bool] = lambda: True,
    fetcher: Fetcher | None = None,
    stop: Event | None = None,
) -> Refetched:
    """Try again to fetch pictures of a source whose pause is over, and queue their posts.

    Args:
        source: whose posts.
        go_on: asked before each picture.
        fetcher: by default the process's own.
        stop: once set, no picture is waited for.

    Raises:
        ServiceUnavailable: the database or the media store cannot be reached. A broker that cannot be
            reached is only a message: the posts stay pending and are queued again later.
    """
    store, came, failed = open_store(), list[int](), 0
    while len(came) + failed < MOST and go_on() and (late := _next(source)):
        try:
            arrived = _try(late, store, fetcher, stop)
        except Stopped:
            break
        if arrived:
            came.append(late.post_id)
        else:
            failed += 1
    told = [f"{len(came)} pictures came that could not be fetched before."] if came else []
    told += Bell().ring(tuple(dict.fromkeys(came)), last=True)
    return Refetched(len(came), failed, tuple(told))


class Refetching:
    """Tries again the pictures of a source that is read, beside its reading. Close it in the end."""

    def __init__(self, source: str, tell: Callable[[tuple[str, ...]], None], stop: Event) -> None:
        """Refetch a source's pictures.

        Args:
            source: whose posts.
            tell: called with what a person should hear, in another thread.
            stop: once set, no picture is waited for.
        """
        self._source, self._tell, self._stop = source, tell, stop
        self._thread = Thread()

    def begin(self) -> None:
        """Try what is due, unless that is still being done since the last time."""
        if not self._thread.is_alive():
            self._thread = Thread(target=self._run, name="refetch", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Wait for what was begun, no longer than until `stop` is set."""
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            said = refetch(self._source, self._go_on, stop=self._stop).messages
        except ServiceUnavailable as error:
            said = (str(error),)
        if said:
            self._tell(said)

    def _go_on(self) -> bool:
        return not self._stop.is_set() and terms.refusal_of(self._source) is None


def _next(source: str) -> Late | None:
    """Take a picture; the others stay due for whoever goes on, should this process end before them."""
    with session_scope() as session:
        return next(iter(late_pictures.due(session, source, 1)), None)


def _try(late: Late, store: MediaStore, fetcher: Fetcher | None, stop: Event | None) -> bool:
    found = FoundMedia("picture", RemoteFile(late.url, fetcher), late.alt)
    picture = unless(stop, lambda: keep(found, store))
    with session_scope() as session:
        if picture.problem is None:
            return late_pictures.arrived(session, late, picture)
        late_pictures.failed(session, late, picture.problem, for_good=picture.later is None)
        return False
