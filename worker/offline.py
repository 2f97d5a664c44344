"""Scores without a database or a queue: files in, one result per item out, a batch in memory at a time."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Literal

from triage import images
from triage.contracts import Level, Score
from triage.errors import InputError, TextError
from triage.settings import get_settings
from worker import scorers
from worker.scorers.base import Item
from worker.scorers.batch import attempt

STDIN = Path("-")
Result = dict[str, Any]
"""`item`, and either `error` or `scorer`, `version`, `probability` and `flagged`."""


@dataclass(frozen=True)
class Entry:
    """Something to score: its name, and a picture file, a text, or the error in its place."""

    name: str | int
    content: Path | str | InputError

    def item(self) -> Item | InputError:
        """Return what a scorer takes; only now is a picture read."""
        if not isinstance(self.content, Path):
            return self.content
        return attempt(partial(images.load, self.content))


def pictures(paths: Iterable[Path]) -> Iterator[Entry]:
    """List picture files; folders are walked in sorted order, without hidden files.

    Every other file of a folder is taken for a picture: better an error line than a picture overlooked.
    """
    for path in paths:
        for file in _walk(path) if path.is_dir() else (path,):
            yield Entry(str(file), file)


def texts(path: Path) -> Iterator[Entry]:
    """Read texts from JSON lines: a string, or an object with `text` and perhaps `id` (the rest is ignored).

    An entry is named by its id, else by its line number. Empty lines are passed over; `-` is standard input.
    """
    with nullcontext(sys.stdin.buffer) if path == STDIN else path.open("rb") as lines:
        for number, line in enumerate(_bounded(lines), start=1):
            if line.strip():
                yield _text_entry(number, line)


def score(entries: Iterable[Entry], kind: Literal["image", "text"]) -> Iterator[Result]:
    """Score entries with every configured scorer of a kind; results come in the order of the entries.

    Raises:
        ConfigurationError: no scorer of that kind is configured.
        ArtifactError: a model is missing or altered.
    """
    active = scorers.configured(kind)
    waiting = iter(entries)
    while batch := list(islice(waiting, get_settings().batch_size)):
        items = [entry.item() for entry in batch]
        scores = [scorer.score(items) for scorer in active]
        for entry, item, *found in zip(batch, items, *scores, strict=True):
            if isinstance(item, InputError):
                yield {"item": entry.name, "error": str(item)}
            else:
                yield from (_result(entry.name, score) for score in found)


def _result(name: str | int, score: Score) -> Result:
    if score.probability is None:
        return {"item": name, "error": f"{score.scorer}: {score.error}"}
    return {
        "item": name,
        "scorer": score.scorer,
        "version": score.version,
        "probability": round(score.probability, 6),
        "flagged": score.level.rank >= Level.LIKELY.rank,
    }


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden:
            yield path


def _bounded(lines: BinaryIO) -> Iterator[bytes]:
    """Yield lines; one that is too long is cut to one byte above the limit, the rest of it never held."""
    limit = get_settings().max_line_bytes
    while line := lines.readline(limit + 1):
        rest = line
        while len(rest) > limit and not rest.endswith(b"\n"):
            rest = lines.readline(limit + 1)
        yield line


def _text_entry(number: int, line: bytes) -> Entry:
    try:
        return Entry(*_parse(number, line))
    except TextError as error:
        return Entry(number, TextError(f"line {number}: {error}"))


def _parse(number: int, line: bytes) -> tuple[str | int, str]:
    limit = get_settings().max_line_bytes
    if len(line) > limit:
        raise TextError(f"longer than {limit} bytes (FLAGPOST_MAX_LINE_BYTES)")
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise TextError(f"not UTF-8 (byte {error.start}); save the file as UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise TextError(f"not JSON: {error}") from error
    record = value if isinstance(value, dict) else {"text": value}
    name, text = record.get("id", number), record.get("text")
    if not isinstance(text, str):
        raise TextError('needs a JSON string, or an object whose "text" is a string')
    if not isinstance(name, str | int):
        raise TextError('"id" must be a string or a whole number')
    return name, text
