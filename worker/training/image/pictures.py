"""Labelled pictures on disk, checked before hours are spent on them."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np

from triage.errors import MediaError, TrainingError
from triage.images import Picture, load
from worker.manifest import sha256

CLASSES = ("not_gun", "gun")
"""Class names; the position is the label."""
SPLITS = ("train", "validation", "test")
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
    """Empty where the dataset does not say; see `listing.divided`."""
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

    @cached_property
    def digest(self) -> str:
        """Name, by content, what a run learns from and is measured on; wherever the files lie."""
        whole = hashlib.sha256()
        for one in self.examples:
            said = (one.label, one.split, one.group, one.kind, one.source, one.boxes)
            whole.update(f"{sha256(one.path)}{said}\0".encode("utf-8", "surrogateescape"))
        return whole.hexdigest()

    @property
    def left_out(self) -> str:
        """Say how much was left out and why, as the end of a message; empty where all is usable."""
        return f" Left out: {len(self.problems)}, the first: {self.problems[0]}" if self.problems else ""

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many pictures each split has of each class."""
        found = Counter((example.split, CLASSES[example.label]) for example in self.examples)
        return {split: {name: found[split, name] for name in CLASSES} for split in SPLITS}


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
                raise TrainingError(
                    f"No readable picture of class {name} in split {split}. Training needs some of both "
                    f"classes in {', '.join(SPLITS)}: add them.{dataset.left_out}"
                )
