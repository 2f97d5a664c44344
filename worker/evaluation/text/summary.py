"""An evaluation of captions as one plain value: what terminal, page and JSON all show."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from typing import Any

from worker.evaluation.answers import Answers, compared, judged
from worker.evaluation.compare import mistakes
from worker.evaluation.text.kinds import by_kind
from worker.evaluation.text.measure import Evaluation
from worker.evaluation.text.slices import LABELS, by_slice

VERSION = 1
"""Of the layout of `report.json`."""


def summarise(evaluation: Evaluation) -> dict[str, Any]:
    """Return everything that was measured; probabilities, shares and figures are 0 to 1."""
    labels, answers = evaluation.labels, evaluation.answers
    flagged = answers.probabilities >= answers.points.likely
    alarms, misses = mistakes(labels, answers.probabilities, answers.points.likely)
    named = partial(_named, evaluation)
    return {
        "version": VERSION,
        "data": evaluation.data.name,
        "captions": {name: int((labels == label).sum()) for label, name in enumerate(LABELS)},
        "wordless": list(evaluation.problems),
        "model": judged(labels, answers),
        "slices": [asdict(row) for row in by_slice(evaluation.captions, flagged)],
        "kinds": by_kind(evaluation.captions, evaluation.kinds),
        "sources": [
            {"source": source, "licence": licence, "captions": count}
            for (source, licence), count in Counter(evaluation.captions.origins).most_common()
        ],
        "false_alarms": named(alarms),
        "misses": named(misses),
        "comparison": compared(labels, answers, evaluation.against, named) if evaluation.against else None,
    }


def _named(
    evaluation: Evaluation, positions: Iterable[int], against: Answers | None = None
) -> list[dict[str, Any]]:
    """Return captions with their label and probabilities, now and, where compared, before."""
    captions, probabilities = evaluation.captions, evaluation.answers.probabilities
    return [
        {
            "text": captions.texts[at],
            "label": LABELS[captions.labels[at]],
            "group": captions.groups[at],
            "probability": float(probabilities[at]),
        }
        | ({"before": float(against.probabilities[at])} if against else {})
        for at in positions
    ]
