"""Scorers without a model, so that all else can be tested in milliseconds. Their answers are plain to see."""

import numpy as np

from triage.contracts import Score
from triage.images import Picture
from worker.manifest import OperatingPoints
from worker.scorers.batch import BatchScorer

RED = (255, 0, 0)
THREAT = "toy-threat"
POINTS = OperatingPoints(unsure=0.25, likely=0.5, strong=0.75)


class ToyImage(BatchScorer[Picture]):
    """A picture is as dangerous as its share of pure red pixels."""

    name = "toy_image"
    version = "1"
    kind = "image"

    def score_good(self, items: list[Picture]) -> list[Score]:
        """See `BatchScorer`."""
        shares = np.array([(item == RED).all(axis=-1).mean() for item in items])
        return self.to_scores(shares, shares, POINTS)


class ToyText(BatchScorer[str]):
    """A text that holds the word `toy-threat` is dangerous."""

    name = "toy_text"
    version = "1"
    kind = "text"

    def score_good(self, items: list[str]) -> list[Score]:
        """See `BatchScorer`."""
        found = np.array([0.9 if THREAT in item else 0.1 for item in items])
        return self.to_scores(found, found, POINTS)
