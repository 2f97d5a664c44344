"""Read a text file line by line in bounded memory, and know when it changed."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from triage.errors import InputError

KEPT = 64 * 2**10
"""Bytes kept of a line that is too long."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number (from 1), the offset of the byte after it, its bytes without the line break."""

    number: int
    end: int
    raw: bytes
    too_long: bool = False


def read_lines(file: BinaryIO, number: int, limit: int) -> Iterator[Line]:
    """Yield the lines from the file's position on; of a line over `limit` bytes only the beginning."""
    while raw := file.readline(limit + 1):
        too_long = len(raw) > limit and not raw.endswith(b"\n")
        if too_long:
            raw = raw[:KEPT]
            _skip_line(file)
        yield Line(number, file.tell(), raw.rstrip(b"\r\n"), too_long)
        number += 1


def _skip_line(file: BinaryIO) -> None:
    while (chunk := file.readline(KEPT)) and not chunk.endswith(b"\n"):
        pass


def fingerprint(path: Path) -> str:
    """Return a digest that differs once the file was changed: of its size, time and first bytes.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            stat = os.fstat(file.fileno())
            head = file.read(KEPT)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    return hashlib.sha256(b"%d %d " % (stat.st_size, stat.st_mtime_ns) + head).hexdigest()[:32]


def encoding_problem(path: Path) -> str | None:
    """Return why no line of the file can be read, if its first two bytes show UTF-16 or UTF-32."""
    with path.open("rb") as file:
        start = file.read(2)
    wide = start in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in start
    return "the file is UTF-16 or UTF-32; save it as UTF-8" if wide else None
