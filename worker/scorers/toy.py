"""Scorers without a model, so that all else can be tested in milliseconds. Their answers are plain to see."""

from collections.abc import Sequence
from typing import Literal, cast

import numpy as np

from triage.contracts import Score
from triage.errors import InputError
from triage.images import Picture
from worker.manifest import OperatingPoints
from worker.scorers.base import Item
from worker.scorers.batch import carry_errors, to_scores

RED = (255, 0, 0)
THREAT = "toy-threat"
POINTS = OperatingPoints(unsure=0.25, likely=0.5, strong=0.75)


class ToyImage:
    """A picture is as dangerous as its share of pure red pixels."""

    name = "toy_image"
    version = "1"
    kind: Literal["image", "text"] = "image"

    def score(self, items: Sequence[Item | InputError]) -> list[Score]:
        """Score pictures; see `Scorer.score`."""
        return carry_errors(self, items, self._score)

    def _score(self, items: list[Item]) -> list[Score]:
        shares = np.array([(cast(Picture, item) == RED).all(axis=-1).mean() for item in items])
        return to_scores(self, shares, shares, POINTS)


class ToyText:
    """A text that holds the word `toy-threat` is dangerous."""

    name = "toy_text"
    version = "1"
    kind: Literal["image", "text"] = "text"

    def score(self, items: Sequence[Item | InputError]) -> list[Score]:
        """Score texts; see `Scorer.score`."""
        return carry_errors(self, items, self._score)

    def _score(self, items: list[Item]) -> list[Score]:
        found = np.array([0.9 if THREAT in cast(str, item) else 0.1 for item in items])
        return to_scores(self, found, found, POINTS)
