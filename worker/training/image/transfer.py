"""`flagpost train transfer`: how good is a network on sources it never saw?

A source is one look: one camera, one photographer, one catalogue. Pictures from elsewhere are what the
service will get, so whole sources are left out of training in turn and measured on.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import keras
from rich.console import Console

from worker.training import kept
from worker.training.folds import Fold, folds, measured, write
from worker.training.image.archs import find
from worker.training.image.feed import labels
from worker.training.image.fit import logits
from worker.training.image.pictures import Dataset, Example
from worker.training.image.train import Plan, checked, fitted

LEAST_GUNS = 100
"""Sources with fewer guns join a fold instead of making one."""

console = Console(stderr=True)


def leave_out(data: Path, out: Path, plan: Plan) -> list[Fold]:
    """Train once per fold on the train split of all other sources, and measure on every picture of the fold.

    Args:
        data: dataset folder or index CSV that names sources.
        out: folder for `transfer.json`, `transfer.md` and checkpoints; an interrupted run goes on.
        plan: network, epochs, seed, limit, weights.

    Raises:
        TrainingError: fewer than two sources have guns enough to be left out.
    """
    dataset = checked(data, plan.limit, plan.seed)
    found: list[Fold] = []
    for sources in folds(*_origins(dataset.examples), LEAST_GUNS):
        console.print(f"Leaving out {', '.join(sources)}")
        found.append(_fold(dataset, out / f"fold-{len(found)}", sources, plan))
        write(out, found)
    return found


def _origins(examples: Sequence[Example]) -> tuple[list[str], list[int]]:
    return [example.source for example in examples], [example.label for example in examples]


def _fold(dataset: Dataset, folder: Path, sources: Sequence[str], plan: Plan) -> Fold:
    known = folder / "fold.json"
    asked = asdict(plan) | {"data": dataset.digest, "sources": sources}
    if (before := kept.read(known, asked)) is not None:
        return Fold(**before)
    held = [example for example in dataset.examples if example.source in sources]
    groups = {example.group for example in held}
    rest = [
        example
        for example in dataset.examples
        if example.source not in sources and example.group not in groups
    ]
    model, _history = fitted(Dataset(tuple(rest)), folder, plan, resume=True)
    result = measured(sources, labels(held), logits(model, held, find(plan.arch)))
    kept.write(known, asked, asdict(result))
    keras.backend.clear_session()
    return result
