"""Files named by strangers: found inside one folder only, opened only if they are files."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ingest.adapter import FoundMedia
from triage.errors import MediaError

PICTURES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff"})
"""Endings of files that are taken for pictures."""


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file that may be read."""

    path: Path

    def read(self, limit: int) -> bytes:
        """See `ingest.adapter.Content`."""
        try:
            with open_regular(self.path) as file:
                size = os.fstat(file.fileno()).st_size
                if size > limit:
                    raise MediaError(
                        f"the file has {size} bytes, more than {limit} (FLAGPOST_MAX_MEDIA_BYTES)"
                    )
                return file.read(size)
        except (OSError, ValueError) as error:
            why = (isinstance(error, OSError) and error.strerror) or str(error)
            raise MediaError(f"the file cannot be read ({why.lower()})") from error


def find(folder: Path, name: str, alt: str | None = None) -> FoundMedia:
    """Find a picture by the relative path that a post gives, or say why it may not be read.

    Args:
        folder: the only folder, resolved, that the picture may lie in.
        name: the path as the post gives it; from anybody.
        alt: the picture's description, passed on.
    """
    try:
        path = (folder / name).resolve()
    except (OSError, RuntimeError, ValueError):  # a loop of links, NUL, a name too long
        return FoundMedia(name, alt=alt, problem="the path cannot be followed")
    if "://" in name:
        return FoundMedia(name, alt=alt, problem="it is a URL; only files beside the posts are read")
    if Path(name).is_absolute() or not path.is_relative_to(folder):
        return FoundMedia(name, alt=alt, problem="the path leads outside the folder of the posts")
    return FoundMedia(name, LocalFile(path), alt)


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file: never wait for a pipe, never follow a link put there since the path was checked.

    Raises:
        MediaError: it is a folder, a pipe or a device.
        OSError: it cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise MediaError("it is not a file")
    return os.fdopen(descriptor, "rb")
