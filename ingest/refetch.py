"""Pictures whose server was away, fetched later; their posts are scored anew. See `triage.late_pictures`."""

from collections.abc import Callable
from dataclasses import dataclass

from ingest.adapter import FoundMedia
from ingest.bell import Bell
from ingest.http.fetcher import Fetcher
from ingest.media import keep
from ingest.remote import RemoteFile
from triage import late_pictures
from triage.db import session_scope
from triage.late_pictures import Late
from triage.media import MediaStore, open_store

MOST = 50
"""Pictures tried in one go, so that posts do not wait long behind them."""


@dataclass(frozen=True)
class Refetched:
    """What became of the pictures that were tried again."""

    came: int = 0
    failed: int = 0
    messages: tuple[str, ...] = ()
    """What a person should hear."""


def refetch(
    source: str, go_on: Callable[[], bool] = lambda: True, fetcher: Fetcher | None = None
) -> Refetched:
    """Try again to fetch pictures of a source whose pause is over, and queue their posts.

    Args:
        source: whose posts.
        go_on: asked before each picture.
        fetcher: by default the process's own.

    Raises:
        ServiceUnavailable: the database or the media store cannot be reached. A broker that cannot be
            reached is only a message: the posts stay pending and are queued again later.
    """
    with session_scope() as session:
        waiting = late_pictures.due(session, source, MOST)
    store, came, failed = open_store(), [], 0
    for late in waiting:
        if not go_on():
            break
        if _try(late, store, fetcher):
            came.append(late.post_id)
        else:
            failed += 1
    told = [f"{len(came)} pictures came that could not be fetched before."] if came else []
    told += Bell().ring(tuple(dict.fromkeys(came)), last=True)
    return Refetched(len(came), failed, tuple(told))


def _try(late: Late, store: MediaStore, fetcher: Fetcher | None) -> bool:
    picture = keep(FoundMedia("picture", RemoteFile(late.url, fetcher), late.alt), store)
    with session_scope() as session:
        if picture.problem is None:
            return late_pictures.arrived(session, late, picture)
        late_pictures.failed(session, late, picture.problem, for_good=picture.later is None)
        return False
