"""Labelled pictures on disk: a dataset folder or a manifest CSV, checked before hours are spent on it."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from triage.errors import MediaError, TrainingError
from triage.images import Picture, load

CLASSES = ("not_gun", "gun")
"""Class names; the position is the label."""
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Example:
    """One picture file and what it shows."""

    path: Path
    label: int
    split: str

    def picture(self) -> Picture:
        """Decode the file as serving does.

        Raises:
            MediaError: the file is missing or is no readable picture; the message names it.
        """
        try:
            return load(self.path)
        except MediaError as error:
            raise MediaError(f"{self.path}: {error}") from error


@dataclass(frozen=True)
class Dataset:
    """Usable examples, and what was left out and why."""

    examples: tuple[Example, ...]
    problems: tuple[str, ...] = field(default=())

    def split(self, name: str) -> tuple[Example, ...]:
        """Return the examples of train, validation or test."""
        return tuple(example for example in self.examples if example.split == name)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many pictures each split has of each class."""
        found = Counter((example.split, CLASSES[example.label]) for example in self.examples)
        return {split: {name: found[split, name] for name in CLASSES} for split in SPLITS}


def listed(source: Path) -> Dataset:
    """List a dataset without opening its pictures.

    Args:
        source: a folder `{train,validation,test}/{gun,not_gun}/...`, or a CSV file with the columns path
            (relative to the CSV), label (gun or not_gun) and split.

    Raises:
        TrainingError: the source is missing or is neither.
    """
    if source.is_dir():
        return Dataset(tuple(_in_folder(source)))
    if source.is_file():
        return _in_manifest(source)
    raise TrainingError(f"{source} does not exist. Give a dataset folder or a manifest CSV.")


def limited(dataset: Dataset, limit: int | None, seed: int) -> Dataset:
    """Keep at most `limit` examples of each class and split, drawn at random."""
    if limit is None:
        return dataset
    shuffled = np.random.default_rng(seed).permutation(np.array(dataset.examples, dtype=object))
    taken: Counter[tuple[str, int]] = Counter()
    kept = []
    for example in shuffled:
        taken[example.split, example.label] += 1
        if taken[example.split, example.label] <= limit:
            kept.append(example)
    return Dataset(tuple(kept), dataset.problems)


def readable(dataset: Dataset, examples: Sequence[Example] | Iterator[Example]) -> Dataset:
    """Leave out what cannot be decoded, naming each such file.

    Args:
        dataset: a listed dataset.
        examples: its examples, perhaps wrapped in a progress bar.

    Raises:
        TrainingError: what is left lacks a class in some split.
    """
    good, problems = [], list(dataset.problems)
    for example in examples:
        try:
            example.picture()
        except MediaError as error:
            problems.append(str(error))
        else:
            good.append(example)
    checked = Dataset(tuple(good), tuple(problems))
    _check_classes(checked)
    return checked


def _in_folder(folder: Path) -> Iterator[Example]:
    for split in SPLITS:
        for label, name in enumerate(CLASSES):
            files = (path for path in sorted((folder / split / name).rglob("*")) if path.is_file())
            yield from (Example(path, label, split) for path in files)


def _in_manifest(source: Path) -> Dataset:
    examples, problems = [], []
    with source.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        missing = {"path", "label", "split"} - set(rows.fieldnames or ())
        if missing:
            raise TrainingError(f"{source} lacks the columns {', '.join(sorted(missing))}.")
        for row in rows:
            if row["label"] in CLASSES and row["split"] in SPLITS:
                path = source.parent / row["path"]
                examples.append(Example(path, CLASSES.index(row["label"]), row["split"]))
            else:
                where = f"{source}, line {rows.line_num}"
                problems.append(f"{where}: label must be one of {CLASSES}, split one of {SPLITS}")
    return Dataset(tuple(examples), tuple(problems))


def _check_classes(dataset: Dataset) -> None:
    for split, counts in dataset.counts().items():
        for name, count in counts.items():
            if not count:
                left_out = f" ({len(dataset.problems)} left out)" if dataset.problems else ""
                raise TrainingError(f"No readable picture of class {name} in split {split}{left_out}.")
