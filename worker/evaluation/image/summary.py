"""An evaluation as one value of plain numbers and names: what terminal, page and JSON all show."""

from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from typing import Any

from worker.evaluation.answers import Answers, compared, judged
from worker.evaluation.compare import mistakes
from worker.evaluation.image.kinds import by_kind
from worker.evaluation.image.measure import Evaluation
from worker.evaluation.image.slices import by_slice, by_source, unmeasured
from worker.training.image.pictures import CLASSES

VERSION = 1
"""Of the layout of `report.json`."""


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
        "model": judged(labels, answers),
        "slices": [asdict(row) for row in by_slice(evaluation.examples, flagged)],
        "kinds": by_kind(evaluation.examples, evaluation.kinds),
        "unmeasured": unmeasured(evaluation.examples),
        "sources": [
            {"source": source, "licence": licence, "pictures": count}
            for source, licence, count in by_source(evaluation.examples)
        ],
        "false_alarms": _named(evaluation, alarms),
        "misses": _named(evaluation, misses),
        "comparison": compared(labels, answers, evaluation.against, partial(_named, evaluation))
        if evaluation.against
        else None,
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
