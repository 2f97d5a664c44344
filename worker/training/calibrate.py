"""From validation logits to probabilities, thresholds and figures. Test data is only ever reported on."""

from collections.abc import Mapping
from math import ceil

import numpy as np
from numpy.typing import ArrayLike
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

from triage.errors import TrainingError
from worker.manifest import Calibration, OperatingPoints

PENALTY = 100.0
"""Inverse strength of the ridge on the slope: keeps it finite where validation data is separable."""
BINS = 10


def fit_calibration(logits: ArrayLike, labels: ArrayLike) -> Calibration:
    """Fit Platt scaling on validation data.

    Args:
        logits: (n,) raw outputs of the model.
        labels: (n,) 0 or 1.

    Raises:
        TrainingError: only one class is there.
    """
    truth = _both_classes(labels)
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
    truth = _both_classes(labels)
    found = np.sort(np.asarray(probabilities, np.float64)[truth == 1])[::-1]
    unsure, likely, strong = (float(found[ceil(recall * len(found)) - 1]) for recall in recalls)
    return OperatingPoints(unsure=unsure, likely=likely, strong=strong)


def figures(labels: ArrayLike, probabilities: ArrayLike, threshold: float) -> dict[str, float | int]:
    """Measure probabilities against the truth.

    Returns:
        `n`, `positives`, `roc_auc`, `average_precision`, `ece` (expected calibration error, 10 bins), and at
        the threshold `recall`, `false_positive_rate`, `precision` (0 where nothing reaches it).

    Raises:
        TrainingError: only one class is there.
    """
    truth, scores = _both_classes(labels), np.asarray(probabilities, np.float64)
    return {
        "n": len(truth),
        "positives": int(truth.sum()),
        "roc_auc": float(roc_auc_score(truth, scores)),
        "average_precision": float(average_precision_score(truth, scores)),
        "ece": calibration_error(truth, scores),
        **_at(threshold, truth, scores),
    }


def calibration_error(truth: np.ndarray, scores: np.ndarray) -> float:
    """Mean gap between claimed probability and observed share, over equal bins weighted by size.

    Source: Guo et al., "On Calibration of Modern Neural Networks", 2017.
    """
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=scores - truth, minlength=BINS)
    return float(np.abs(gaps).sum() / len(scores))


def _at(threshold: float, truth: np.ndarray, scores: np.ndarray) -> Mapping[str, float]:
    flagged = scores >= threshold
    hits = int((flagged & (truth == 1)).sum())
    return {
        "recall": hits / int((truth == 1).sum()),
        "false_positive_rate": float(flagged[truth == 0].mean()),
        "precision": hits / max(int(flagged.sum()), 1),
    }


def _both_classes(labels: ArrayLike) -> np.ndarray:
    truth = np.asarray(labels).astype(int)
    if set(np.unique(truth)) != {0, 1}:
        raise TrainingError("Both classes are needed to calibrate and measure; only one has examples.")
    return truth
