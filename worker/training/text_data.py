"""Captions to train on: a folder with `train`, `validation` and `test`, each as CSV or CSV.GZ.

Columns `text` and `label` (1 violent, 0 not) are needed; `group`, `source` and `license` are reported where
they are there. `synthetic` is optional: training rows only, never in a figure.
"""

import csv
import gzip
import hashlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from triage.errors import TrainingError
from worker.texts import prepare

NEEDED = ("text", "label")
LONGEST_FIELD = 2**24


@dataclass(frozen=True)
class Split:
    """Rows of one file: captions as posted, labels 0 or 1 (n,), and the columns that only reports use."""

    texts: tuple[str, ...]
    labels: np.ndarray
    groups: tuple[str, ...]
    origins: tuple[tuple[str, str], ...]
    """Source and licence of each row."""

    def prepared(self) -> list[str]:
        """Return the captions as the model reads them."""
        return [prepare(text).text for text in self.texts]


@dataclass(frozen=True)
class Corpus:
    """The splits of a dataset."""

    train: Split
    validation: Split
    test: Split
    synthetic: Split | None

    def taught(self) -> Split:
        """Return the rows to learn from: those of `train`, then the synthetic ones."""
        more = self.synthetic
        if more is None:
            return self.train
        first = self.train
        labels = np.concatenate([first.labels, more.labels])
        return Split(
            first.texts + more.texts, labels, first.groups + more.groups, first.origins + more.origins
        )

    def digest(self) -> str:
        """Name, by content, what a run learns from and is chosen by."""
        whole = hashlib.sha256()
        for split in (self.taught(), self.validation):
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
    return Corpus(read(train, limit), read(validation, limit), read(test, limit), extra)


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
