"""What every scorer does around its model: errors stay in their place, results become scores."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Generic, Literal, TypeVar, cast

import numpy as np

from triage.contracts import Score
from triage.errors import InputError
from worker.manifest import OperatingPoints
from worker.scorers.base import Item

AnyItem = TypeVar("AnyItem", bound=Item)


def attempt(load: Callable[[], Item]) -> Item | InputError:
    """Return an item, or the error that kept it from being loaded, to stand in its place in a batch."""
    try:
        return load()
    except InputError as error:
        return error


class BatchScorer(ABC, Generic[AnyItem]):
    """A scorer that is given the good items of a batch; what is bad among them is seen to here."""

    name: str
    version: str
    kind: Literal["image", "text"]

    def score(self, items: Sequence[Item | InputError]) -> list[Score]:
        """See `Scorer.score`."""
        good = [cast(AnyItem, item) for item in items if not isinstance(item, InputError)]
        scores = iter(self.score_good(good) if good else ())
        return [self.refuse(item) if isinstance(item, InputError) else next(scores) for item in items]

    @abstractmethod
    def score_good(self, items: list[AnyItem]) -> list[Score]:
        """Score at least one item, none of them an error; one score per item, in order."""

    def refuse(self, error: InputError) -> Score:
        """Return the score of an item that cannot be scored."""
        return Score(scorer=self.name, version=self.version, error=str(error))

    def to_scores(self, raw: np.ndarray, probabilities: np.ndarray, points: OperatingPoints) -> list[Score]:
        """Make scores of model outputs.

        Args:
            raw: (n,) outputs as the model gave them.
            probabilities: (n,) calibrated, 0 to 1.
            points: thresholds of the levels; kept in the evidence, so that a screen can explain the level.
        """
        evidence = {"version": 1, "operating_points": points.model_dump()}
        return [
            Score(
                scorer=self.name,
                version=self.version,
                raw=float(value),
                probability=float(probability),
                level=points.level(float(probability)),
                evidence=evidence,
            )
            for value, probability in zip(raw, probabilities, strict=True)
        ]
