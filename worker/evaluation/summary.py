"""An evaluation as one value of plain numbers and names: what terminal, page and JSON all show."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.evaluation.compare import changed, differences, mistakes
from worker.evaluation.figures import MEANINGS, figures, intervals
from worker.evaluation.image import Answers, Evaluation
from worker.evaluation.slices import by_slice, by_source, unmeasured
from worker.training.image.pictures import CLASSES

VERSION = 1
"""Of the layout of `report.json`."""
AT_THRESHOLD = ("recall", "false_positive_rate", "precision", "accuracy")


def summarise(evaluation: Evaluation) -> dict[str, Any]:
    """Return everything that was measured; probabilities, shares and figures are 0 to 1."""
    labels, answers = evaluation.labels, evaluation.answers
    flagged = answers.probabilities >= answers.points.likely
    alarms, misses = mistakes(labels, answers.probabilities, answers.points.likely)
    return {
        "version": VERSION,
        "data": evaluation.data.name,
        "split": evaluation.split,
        "pictures": {name: int((labels == label).sum()) for label, name in enumerate(CLASSES)},
        "unreadable": list(evaluation.problems),
        "model": _model(labels, answers),
        "slices": [asdict(row) for row in by_slice(evaluation.examples, flagged)],
        "unmeasured": unmeasured(evaluation.examples),
        "sources": [
            {"source": source, "licence": licence, "pictures": count}
            for source, licence, count in by_source(evaluation.examples)
        ],
        "false_alarms": _named(evaluation, alarms),
        "misses": _named(evaluation, misses),
        "comparison": _comparison(evaluation, evaluation.against) if evaluation.against else None,
    }


def _model(labels: NDArray[np.int64], answers: Answers) -> dict[str, Any]:
    """Return what one artifact is and how good: figures at likely, and what each level finds and costs."""
    scores, points = answers.probabilities, answers.points
    found, spans = figures(labels, scores, points.likely), intervals(labels, scores, points.likely)
    levels = {level: (threshold, figures(labels, scores, threshold)) for level, threshold in points}
    return {
        "scorer": answers.artifact.manifest.scorer,
        "version": answers.artifact.manifest.version,
        "milliseconds": answers.milliseconds,
        "figures": {
            name: {"value": found[name], "low": spans[name][0], "high": spans[name][1]} for name in MEANINGS
        },
        "levels": {
            level: {"threshold": threshold} | {name: measured[name] for name in AT_THRESHOLD}
            for level, (threshold, measured) in levels.items()
        },
    }


def _comparison(evaluation: Evaluation, against: Answers) -> dict[str, Any]:
    answers, labels = evaluation.answers, evaluation.labels
    pair = answers.probabilities, against.probabilities
    thresholds = answers.points.likely, against.points.likely
    better, worse = changed(labels, *pair, thresholds)
    return {
        "against": _model(labels, against),
        "differences": {
            name: asdict(change) for name, change in differences(labels, *pair, thresholds).items()
        },
        "better": _named(evaluation, better, against),
        "worse": _named(evaluation, worse, against),
    }


def _named(
    evaluation: Evaluation, positions: Iterable[int], against: Answers | None = None
) -> list[dict[str, Any]]:
    """Name pictures with what they show and their probabilities, now and, where compared, before."""
    probabilities = evaluation.answers.probabilities
    return [
        {
            "picture": evaluation.name(evaluation.examples[at]),
            "shows": CLASSES[evaluation.examples[at].label],
            "kind": evaluation.examples[at].kind,
            "probability": float(probabilities[at]),
        }
        | ({"before": float(against.probabilities[at])} if against else {})
        for at in positions
    ]
