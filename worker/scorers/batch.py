"""What every scorer does around its model: errors stay in their place, results become scores."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from triage.contracts import Score
from triage.errors import InputError
from worker.manifest import OperatingPoints
from worker.scorers.base import Item, Scorer

AnyItem = TypeVar("AnyItem", bound=Item)


def carry_errors(
    scorer: Scorer, items: Sequence[AnyItem | InputError], score: Callable[[list[AnyItem]], list[Score]]
) -> list[Score]:
    """Score the good items of a batch and give each bad one a score that holds its error, in order."""
    good = [item for item in items if not isinstance(item, InputError)]
    scores = iter(score(good) if good else ())
    return [
        Score(scorer=scorer.name, version=scorer.version, error=str(item))
        if isinstance(item, InputError)
        else next(scores)
        for item in items
    ]


def to_scores(
    scorer: Scorer, raw: np.ndarray, probabilities: np.ndarray, points: OperatingPoints
) -> list[Score]:
    """Make scores of model outputs.

    Args:
        scorer: whose scores they are.
        raw: (n,) outputs as the model gave them.
        probabilities: (n,) calibrated, 0 to 1.
        points: thresholds of the levels; kept in the evidence, so that a screen can explain the level.
    """
    evidence = {"version": 1, "operating_points": points.model_dump()}
    return [
        Score(
            scorer=scorer.name,
            version=scorer.version,
            raw=float(value),
            probability=float(probability),
            level=points.level(float(probability)),
            evidence=evidence,
        )
        for value, probability in zip(raw, probabilities, strict=True)
    ]
