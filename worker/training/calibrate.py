"""From validation logits to probabilities and thresholds. Test data is only ever reported on."""

from collections.abc import Sequence
from math import ceil

import numpy as np
from numpy.typing import ArrayLike
from sklearn.linear_model import LogisticRegression

from worker.evaluation.figures import both_classes
from worker.manifest import Calibration, OperatingPoints

PENALTY = 100.0
"""Inverse strength of the ridge on the slope: keeps it finite where validation data is separable."""


def fit_calibration(logits: ArrayLike, labels: ArrayLike) -> Calibration:
    """Fit Platt scaling on validation data.

    Args:
        logits: (n,) raw outputs of the model.
        labels: (n,) 0 or 1.

    Raises:
        TrainingError: only one class is there.
    """
    truth = both_classes(labels)
    model = LogisticRegression(C=PENALTY).fit(np.asarray(logits, np.float64).reshape(-1, 1), truth)
    return Calibration(slope=float(model.coef_[0, 0]), intercept=float(model.intercept_[0]))


def operating_points(
    probabilities: ArrayLike, labels: ArrayLike, recalls: tuple[float, float, float]
) -> OperatingPoints:
    """Choose the highest thresholds that still reach the stated recalls on validation data.

    Args:
        probabilities: (n,) calibrated, 0 to 1.
        labels: (n,) 0 or 1.
        recalls: wanted at unsure, likely and strong, descending, each above 0 and at most 1.

    Raises:
        TrainingError: only one class is there.
    """
    unsure, likely, strong = (threshold(probabilities, labels, recall) for recall in recalls)
    return OperatingPoints(unsure=unsure, likely=likely, strong=strong)


def threshold(scores: ArrayLike, labels: ArrayLike, recall: float) -> float:
    """Return the highest threshold that still reaches a recall.

    Args:
        scores: (n,) of any range.
        labels: (n,) 0 or 1.
        recall: above 0 and at most 1.

    Raises:
        TrainingError: only one class is there.
    """
    found = np.sort(np.asarray(scores, np.float64)[both_classes(labels) == 1])[::-1]
    return float(found[ceil(recall * len(found)) - 1])


def recall_table(
    probabilities: ArrayLike, labels: ArrayLike, recalls: Sequence[float]
) -> list[dict[str, float]]:
    """Say what each recall costs: `recall`, the `threshold` that reaches it and its `false_positive_rate`.

    Args:
        probabilities: (n,) calibrated, 0 to 1.
        labels: (n,) 0 or 1.
        recalls: wanted, each above 0 and at most 1.

    Raises:
        TrainingError: only one class is there.
    """
    truth, scores = both_classes(labels), np.asarray(probabilities, np.float64)
    thresholds = [threshold(scores, truth, recall) for recall in recalls]
    return [
        {
            "recall": recall,
            "threshold": value,
            "false_positive_rate": float((scores[truth == 0] >= value).mean()),
        }
        for recall, value in zip(recalls, thresholds, strict=True)
    ]
