"""Objects of any store that fsspec knows (`s3://bucket/prefix`, `file:///srv/drops`): listed, copied, read.

Whoever configures a source names its store, and credentials come from the environment. What lies in it may be
from strangers: nothing is believed about an object but what was listed, and no copy grows past its limit.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import fsspec
from fsspec.implementations.local import LocalFileSystem

from ingest.adapter import FoundMedia
from ingest.files import find, open_regular
from triage.errors import ConfigurationError, FlagpostError, InputError, MediaError

MAX_OBJECTS = 20_000
"""Most objects of one store; the marks of those that were read are kept in its checkpoint."""
BLOCK = 8 * 2**20
"""Bytes asked for at once."""
VERSIONS = ("ETag", "etag", "mtime", "LastModified", "last_modified", "modified", "created")
"""What stores call that which changes with an object's content; the first one found is used."""
ELSEWHERE = {
    "http": "web servers do not list what they hold; give its address to an adapter for feeds or APIs",
    "https": "web servers do not list what they hold; give its address to an adapter for feeds or APIs",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """An object by its path below the store's root, and a mark that is another once its content is."""

    name: str
    size: int
    mark: str

    @property
    def ending(self) -> str:
        """What kind of file it calls itself, such as `.jsonl`."""
        return PurePosixPath(self.name).suffix.lower()


@dataclass(frozen=True, slots=True)
class Store:
    """A place with objects."""

    url: str
    files: Any
    root: str

    @classmethod
    def open(cls, url: str) -> "Store":
        """Return the store at a URL.

        Raises:
            ConfigurationError: it is no URL of a store, or what speaks with such stores is not installed.
            InputError: the store cannot be reached.
        """
        scheme = url.partition("://")[0]
        if "::" in url or "://" not in url or scheme in ELSEWHERE:
            why = ELSEWHERE.get(scheme, "give one like s3://bucket/prefix or file:///srv/drops")
            raise ConfigurationError(f"The drop's url {url[:80]!r} is none: {why}.")
        if re.match(r"[^/]*://[^/]*:[^/]*@", url):
            raise ConfigurationError(
                "The drop's url holds a password. Give it in the environment, where the store's client looks."
            )
        with _explained(url):
            try:
                files, root = fsspec.core.url_to_fs(url)
            except (ImportError, ValueError) as error:
                raise ConfigurationError(
                    f"The drop {url} cannot be read: {error}. For s3:// install flagpost[s3]."
                ) from error
        return cls(url.rstrip("/"), files, root.rstrip("/"))

    def list(self) -> list[Listed]:
        """Return what lies in the store, by name; hidden objects and links are passed over.

        Raises:
            InputError: it cannot be listed, or holds too much.
        """
        with _explained(self.url):
            self.files.invalidate_cache()
            # Of folders on this machine, one that cannot be read would be left out silently.
            strict = {"on_error": "raise"} if self.local else {}
            found: dict[str, dict[str, Any]] = self.files.find(self.root, detail=True, **strict)
        if list(found) == [self.root] and found[self.root].get("size", 1):
            raise InputError(f"{self.url} is one object. Give the folder or the prefix that it lies in.")
        listed = [one for path, info in sorted(found.items()) if (one := self._listed(path, info))]
        if len(listed) > MAX_OBJECTS:
            raise InputError(
                f"{self.url} holds {len(listed)} objects, more than {MAX_OBJECTS}. "
                "Move away what was read, or name a narrower prefix."
            )
        return listed

    def copy(self, one: Listed, target: Path) -> bool:
        """Copy an object to a file of this machine; return whether it is still what was listed.

        Raises:
            PermissionError: the store does not hand it out.
            InputError: nothing can be had from the store now.
        """
        size = 0
        with _explained(self.url, PermissionError):
            try:
                with self._opened(one.name) as source, target.open("wb") as file:
                    while size <= one.size and (piece := source.read(min(BLOCK, one.size + 1 - size))):
                        size += file.write(piece)
            except (FileNotFoundError, MediaError):  # gone, or no file any more
                return False
        return size == one.size

    def read(self, name: str, limit: int) -> bytes:
        """Return the first `limit` bytes of an object.

        Raises:
            MediaError: they cannot be read.
        """
        try:
            with self._opened(name) as file:
                return file.read(limit)
        except FileNotFoundError as error:
            raise MediaError("the drop does not hold it") from error
        except Exception as error:  # each store's client has exceptions of its own
            raise MediaError(f"the drop does not hand it out ({type(error).__name__})") from error

    def picture(self, beside: str, name: str, alt: str | None) -> FoundMedia:
        """Return a picture that an object names; it is read when its post is stored.

        Args:
            beside: the object's name.
            name: a path below the object's folder, followed already.
            alt: the picture's description.
        """
        folder = PurePosixPath(beside).parent
        if self.local:
            return find((Path(self.root) / folder).resolve(), name, alt)
        return FoundMedia(name, ObjectFile(self, (folder / name).as_posix()), alt)

    def shown(self, name: str) -> str:
        """Return an object's place as messages show it."""
        return f"{self.url}/{name}"

    @property
    def local(self) -> bool:
        """Whether it is a folder of this machine."""
        return isinstance(self.files, LocalFileSystem)

    def _opened(self, name: str) -> BinaryIO:
        path = f"{self.root}/{name}"
        if self.local:
            return open_regular(Path(path))
        opened: BinaryIO = self.files.open(path, "rb", block_size=BLOCK)
        return opened

    def _listed(self, path: str, info: Mapping[str, Any]) -> Listed | None:
        name = path.removeprefix(self.root).lstrip("/")
        hidden = any(part.startswith(".") for part in name.split("/"))
        if not name or name.endswith("/") or hidden or info.get("type") != "file" or info.get("islink"):
            return None
        size, version = int(info.get("size") or 0), next((info[key] for key in VERSIONS if info.get(key)), "")
        told = "\0".join((self.url, name, str(size), str(version)))
        return Listed(name, size, hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:16])


@dataclass(frozen=True, slots=True)
class ObjectFile:
    """A picture in a store."""

    store: Store
    name: str

    def read(self, limit: int) -> bytes:
        """See `ingest.adapter.Content`."""
        data = self.store.read(self.name, limit + 1)
        if len(data) > limit:
            raise MediaError(f"the picture has more than {limit} bytes (FLAGPOST_MAX_MEDIA_BYTES)")
        return data


@contextmanager
def _explained(url: str, *passed: type[Exception]) -> Iterator[None]:
    """Make an error of ours of whatever a store's client raises: each client has its own."""
    ours: tuple[type[Exception], ...] = (FlagpostError, *passed)
    try:
        yield
    except ours:
        raise
    except Exception as error:
        why = str(error)[:200] or type(error).__name__
        raise InputError(f"{url} cannot be read: {why}. Check the address and the credentials.") from error
