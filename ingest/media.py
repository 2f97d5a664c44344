"""Pictures into the media store: bounded, and looked at without decoding."""

from ingest.adapter import FoundMedia
from ingest.remote import RemoteFile
from ingest.stoppable import bare
from triage.contracts import Media
from triage.errors import FetchFailed, MediaError
from triage.images import measure
from triage.media import MediaStore
from triage.settings import get_settings


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
    content = bare(found.content)
    return content.url if passing and isinstance(content, RemoteFile) else None


def _read(found: FoundMedia) -> bytes:
    if found.content is None:
        raise MediaError(found.problem or "it has no content")
    if data := found.content.read(get_settings().max_media_bytes):
        return data
    raise MediaError("the file is empty (0 bytes)")
