"""Whole sources left out of training in turn: what a model is worth on data from elsewhere."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from triage.errors import TrainingError
from worker.training.tables import table

FIGURES = ("roc_auc", "average_precision", "recall_at_5_percent")
HEAD = ("left out", "positives", "others", "ROC AUC", "average precision", "recall at 5 % false positives")


@dataclass(frozen=True)
class Fold:
    """Sources left out together, and how a model that never saw them does on them."""

    sources: tuple[str, ...]
    found: int
    """Examples of what is looked for."""
    others: int
    roc_auc: float
    average_precision: float
    recall_at_5_percent: float
    """Share found where one in twenty others is flagged."""


def folds(sources: Sequence[str], labels: Sequence[int], least: int) -> list[tuple[str, ...]]:
    """Divide sources: one fold around each with many positives, the others dealt out, largest first.

    Args:
        sources: of each example, (n,).
        labels: of each example, (n,), 0 or 1.
        least: positives that make a source the head of a fold.

    Raises:
        TrainingError: fewer than two sources have so many.
    """
    positive = Counter(source for source, label in zip(sources, labels, strict=True) if label)
    others = Counter(source for source, label in zip(sources, labels, strict=True) if not label)
    heads = [source for source, count in positive.most_common() if count >= least]
    if len(heads) <= 1:
        raise TrainingError(
            f"Only {len(heads)} sources have {least} positives or more; leaving one out needs two. "
            "Name the source of each example: source_repo of pictures, source of captions."
        )
    dealt = [[source] for source in heads]
    for source, _count in (positive + others).most_common():
        if source not in heads:
            min(dealt, key=lambda fold: sum(others[name] for name in fold)).append(source)
    return [tuple(fold) for fold in dealt]


def measured(sources: Sequence[str], truth: NDArray[np.int64], scores: NDArray[np.float32]) -> Fold:
    """Return a fold's figures from its labels and logits, both (n,)."""
    threshold = np.quantile(scores[truth == 0], 0.95)
    return Fold(
        tuple(sources),
        found=int(truth.sum()),
        others=int((truth == 0).sum()),
        roc_auc=float(roc_auc_score(truth, scores)),
        average_precision=float(average_precision_score(truth, scores)),
        recall_at_5_percent=float((scores[truth == 1] > threshold).mean()),
    )


def write(out: Path, found: Sequence[Fold]) -> Path:
    """Write `transfer.json` and `transfer.md`; return the latter's path."""
    means = {name: float(np.mean([getattr(fold, name) for fold in found])) for name in FIGURES}
    report = {"means": means, "folds": [asdict(fold) for fold in found]}
    (out / "transfer.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    rows = [(", ".join(fold.sources), fold.found, fold.others, *_shown(asdict(fold))) for fold in found]
    path = out / "transfer.md"
    path.write_text(table(HEAD, [*rows, ("mean", "", "", *_shown(means))]), encoding="utf-8")
    return path


def _shown(figures: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(f"{figures[name]:.4f}" for name in FIGURES)
