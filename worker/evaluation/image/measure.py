"""Run labelled pictures through the scorer that serves, so that what is measured is what posts will meet."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from triage.contracts import Score
from triage.errors import InputError, TrainingError
from triage.evidence import read
from triage.screen import err
from worker import manifest
from worker.evaluation.answers import Answers
from worker.manifest import Artifact
from worker.scorers.base import Item
from worker.scorers.batch import attempt
from worker.scorers.gun_image import GunImage
from worker.training.image.listing import listed
from worker.training.image.pictures import CLASSES, Dataset, Example, check_share, limited

CHUNK = 32
"""Pictures handed to the scorer at once."""
ALL = "all"
DEFAULT = "test"
"""The split to measure on, where a dataset has splits."""
SEED = 0
"""Of the draw that a limit makes."""


@dataclass(frozen=True)
class Evaluation:
    """The pictures that could be read, those that could not, and what one or two artifacts said."""

    data: Path
    split: str
    examples: tuple[Example, ...]
    problems: tuple[str, ...]
    kinds: tuple[str | None, ...]
    """What the judged artifact named to an analyst, (n,); None where nothing: see `GunImage`."""
    answers: Answers
    against: Answers | None = None

    @property
    def labels(self) -> NDArray[np.int64]:
        """What the pictures show, (n,): 1 for a gun."""
        return np.array([example.label for example in self.examples])

    def name(self, example: Example) -> str:
        """Return a picture's name: its path below the dataset's folder."""
        root = self.data if self.data.is_dir() else self.data.parent
        path = example.path
        return str(path.relative_to(root) if path.is_relative_to(root) else path)


def evaluate(
    data: Path,
    artifact: Path | None = None,
    against: Path | None = None,
    *,
    split: str | None = None,
    limit: int | None = None,
) -> Evaluation:
    """Measure one or two artifacts on a dataset.

    Args:
        data: dataset folder or index CSV (see `listing.listed`).
        artifact: folder of the model to judge; by default the one that serves.
        against: folder of a model to compare it with.
        split: train, validation, test or all; by default test where the dataset has splits, else all.
        limit: most pictures of each class and split, drawn at random; None for all.

    Raises:
        ArtifactError: an artifact is missing, altered, of another scorer or of another layout.
        TrainingError: the dataset is missing or empty, lacks a class, or more than 5 % of it is unreadable.
    """
    models = [manifest.load(GunImage.name, folder) for folder in (artifact, *([against] if against else []))]
    name, dataset = chosen(listed(data), data, split)
    _check_classes(dataset, name, data)
    kept, kinds, answers = _run(limited(dataset, limit, SEED), models)
    _check_classes(kept, name, data)
    return Evaluation(data, name, kept.examples, kept.problems, kinds, *answers)


def chosen(dataset: Dataset, data: Path, split: str | None = None) -> tuple[str, Dataset]:
    """Choose the split to measure on; return its name and its pictures.

    Raises:
        TrainingError: there is no picture in that split.
    """
    counts = Counter(example.split for example in dataset.examples)
    name = split or (DEFAULT if any(counts) else ALL)
    if name == ALL:
        return name, dataset
    if not counts[name]:
        there = ", ".join(f"{found or 'no split'} ({count})" for found, count in counts.items())
        raise TrainingError(f"{data} has no picture in split {name}. It has: {there}. Give --split.")
    return name, replace(dataset, examples=dataset.split(name))


def _check_classes(dataset: Dataset, split: str, data: Path) -> None:
    counts = Counter(CLASSES[example.label] for example in dataset.examples)
    if missing := [name for name in CLASSES if not counts[name]]:
        raise TrainingError(
            f"{data} has no usable picture of class {' or '.join(missing)} (split: {split}). Add some: "
            f"a model is measured by the guns it finds and by the rest it leaves alone.{dataset.left_out}"
        )


def _run(
    dataset: Dataset, models: Sequence[Artifact]
) -> tuple[Dataset, tuple[str | None, ...], list[Answers]]:
    """Score chunk by chunk with every model in turn; what cannot be read is named and left out.

    Returns:
        What was scored, the kinds that the first model named, and what each model said.
    """
    scorers = [GunImage(model) for model in models]
    times: list[list[float]] = [[] for _ in scorers]
    kept, rows, kinds, problems = [], [], [], list(dataset.problems)
    starts = range(0, len(dataset.examples), CHUNK)
    for start in track(starts, "Scoring pictures", console=err, disable=not err.is_terminal):
        chunk = dataset.examples[start : start + CHUNK]
        items = [attempt(example.picture) for example in chunk]
        found = [_timed(scorer, items, spent) for scorer, spent in zip(scorers, times, strict=True)]
        for example, *scores in zip(chunk, *found, strict=True):
            if broken := [score.error for score in scores if score.error]:
                problems.append(broken[0])
            else:
                kept.append(example)
                kinds.append(read(scores[0].evidence).kind)
                rows.append([score.probability or 0.0 for score in scores])
    usable = Dataset(tuple(kept), tuple(problems))
    check_share(usable)
    columns = np.array(rows, np.float64).reshape(-1, len(models)).T
    answers = [
        Answers(model, column, median(spent[1:] or spent))
        for model, column, spent in zip(models, columns, times, strict=True)
    ]
    return usable, tuple(kind.name if kind else None for kind in kinds), answers


def _timed(scorer: GunImage, items: Sequence[Item | InputError], spent: list[float]) -> list[Score]:
    """Score a chunk and note the milliseconds for each good picture in it."""
    start = perf_counter()
    scores = scorer.score(items)
    if good := sum(score.error is None for score in scores):
        spent.append((perf_counter() - start) * 1000 / good)
    return scores
