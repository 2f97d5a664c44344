"""How good probabilities are, in figures and their 95 % intervals.

A figure and its interval come from one computation over weighted examples: all weights 1 for the figure, and
how often a bootstrap round drew each example for the interval.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from triage.errors import TrainingError

BINS = 10
ROUNDS = 1000
BLOCK = 100
"""Bootstrap rounds in memory at a time."""
TAIL = 2.5
"""Percent of the rounds on each side of an interval."""
TITLES = {
    "roc_auc": "ROC AUC",
    "average_precision": "average precision",
    "ece": "calibration error",
    "accuracy": "accuracy",
    "recall": "recall",
    "false_positive_rate": "false-positive rate",
    "precision": "precision",
}
"""Every figure, and its name in a table."""

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


def figures(labels: ArrayLike, probabilities: ArrayLike, threshold: float) -> dict[str, float | int]:
    """Measure probabilities against the truth.

    Args:
        labels: (n,) 0 or 1.
        probabilities: (n,) calibrated, 0 to 1.
        threshold: probability from which an example counts as flagged.

    Returns:
        `n`, `positives`, `roc_auc`, `average_precision`, `ece` (expected calibration error, 10 bins), and at
        the threshold `accuracy`, `recall`, `false_positive_rate`, `precision` (0 where nothing reaches it).

    Raises:
        TrainingError: only one class is there.
    """
    truth, scores = both_classes(labels), np.asarray(probabilities, np.float64)
    found = _weighed(np.ones((1, len(truth))), truth, scores, threshold)
    counts = {"n": len(truth), "positives": int(truth.sum())}
    return counts | {name: float(values[0]) for name, values in found.items()}


def intervals(
    labels: ArrayLike, probabilities: ArrayLike, threshold: float, *, rounds: int = ROUNDS, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """Return the 95 % interval of every figure that `figures` measures (stratified percentile bootstrap).

    That of `ece` leans upward and may lie above its figure: resampling adds gaps of its own.

    Raises:
        TrainingError: only one class is there.
    """
    found = distributions(labels, probabilities, threshold, rounds=rounds, seed=seed)
    return {name: interval(values) for name, values in found.items()}


def distributions(
    labels: ArrayLike, probabilities: ArrayLike, threshold: float, *, rounds: int = ROUNDS, seed: int = 0
) -> dict[str, Floats]:
    """Return every figure in each bootstrap round, (rounds,).

    The same labels, rounds and seed draw the same examples: two models' rounds can be subtracted, as pairs.

    Raises:
        TrainingError: only one class is there.
    """
    truth, scores = both_classes(labels), np.asarray(probabilities, np.float64)
    blocks = [_weighed(block, truth, scores, threshold) for block in _resamples(truth, rounds, seed)]
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def interval(values: Floats) -> tuple[float, float]:
    """Return between which values the middle 95 % of a figure's rounds lie."""
    low, high = np.percentile(values, (TAIL, 100 - TAIL))
    return float(low), float(high)


def calibration_error(truth: ArrayLike, scores: ArrayLike) -> float:
    """Mean gap between claimed probability and observed share, over equal bins weighted by size.

    Source: Guo et al., "On Calibration of Modern Neural Networks", 2017.
    """
    labels, probabilities = np.asarray(truth).astype(int), np.asarray(scores, np.float64)
    return float(_calibration_errors(np.ones((1, len(labels))), labels, probabilities)[0])


def both_classes(labels: ArrayLike) -> Labels:
    """Return labels as 0 and 1, (n,).

    Raises:
        TrainingError: only one class is there.
    """
    truth = np.asarray(labels).astype(int)
    if set(np.unique(truth)) != {0, 1}:
        raise TrainingError("Both classes are needed to calibrate and measure; only one has examples.")
    return truth


def _resamples(truth: Labels, rounds: int, seed: int) -> Iterator[Floats]:
    """Yield how often each example is drawn, (up to BLOCK, n); each class keeps its size."""
    random = np.random.default_rng(seed)
    classes = [np.flatnonzero(truth == label) for label in (0, 1)]
    for start in range(0, rounds, BLOCK):
        size = min(BLOCK, rounds - start)
        weights = np.zeros((size, len(truth)))
        for members in classes:
            chances = np.full(len(members), 1 / len(members))
            weights[:, members] = random.multinomial(len(members), chances, size)
        yield weights


def _weighed(weights: Floats, truth: Labels, scores: Floats, threshold: float) -> dict[str, Floats]:
    """Compute every figure for each row of weights, (rounds, n); equal scores count as one step."""
    order = np.argsort(-scores, kind="stable")
    steps = np.flatnonzero(np.diff(scores[order], prepend=np.inf))
    hits = np.add.reduceat((weights * truth)[:, order], steps, axis=1)
    alarms = np.add.reduceat((weights * (1 - truth))[:, order], steps, axis=1)
    found, false = hits.cumsum(axis=1), alarms.cumsum(axis=1)
    positives, negatives = found[:, -1], false[:, -1]
    precisions = found / np.maximum(found + false, 1)
    return {
        "roc_auc": (alarms * (found - hits / 2)).sum(axis=1) / (positives * negatives),
        "average_precision": (hits * precisions).sum(axis=1) / positives,
        "ece": _calibration_errors(weights, truth, scores),
        **_at_threshold(weights, truth, scores >= threshold),
    }


def _at_threshold(weights: Floats, truth: Labels, flagged: NDArray[np.bool_]) -> dict[str, Floats]:
    hits, false = weights @ (flagged & (truth == 1)), weights @ (flagged & (truth == 0))
    positives, negatives = weights @ truth, weights @ (1 - truth)
    return {
        "accuracy": (hits + negatives - false) / (positives + negatives),
        "recall": hits / positives,
        "false_positive_rate": false / negatives,
        "precision": hits / np.maximum(hits + false, 1),
    }


def _calibration_errors(weights: Floats, truth: Labels, scores: Floats) -> Floats:
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    gaps = np.where(bins[:, None] == np.arange(BINS), (scores - truth)[:, None], 0.0)
    errors: Floats = np.abs(weights @ gaps).sum(axis=1) / weights.sum(axis=1)
    return errors
