"""The media store: pictures by content. The name of a file is the sha256 of its bytes."""

import errno
import hashlib
import os
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

import fsspec
from fsspec.implementations.local import LocalFileSystem

from triage.errors import ConfigurationError, MediaError, ServiceUnavailable
from triage.settings import get_settings


class MediaStore:
    """Content-addressed bytes on any fsspec file system (a local folder, `s3://bucket/prefix`)."""

    def __init__(self, url: str) -> None:
        try:
            self._files, self._root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise ConfigurationError(
                f"FLAGPOST_MEDIA_URL {url!r} cannot be used: {error}. For s3:// install flagpost[s3]."
            ) from error
        self._local = isinstance(self._files, LocalFileSystem)

    def put(self, data: bytes) -> str:
        """Store bytes and return their sha256. Storing them again makes them young again for `delete`.

        Raises:
            ServiceUnavailable: the store refuses, for instance because the disk is full.

        """
        digest = hashlib.sha256(data).hexdigest()
        path = self._path(digest)
        try:
            self._write(path, data)
        except OSError as error:
            full = "The disk is full" if error.errno == errno.ENOSPC else f"It says: {error}"
            raise ServiceUnavailable(
                f"The media store {self._root} cannot be written. {full}. "
                "Make room or set FLAGPOST_MEDIA_URL."
            ) from error
        return digest

    def read(self, digest: str) -> bytes:
        """Return the bytes of a sha256.

        Raises:
            MediaError: they are missing or were altered.
            ServiceUnavailable: the store cannot be read now.

        """
        try:
            data = self._read(self._path(digest))
        except FileNotFoundError as error:
            raise MediaError(
                f"Picture {digest[:12]} is not in the media store; store its post again."
            ) from error
        except OSError as error:
            raise ServiceUnavailable(f"The media store {self._root} cannot be read: {error}") from error
        if hashlib.sha256(data).hexdigest() != digest:
            raise MediaError(
                f"Picture {digest[:12]} was altered in the media store; restore it from a backup."
            )
        return data

    def delete(self, digest: str, unless_younger: timedelta = timedelta(0)) -> bool:
        """Remove the bytes of a sha256; removing what is not there is no error.

        Args:
            digest: their sha256.
            unless_younger: leave bytes alone that were stored, perhaps again, within this time.

        Returns:
            Whether they are gone.
        """
        path = self._path(digest)
        if not self._files.exists(path):
            return True
        if datetime.now(UTC) - self._files.modified(path) < unless_younger:
            return False
        self._files.rm_file(path)
        return True

    def _path(self, digest: str) -> str:
        return f"{self._root}/{digest[:3]}/{digest}"  # 4,096 folders, made once each

    # A local folder goes through the operating system directly: several times faster than through fsspec.

    def _read(self, path: str) -> bytes:
        return Path(path).read_bytes() if self._local else bytes(self._files.cat_file(path))

    def _write(self, path: str, data: bytes) -> None:
        if not self._local:
            self._files.pipe_file(path, data)
            return
        target = Path(path)
        if target.exists():
            target.touch()
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(f".{target.name}.{uuid4().hex}")
        try:
            unfinished.write_bytes(data)
            os.replace(unfinished, target)  # noqa: PTH105 - atomic: a reader sees all bytes or no file
        finally:
            unfinished.unlink(missing_ok=True)


@lru_cache(maxsize=1)
def open_store() -> MediaStore:
    """Return this process's media store."""
    settings = get_settings()
    return MediaStore(settings.media_url or str(settings.home_dir / "media"))
