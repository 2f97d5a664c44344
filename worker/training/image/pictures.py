"""Labelled pictures on disk: a dataset folder or an index CSV, checked before hours are spent on it."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from triage.errors import MediaError, TrainingError
from triage.images import Picture, load
from worker.training.image.kinds import GUN_BOXES
from worker.training.image.rows import rows

CLASSES = ("not_gun", "gun")
"""Class names; the position is the label."""
SPLITS = ("train", "validation", "test")
SHARES = (0.7, 0.15, 0.15)
"""Of the splits, where a dataset does not say which picture belongs to which."""
MOST_UNREADABLE = 0.05
"""Above this share of broken or missing pictures something is wrong with the dataset itself."""

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right and bottom edge of a gun, as fractions of the picture's width and height."""


@dataclass(frozen=True)
class Example:
    """One picture file, what it shows and where it came from, as far as the dataset says."""

    path: Path
    label: int
    split: str
    """Empty where the dataset does not say; see `divided`."""
    group: str = ""
    """Pictures of one group are near-duplicates and never stand in two splits."""
    kind: str = "not stated"
    source: str = "not stated"
    licence: str = "not stated"
    boxes: tuple[Box, ...] = ()

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
        source: an index CSV, or a folder with an `index.csv`, or a folder of pictures: either
            `{train,validation,test}/{gun,not_gun}/...` or `{gun,not_gun}/...`.
            An index has the columns path (relative to it) and label (gun or not_gun), and may have split,
            dedup_group, fine_class, source_repo and license. A `boxes.csv` beside it says where
            the guns are: path, cls, xmin, ymin, xmax, ymax.

    Raises:
        TrainingError: the source is missing or is neither, or a group of duplicates stands in two splits.
    """
    if (source / "index.csv").is_file():
        source = source / "index.csv"
    if source.is_dir():
        dataset = Dataset(tuple(_in_folder(source)))
    elif source.is_file():
        dataset = _in_index(source)
    else:
        raise TrainingError(f"{source} does not exist. Give a dataset folder or an index CSV.")
    check_leaks(dataset.examples)
    return dataset


def limited(dataset: Dataset, limit: int | None, seed: int) -> Dataset:
    """Keep at most `limit` examples of each class and split, drawn at random."""
    if limit is None:
        return dataset
    order = np.random.default_rng(seed).permutation(len(dataset.examples))
    taken: Counter[tuple[str, int]] = Counter()
    kept = []
    for example in (dataset.examples[at] for at in order):
        taken[example.split, example.label] += 1
        if taken[example.split, example.label] <= limit:
            kept.append(example)
    return Dataset(tuple(kept), dataset.problems)


def readable(dataset: Dataset, examples: Iterable[Example] | None = None) -> Dataset:
    """Leave out what cannot be decoded, naming each such file.

    Args:
        dataset: a listed dataset.
        examples: its examples, perhaps wrapped in a progress bar.

    Raises:
        TrainingError: more than 5 % cannot be read, or what is left lacks a class in some split.
    """
    good, problems = [], list(dataset.problems)
    for example in dataset.examples if examples is None else examples:
        try:
            example.picture()
        except MediaError as error:
            problems.append(str(error))
        else:
            good.append(example)
    checked = Dataset(tuple(good), tuple(problems))
    check_share(checked)
    check_classes(checked)
    return checked


def check_leaks(examples: Sequence[Example]) -> None:
    """Refuse a dataset whose splits share a group of near-duplicates: its figures would be too good.

    Raises:
        TrainingError: names the first such group and its files.
    """
    splits: dict[str, dict[str, Path]] = {}
    for example in examples:
        if example.group:
            splits.setdefault(example.group, {}).setdefault(example.split, example.path)
    for group, found in splits.items():
        if len(found) > 1:
            files = ", ".join(f"{path} ({split})" for split, path in found.items())
            raise TrainingError(
                f"Group {group} stands in {len(found)} splits: {files}. "
                "Give all pictures of a dedup_group the same split, or leave the column split out."
            )


def check_share(dataset: Dataset) -> None:
    """Refuse a dataset of which too much was left out."""
    total = len(dataset.examples) + len(dataset.problems)
    if len(dataset.problems) > MOST_UNREADABLE * total:
        shown = "\n  ".join(dataset.problems[:5])
        raise TrainingError(
            f"{len(dataset.problems)} of {total} pictures cannot be used, more than "
            f"{MOST_UNREADABLE:.0%}. The first:\n  {shown}\nMend or remove them."
        )


def check_classes(dataset: Dataset) -> None:
    """Refuse a dataset that lacks pictures of a class in some split."""
    for split in SPLITS:
        for name, count in dataset.counts()[split].items():
            if not count:
                left_out = f" ({len(dataset.problems)} left out)" if dataset.problems else ""
                raise TrainingError(f"No readable picture of class {name} in split {split}{left_out}.")


def _in_folder(folder: Path) -> Iterator[Example]:
    """List a folder without an index; equal files are one group."""
    for split in SPLITS if any((folder / split).is_dir() for split in SPLITS) else ("",):
        for label, name in enumerate(CLASSES):
            for path in sorted((folder / split / name).rglob("*")):
                if path.is_file():
                    group = hashlib.sha256(path.read_bytes()).hexdigest()
                    yield Example(path, label, split, group)


def divided(dataset: Dataset) -> Dataset:
    """Divide what has no split yet into train, validation and test, whole groups at a time."""
    examples = (
        example if example.split else replace(example, split=_assigned(example.group))
        for example in dataset.examples
    )
    return replace(dataset, examples=tuple(examples))


def _assigned(group: str) -> str:
    """Choose a group's split by its name alone, so that it stays the same when pictures are added."""
    place = int.from_bytes(hashlib.sha256(group.encode()).digest()[:4]) / 2**32
    return SPLITS[int(np.searchsorted(np.cumsum(SHARES)[:-1], place, side="right"))]


def _in_index(source: Path) -> Dataset:
    examples, problems = [], []
    boxes = _boxes(source.with_name("boxes.csv"))
    for number, row in rows(source, {"path", "label"}):
        group = row.get("dedup_group") or row["path"]
        split = row.get("split") or ""
        if row["label"] in CLASSES and split in ("", *SPLITS):
            examples.append(
                replace(_example(source.parent, row, split, group), boxes=boxes.get(row["path"], ()))
            )
        else:
            where = f"{source}, line {number}"
            problems.append(f"{where}: label must be one of {CLASSES}, split one of {SPLITS} or empty")
    return Dataset(tuple(examples), tuple(problems))


def _example(folder: Path, row: dict[str, str], split: str, group: str) -> Example:
    kind, source, licence = (
        row.get(name) or "not stated" for name in ("fine_class", "source_repo", "license")
    )
    return Example(folder / row["path"], CLASSES.index(row["label"]), split, group, kind, source, licence)


def _boxes(path: Path) -> dict[str, tuple[Box, ...]]:
    """Read the boxes of guns by picture; boxes of other things are left out."""
    found: dict[str, tuple[Box, ...]] = {}
    if not path.is_file():
        return found
    edges = ("xmin", "ymin", "xmax", "ymax")
    for number, row in rows(path, {"path", "cls", *edges}):
        if row["cls"] not in GUN_BOXES:
            continue
        try:
            left, top, right, bottom = (min(1.0, max(0.0, float(row[name]))) for name in edges)
        except ValueError as error:
            raise TrainingError(f"{path}, line {number}: {error}. Edges are fractions, 0 to 1.") from error
        if right > left and bottom > top:
            found[row["path"]] = (*found.get(row["path"], ()), (left, top, right, bottom))
    return found
