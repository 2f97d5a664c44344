"""A dataset folder or an index CSV becomes a list of labelled pictures, each once."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from triage.errors import MediaError, TrainingError
from triage.screen import note
from worker.training.image.kinds import GUN_BOXES
from worker.training.image.pictures import CLASSES, SPLITS, Box, Dataset, Example
from worker.training.image.rows import rows

SHARES = (0.7, 0.15, 0.15)
"""Of the splits, where a dataset does not say which picture belongs to which."""
ENOUGH = 40
"""Pictures of a class that chance hardly ever leaves out of a split."""


def listed(source: Path) -> Dataset:
    """List a dataset, each picture once; a note counts those listed again. Only those are opened.

    Args:
        source: an index CSV, or a folder with an `index.csv`, or a folder of pictures: either
            `{train,validation,test}/{gun,not_gun}/...` or `{gun,not_gun}/...`.
            An index has the columns path (relative to it) and label (gun or not_gun), and may have split,
            dedup_group, fine_class, source_repo and license. A `boxes.csv` beside it says where
            the guns are: path, cls, xmin, ymin, xmax, ymax.

    Raises:
        TrainingError: the source is missing, empty or neither, a group of duplicates stands in two splits, or
            a picture is said to show a gun and to show none.
    """
    if (source / "index.csv").is_file():
        source = source / "index.csv"
    if source.is_dir():
        dataset = Dataset(tuple(_in_folder(source)))
    elif source.is_file():
        dataset = _in_index(source)
    else:
        raise TrainingError(f"{source} does not exist. Give a dataset folder or an index CSV.")
    if not dataset.examples:
        raise TrainingError(
            f"{source} holds no usable picture. Give a folder with gun/ and not_gun/, or an index.csv with "
            f"the columns path and label.{dataset.left_out}"
        )
    check_leaks(dataset.examples)
    kept = tuple(_once(dataset.examples, by_content=source.is_dir()))
    if again := len(dataset.examples) - len(kept):
        note(f"{source}: {again} of its pictures stand there already, and count once.")
    return replace(dataset, examples=kept)


def divided(dataset: Dataset) -> Dataset:
    """Divide what has no split yet into train, validation and test, whole groups at a time.

    Raises:
        TrainingError: there are so few pictures that some split got none of a class.
    """
    if all(example.split for example in dataset.examples):
        return dataset
    examples = (
        example if example.split else replace(example, split=_assigned(example.group))
        for example in dataset.examples
    )
    whole = replace(dataset, examples=tuple(examples))
    counts = whole.counts()
    if not all(counts[split][name] for split in SPLITS for name in CLASSES):
        there = ", ".join(f"{sum(counts[split][name] for split in SPLITS)} {name}" for name in CLASSES)
        raise TrainingError(
            f"Too few pictures to divide into {', '.join(SPLITS)}: {there}. Give {ENOUGH} or more of each, "
            "or say which is for what: by a folder for each split with gun/ and not_gun/ in it, or by the "
            f"index's column split.{dataset.left_out}"
        )
    return whole


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


def _once(examples: Iterable[Example], *, by_content: bool) -> Iterator[Example]:
    """Leave out what is listed again. Of files that cannot be opened, each stays, to be named."""
    seen: dict[str | Path, Example] = {}
    for example in examples:
        first = seen.setdefault(example.group if by_content else example.path, example)
        if first is example or not _opens(example):
            yield example
        elif first.label != example.label:
            raise TrainingError(
                f"One picture is listed as {CLASSES[first.label]} ({first.path}) and as "
                f"{CLASSES[example.label]} ({example.path}). Remove what is wrong."
            )


def _opens(example: Example) -> bool:
    try:
        example.picture()
    except MediaError:
        return False
    return True


def _in_folder(folder: Path) -> Iterator[Example]:
    """List a folder without an index; equal files are one group."""
    for split in SPLITS if any((folder / split).is_dir() for split in SPLITS) else ("",):
        for label, name in enumerate(CLASSES):
            for path in sorted((folder / split / name).rglob("*")):
                if path.is_file():
                    group = hashlib.sha256(path.read_bytes()).hexdigest()
                    yield Example(path, label, split, group)


def _in_index(source: Path) -> Dataset:
    examples, problems = [], []
    boxes = _boxes(source.with_name("boxes.csv"))
    for number, row in rows(source, {"path", "label"}):
        group = row.get("dedup_group") or row["path"]
        split = row.get("split") or ""
        if row["path"] and row["label"] in CLASSES and split in ("", *SPLITS):
            examples.append(
                replace(_example(source.parent, row, split, group), boxes=boxes.get(row["path"], ()))
            )
        else:
            where = f"{source}, line {number}"
            problems.append(
                f"{where}: it needs a path; label must be one of {CLASSES}, split one of {SPLITS} or empty"
            )
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
            raise TrainingError(
                f"{path}, line {number}: {error}. {', '.join(edges)} are fractions, 0 to 1: mend the line "
                "or remove it."
            ) from error
        if right > left and bottom > top:
            found[row["path"]] = (*found.get(row["path"], ()), (left, top, right, bottom))
    return found


def _assigned(group: str) -> str:
    """Choose a group's split by its name alone, so that it stays the same when pictures are added."""
    place = int.from_bytes(hashlib.sha256(group.encode()).digest()[:4]) / 2**32
    return SPLITS[int(np.searchsorted(np.cumsum(SHARES)[:-1], place, side="right"))]
