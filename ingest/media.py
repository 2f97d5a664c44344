"""Pictures into the media store: bounded, and looked at without decoding."""

from collections.abc import Sequence
from threading import Event
from time import monotonic

from ingest.adapter import FoundMedia
from ingest.adapters.at_once import at_once
from ingest.remote import RemoteFile
from ingest.stoppable import Stopped, unless
from triage.contracts import Media
from triage.errors import FetchFailed, MediaError
from triage.images import measure
from triage.media import MediaStore
from triage.settings import get_settings

FETCHING_SECONDS = 60.0
"""So long the pictures of one page are fetched; the rest comes later, so that captions do not wait for it."""
NOT_YET = "its page had too many slow pictures; it is fetched later"


def keep_all(found: Sequence[FoundMedia], store: MediaStore, stop: Event | None = None) -> list[Media]:
    """Store the pictures of a page as `keep` does: those at outside addresses some at a time, others in turn.

    Raises:
        Stopped: `stop` is set; what is under way is left alone.
    """
    ends = monotonic() + FETCHING_SECONDS

    def kept(one: FoundMedia) -> Media:
        if stop and stop.is_set():
            raise Stopped
        if monotonic() > ends and isinstance(one.content, RemoteFile):
            return Media(alt=one.alt, problem=NOT_YET, later=one.content.url)
        return keep(one, store)

    def all_kept() -> list[Media]:
        fetched = iter(at_once(kept, (one for one in found if isinstance(one.content, RemoteFile))))
        return [next(fetched) if isinstance(one.content, RemoteFile) else kept(one) for one in found]

    return unless(stop, all_kept) if found else []


def keep(found: FoundMedia, store: MediaStore) -> Media:
    """Store a picture's bytes; what cannot be read becomes the picture's `problem`, and its post goes on.

    Contents that are no pictures are stored as well; the worker says what is wrong with them.
    """
    try:
        data = _read(found)
    except MediaError as error:
        return Media(alt=found.alt, problem=str(error), later=_later(found, error))
    width, height = measure(data)
    return Media(sha256=store.put(data), size=len(data), width=width, height=height, alt=found.alt)


def _later(found: FoundMedia, error: MediaError) -> str | None:
    """Return the address of a picture that may be fetched later."""
    passing = isinstance(error.__cause__, FetchFailed) and error.__cause__.passing
    return found.content.url if passing and isinstance(found.content, RemoteFile) else None


def _read(found: FoundMedia) -> bytes:
    if found.content is None:
        raise MediaError(found.problem or "it has no content")
    if data := found.content.read(get_settings().max_media_bytes):
        return data
    raise MediaError("the file is empty (0 bytes)")
