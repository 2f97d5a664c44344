"""Posts to measure with: as many as wanted, made from given ones, no two alike."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import count, cycle
from pathlib import Path

from PIL import Image

from triage.errors import InputError

QUALITY = 90


@dataclass(frozen=True)
class Source:
    """One post to make others from."""

    text: str
    pictures: tuple[Path, ...]


@dataclass(frozen=True)
class Made:
    """One made post: its caption and its picture files."""

    number: int
    text: str
    pictures: tuple[Path, ...]


def read(path: Path) -> list[Source]:
    """Read the posts of a JSONL file that can be read; what cannot is `flagpost run`'s to complain about.

    Raises:
        InputError: the file holds no post at all.
    """
    found = list(_sources(path))
    if not found:
        raise InputError(f"{path} holds no post to measure with.")
    return found


def _sources(path: Path) -> Iterator[Source]:
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            row = json.loads(line)
            paths = (path.parent / item["path"] for item in row.get("media") or [])
            yield Source(row.get("text") or "", tuple(file for file in paths if _is_picture(file)))
        except (ValueError, KeyError, TypeError, AttributeError):
            continue


def _is_picture(path: Path) -> bool:
    try:
        with Image.open(path) as picture:
            picture.verify()
    except Exception:
        return False
    return True


class Maker:
    """Makes posts no two of which are alike, so that no shortcut for known pictures or captions helps."""

    def __init__(self, sources: list[Source], folder: Path) -> None:
        self._sources = cycle(sources)
        self._numbers = count(1)
        self._folder = folder

    def make(self, wanted: int) -> list[Made]:
        """Write the pictures of `wanted` new posts and return the posts."""
        return [self._one(next(self._numbers), next(self._sources)) for _ in range(wanted)]

    def _one(self, number: int, source: Source) -> Made:
        pictures = tuple(self._picture(number, at, path) for at, path in enumerate(source.pictures))
        return Made(number, f"{source.text} #{number}", pictures)

    def _picture(self, number: int, at: int, path: Path) -> Path:
        """Copy a picture with one corner pixel block of its own: other bytes, as long to decode."""
        with Image.open(path) as original:
            picture = original.convert("RGB")
        picture.paste((number % 256, number // 256 % 256, at), (0, 0, 8, 8))
        out = BytesIO()
        picture.save(out, "JPEG", quality=QUALITY)
        file = self._folder / f"{number}-{at}.jpg"
        file.write_bytes(out.getvalue())
        return file


def write(posts: list[Made], path: Path) -> None:
    """Write posts as a file for `flagpost run`, in the folder of their pictures."""
    with path.open("w", encoding="utf-8") as file:
        for post in posts:
            media = [{"path": picture.name} for picture in post.pictures]
            row = {"source": "bench", "id": f"{path.stem}-{post.number}", "text": post.text, "media": media}
            file.write(json.dumps(row) + "\n")
