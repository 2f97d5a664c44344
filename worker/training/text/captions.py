"""Captions to train on: a folder with `train`, `validation` and `test`, each as CSV or CSV.GZ.

Columns `text` and `label` (1 violent, 0 not) are needed; `group`, `source` and `license` are reported where
they are there, `fine_label` tells kinds of threat and `reviewed` (1) which labels were checked.
`synthetic` is optional: training rows only, never in a figure. So is `LIMITS.md`: what whoever made the
dataset knows about it, for the card.
"""

import csv
import gzip
import hashlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Self

import numpy as np

from triage.errors import TrainingError
from worker.spelling import Spelling
from worker.texts import prepare

NEEDED = ("text", "label")
LONGEST_FIELD = 2**24
LIMITS = "LIMITS.md"


@dataclass(frozen=True)
class Split:
    """Rows of one file: captions as posted, labels 0 or 1 (n,), and the columns that only reports use."""

    texts: tuple[str, ...]
    labels: np.ndarray
    groups: tuple[str, ...]
    origins: tuple[tuple[str, str], ...]
    """Source and licence of each row."""
    fine: tuple[str, ...]
    """The label as its source has it."""
    reviewed: tuple[bool, ...]
    """Whether somebody read the row again."""

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return all rows of some splits, in order."""
        columns = zip(*(vars(part).values() for part in parts), strict=True)
        named = dict(zip(vars(parts[0]), columns, strict=True))
        labels = np.concatenate(named.pop("labels"))
        return cls(labels=labels, **{name: tuple(chain(*values)) for name, values in named.items()})

    def where(self, kept: np.ndarray) -> Self:
        """Return the rows that are kept, (n,) of bool."""
        places = np.flatnonzero(kept)
        picked = {
            name: tuple(values[at] for at in places)
            for name, values in vars(self).items()
            if name != "labels"
        }
        return type(self)(labels=self.labels[places], **picked)

    def prepared(self, spelling: Spelling | None = None) -> list[str]:
        """Return the captions as the model reads them; see `worker.texts.prepare`."""
        return [prepare(text, spelling).text for text in self.texts]


@dataclass(frozen=True)
class Corpus:
    """The splits of a dataset."""

    train: Split
    validation: Split
    test: Split
    synthetic: Split | None
    limits: str = ""
    """Of the dataset, in Markdown, by whoever made it."""

    def learned(self, *, synthetic: bool = True) -> dict[str, Split]:
        """Return the splits to learn from: `train`, then perhaps the synthetic rows."""
        return {"train": self.train} | ({"synthetic": self.synthetic} if synthetic and self.synthetic else {})

    def digest(self) -> str:
        """Name, by content, what a run learns from and is chosen by."""
        whole = hashlib.sha256()
        for split in (*self.learned().values(), self.validation):
            for text, label in zip(split.texts, split.labels.tolist(), strict=True):
                whole.update(f"{label}{text}\0".encode("utf-8", "surrogatepass"))
        return whole.hexdigest()


def collect(data: Path, limit: int | None = None) -> Corpus:
    """Read all splits of a dataset.

    Args:
        data: the dataset's folder.
        limit: at most this many rows of each label and split; None for all.

    Raises:
        TrainingError: a file is missing, empty or malformed, or has one label only; it names the file and
            what to do.
    """
    train, validation, test = (_needed(data, name) for name in ("train", "validation", "test"))
    synthetic = find(data, "synthetic")
    extra = read(synthetic, limit) if synthetic else None
    known = data / LIMITS
    limits = known.read_text(encoding="utf-8") if known.is_file() else ""
    return Corpus(read(train, limit), read(validation, limit), read(test, limit), extra, limits)


def find(data: Path, name: str) -> Path | None:
    """Return the file of a split, if there is one."""
    paths = (data / f"{name}.csv", data / f"{name}.csv.gz")
    return next((path for path in paths if path.is_file()), None)


def _needed(data: Path, name: str) -> Path:
    if path := find(data, name):
        return path
    raise TrainingError(f"{data} holds no {name}.csv or {name}.csv.gz. Give --data the folder that does.")


def read(path: Path, limit: int | None = None) -> Split:
    """Read one file; see `collect`."""
    try:
        rows = list(_rows(path))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        raise TrainingError(f"{path} cannot be read: {error}. Save it as CSV in UTF-8.") from error
    labels = np.array([_label(path, line, row) for line, row in rows], np.int64)
    if set(labels.tolist()) != {0, 1}:
        raise TrainingError(f"{path} needs rows of both labels, 0 and 1; add the missing ones.")
    return _split([row for _, row in rows], labels, limit)


def _split(rows: Sequence[dict[str, str]], labels: np.ndarray, limit: int | None) -> Split:
    kept = np.sort(np.concatenate([_spread(np.flatnonzero(labels == label), limit) for label in (0, 1)]))
    picked = [rows[at] for at in kept]
    return Split(
        tuple(row["text"] for row in picked),
        labels[kept],
        tuple(row.get("group") or "" for row in picked),
        tuple(((row.get("source") or "").strip(), (row.get("license") or "").strip()) for row in picked),
        tuple(row.get("fine_label") or "" for row in picked),
        tuple(row.get("reviewed") == "1" for row in picked),
    )


def _spread(rows: np.ndarray, limit: int | None) -> np.ndarray:
    """Take at most `limit` of some rows, evenly: the same ones every time."""
    count = len(rows) if limit is None else min(limit, len(rows))
    return rows.take(np.linspace(0, len(rows) - 1, count).astype(int))


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row with the number of its last line."""
    csv.field_size_limit(LONGEST_FIELD)
    with _open(path) as file:
        reader = csv.DictReader(file, strict=True)
        for column in NEEDED:
            if column not in (reader.fieldnames or ()):
                raise TrainingError(
                    f"{path} has no column {column!r}: its first line must name text and label."
                )
        yield from ((reader.line_num, row) for row in reader)


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _label(path: Path, line: int, row: dict[str, str]) -> int:
    if not (row["text"] or "").strip() or row["label"] not in {"0", "1"}:
        raise TrainingError(
            f"{path}, line {line}: needs a text and a label of 0 or 1. Mend or remove the row."
        )
    return int(row["label"])
