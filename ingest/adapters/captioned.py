"""List a folder of pictures and captions: what belongs together, and whether anything changed."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ingest.files import PICTURES
from triage.errors import InputError

CAPTIONS = (".json", ".txt")
"""Endings of captions; the first one found beside a picture is its caption."""


@dataclass(frozen=True, slots=True)
class Captioned:
    """One post of a folder, by paths relative to it: a picture, its caption, or both."""

    name: str
    picture: str | None = None
    caption: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """All posts sorted by name, a digest of names, sizes and times, and what a person should hear."""

    posts: tuple[Captioned, ...]
    digest: str
    notices: tuple[str, ...]


def list_folder(folder: Path) -> Listing:
    """Walk a folder; hidden files and links to folders are passed over.

    Raises:
        InputError: the folder itself cannot be read.

    """
    if not os.access(folder, os.R_OK | os.X_OK):
        raise InputError(f"The folder {folder} cannot be read. Give yourself the right to read it.")
    unread: list[str] = []
    names = sorted(_walk(folder, unread))
    known = [name for name in names if _ending(name) in PICTURES or _ending(name) in CAPTIONS]
    if others := sorted(set(names) - set(known)):
        unread.append(
            f"{len(others)} file(s) under {folder} are neither pictures nor captions and were left out, "
            f"such as {others[0]}."
        )
    posts = sorted(_pair(known), key=lambda one: one.name)
    return Listing(tuple(posts), _digest(folder, known), tuple(unread))


def _walk(folder: Path, unread: list[str]) -> Iterator[str]:
    def note(error: OSError) -> None:
        unread.append(f"{error.filename} cannot be read ({error.strerror}) and was left out.")

    for place, subfolders, files in os.walk(folder, onerror=note):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        for name in files:
            if not name.startswith("."):
                yield (Path(place) / name).relative_to(folder).as_posix()


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _pair(names: list[str]) -> Iterator[Captioned]:
    """Give each picture the caption of the same stem; captions left over are posts of their own."""
    captions: dict[str, dict[str, str]] = {}
    for name in names:
        if _ending(name) in CAPTIONS:
            captions.setdefault(_stem(name), {})[_ending(name)] = name
    used = set()
    for name in names:
        if _ending(name) in PICTURES:
            beside = captions.get(_stem(name), {})
            caption = next((beside[ending] for ending in CAPTIONS if ending in beside), None)
            used.add(caption)
            yield Captioned(name, picture=name, caption=caption)
    for beside in captions.values():
        yield from _left_over(beside, used)


def _left_over(beside: dict[str, str], used: set[str | None]) -> Iterator[Captioned]:
    """A `.txt` with a `.json` of the same stem would be lost silently, so it is reported."""
    first = next(beside[ending] for ending in CAPTIONS if ending in beside)
    for name in beside.values():
        if name != first:
            yield Captioned(
                name, caption=name, problem=f"{first} is beside it and is used; put its text there"
            )
        elif name not in used:
            yield Captioned(name, caption=name)


def _stem(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(""))


def _digest(folder: Path, names: list[str]) -> str:
    digest = hashlib.sha256()
    for name in names:
        stat = (folder / name).lstat()
        digest.update(f"{name}\x00{stat.st_size}\x00{stat.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:32]
