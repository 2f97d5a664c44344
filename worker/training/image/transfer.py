"""`flagpost train transfer`: how good is a network on sources it never saw?

A source is one look: one camera, one photographer, one catalogue. Pictures from elsewhere are what the
service will get, so whole sources are left out of training in turn and measured on.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from sklearn.metrics import roc_auc_score

from triage.errors import TrainingError
from worker.training.image.archs import find
from worker.training.image.feed import labels
from worker.training.image.fit import logits
from worker.training.image.pictures import Dataset, Example
from worker.training.image.train import Plan, checked, fitted
from worker.training.tables import table

LEAST_GUNS = 100
"""Sources with fewer guns join a fold instead of making one."""

console = Console(stderr=True)


@dataclass(frozen=True)
class Fold:
    """Sources left out together, and how the network that never saw them does on them."""

    sources: tuple[str, ...]
    guns: int
    others: int
    roc_auc: float
    recall_at_5_percent: float
    """Share of guns found where one in twenty other pictures is flagged."""


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
    for sources in folds(dataset.examples):
        console.print(f"Leaving out {', '.join(sources)}")
        found.append(_fold(dataset, out / f"fold-{len(found)}", sources, plan))
        _write(out, found)
    return found


def folds(examples: Sequence[Example]) -> list[tuple[str, ...]]:
    """Divide the sources: one fold around each source with many guns, the others dealt out, largest first.

    Raises:
        TrainingError: fewer than two sources have guns enough.
    """
    guns = Counter(example.source for example in examples if example.label)
    clear = Counter(example.source for example in examples if not example.label)
    heads = [source for source, count in guns.most_common() if count >= LEAST_GUNS]
    if len(heads) <= 1:
        raise TrainingError(
            f"Only {len(heads)} sources have {LEAST_GUNS} guns or more; leaving one out needs two. "
            "Name sources in the index's column source_repo."
        )
    dealt = [[source] for source in heads]
    for source, _count in (guns + clear).most_common():
        if source not in heads:
            min(dealt, key=lambda fold: sum(clear[name] for name in fold)).append(source)
    return [tuple(fold) for fold in dealt]


def _fold(dataset: Dataset, folder: Path, sources: Sequence[str], plan: Plan) -> Fold:
    if (folder / "fold.json").is_file():
        return Fold(**json.loads((folder / "fold.json").read_text()))
    held = [example for example in dataset.examples if example.source in sources]
    groups = {example.group for example in held}
    kept = [
        example
        for example in dataset.examples
        if example.source not in sources and example.group not in groups
    ]
    model, _history = fitted(Dataset(tuple(kept)), folder, plan, resume=True)
    result = measured(sources, labels(held), logits(model, held, find(plan.arch)))
    (folder / "fold.json").write_text(json.dumps(asdict(result)))
    keras.backend.clear_session()
    return result


def measured(sources: Sequence[str], truth: NDArray[np.int64], scores: NDArray[np.float32]) -> Fold:
    """Return a fold's figures from its labels and logits, both (n,)."""
    threshold = np.quantile(scores[truth == 0], 0.95)
    return Fold(
        tuple(sources),
        guns=int(truth.sum()),
        others=int((truth == 0).sum()),
        roc_auc=float(roc_auc_score(truth, scores)),
        recall_at_5_percent=float((scores[truth == 1] > threshold).mean()),
    )


def _write(out: Path, found: Sequence[Fold]) -> None:
    mean = float(np.mean([fold.roc_auc for fold in found]))
    report = {"mean_roc_auc": mean, "folds": [asdict(fold) for fold in found]}
    (out / "transfer.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    rows = [
        (
            ", ".join(fold.sources),
            fold.guns,
            fold.others,
            f"{fold.roc_auc:.4f}",
            f"{fold.recall_at_5_percent:.3f}",
        )
        for fold in found
    ]
    head = ("left out", "guns", "others", "ROC AUC", "recall at 5 % false positives")
    (out / "transfer.md").write_text(
        table(head, [*rows, ("mean", "", "", f"{mean:.4f}", "")]), encoding="utf-8"
    )
