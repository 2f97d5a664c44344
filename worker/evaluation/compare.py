"""Two artifacts on the same examples: what the one does better than the other, and what worse."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worker.evaluation.figures import ROUNDS, distributions, figures, interval


@dataclass(frozen=True)
class Difference:
    """By how much a figure changed, with its 95 % interval; it is sure where zero lies outside."""

    value: float
    low: float
    high: float


def differences(
    labels: ArrayLike,
    after: ArrayLike,
    before: ArrayLike,
    thresholds: tuple[float, float],
    *,
    rounds: int = ROUNDS,
    seed: int = 0,
) -> dict[str, Difference]:
    """Return after minus before for every figure, each model at its own threshold (paired bootstrap).

    Args:
        labels: (n,) 0 or 1.
        after: (n,) probabilities of the model that is judged.
        before: (n,) probabilities of the one it is compared with.
        thresholds: of after and before.
        rounds: of the bootstrap.
        seed: decides what is drawn.

    Raises:
        TrainingError: only one class is there.
    """
    pairs = list(zip((after, before), thresholds, strict=True))
    new, old = (figures(labels, scores, threshold) for scores, threshold in pairs)
    drawn, base = (
        distributions(labels, scores, threshold, rounds=rounds, seed=seed) for scores, threshold in pairs
    )
    spans = {name: interval(drawn[name] - base[name]) for name in drawn}
    return {name: Difference(new[name] - old[name], *span) for name, span in spans.items()}


def changed(
    labels: ArrayLike, after: ArrayLike, before: ArrayLike, thresholds: tuple[float, float]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which examples were judged wrong and now are right, and which the other way round.

    Returns:
        Two lists of positions; the largest change of probability comes first.
    """
    truth = np.asarray(labels).astype(bool)
    new, old = np.asarray(after, np.float64), np.asarray(before, np.float64)
    right, was_right = ((scores >= at) == truth for scores, at in zip((new, old), thresholds, strict=True))
    order = np.argsort(-np.abs(new - old), kind="stable")
    better, worse = right & ~was_right, ~right & was_right
    return order[better[order]], order[worse[order]]


def mistakes(
    labels: ArrayLike, probabilities: ArrayLike, threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which examples are false alarms and which were missed, as positions, the worst first."""
    truth, scores = np.asarray(labels).astype(bool), np.asarray(probabilities, np.float64)
    flagged = scores >= threshold
    rising = np.argsort(scores, kind="stable")
    alarms, misses = flagged & ~truth, ~flagged & truth
    return rising[::-1][alarms[rising[::-1]]], rising[misses[rising]]
