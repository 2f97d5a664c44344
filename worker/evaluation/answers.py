"""What artifacts said about labelled examples, as plain numbers."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.evaluation.compare import changed, differences
from worker.evaluation.figures import TITLES, figures, intervals
from worker.manifest import Artifact, OperatingPoints

AT_THRESHOLD = ("recall", "false_positive_rate", "precision", "accuracy")
Named = Callable[[Iterable[int], "Answers | None"], list[dict[str, Any]]]
"""Describes the examples at some places, for people; with another artifact's answers beside."""


@dataclass(frozen=True)
class Answers:
    """What one artifact said."""

    artifact: Artifact
    probabilities: NDArray[np.float64]
    """(n,) calibrated, 0 to 1."""
    milliseconds: float
    """For an example, ready to be scored: median over chunks, the first left out as a warm-up."""

    @property
    def points(self) -> OperatingPoints:
        """The thresholds of the artifact."""
        return self.artifact.manifest.operating_points


def judged(labels: NDArray[np.int64], answers: Answers) -> dict[str, Any]:
    """Return what one artifact is and how good: figures at likely, and what each level finds and costs."""
    scores, points = answers.probabilities, answers.points
    found, spans = figures(labels, scores, points.likely), intervals(labels, scores, points.likely)
    levels = {level: (threshold, figures(labels, scores, threshold)) for level, threshold in points}
    return {
        "scorer": answers.artifact.manifest.scorer,
        "version": answers.artifact.manifest.version,
        "milliseconds": answers.milliseconds,
        "figures": {
            name: {"value": found[name], "low": spans[name][0], "high": spans[name][1]} for name in TITLES
        },
        "levels": {
            level: {"threshold": threshold} | {name: measured[name] for name in AT_THRESHOLD}
            for level, (threshold, measured) in levels.items()
        },
    }


def compared(labels: NDArray[np.int64], answers: Answers, against: Answers, named: Named) -> dict[str, Any]:
    """Return how one artifact differs from another on the same examples, each at its own level likely."""
    pair = answers.probabilities, against.probabilities
    thresholds = answers.points.likely, against.points.likely
    better, worse = changed(labels, *pair, thresholds)
    return {
        "against": judged(labels, against),
        "differences": {
            name: asdict(change) for name, change in differences(labels, *pair, thresholds).items()
        },
        "better": named(better, against),
        "worse": named(worse, against),
    }
