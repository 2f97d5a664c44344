"""Pictures into the media store: bounded, and looked at without decoding."""

import os

from ingest.adapter import FoundMedia
from ingest.files import open_regular
from triage.contracts import Media
from triage.errors import MediaError
from triage.images import measure
from triage.media import MediaStore
from triage.settings import get_settings


def keep(found: FoundMedia, store: MediaStore) -> Media:
    """Store a picture's bytes; what cannot be read becomes the picture's `problem`, and its post goes on.

    Files that are no pictures are stored as well; the worker says what is wrong with them.
    """
    try:
        data = _read(found)
    except MediaError as error:
        return Media(alt=found.alt, problem=str(error))
    width, height = measure(data)
    return Media(sha256=store.put(data), size=len(data), width=width, height=height, alt=found.alt)


def _read(found: FoundMedia) -> bytes:
    if found.path is None:
        raise MediaError(found.problem or "it has no path")
    try:
        with open_regular(found.path) as file:
            size = os.fstat(file.fileno()).st_size
            limit = get_settings().max_media_bytes
            if size > limit:
                raise MediaError(f"the file has {size} bytes, more than {limit} (FLAGPOST_MAX_MEDIA_BYTES)")
            data = file.read(size)
    except (OSError, ValueError) as error:
        why = (isinstance(error, OSError) and error.strerror) or str(error)
        raise MediaError(f"the file cannot be read ({why.lower()})") from error
    if not data:
        raise MediaError("the file is empty (0 bytes)")
    return data
