"""What the model says about one picture, all in one value."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from triage import images
from triage.console.words import percent
from triage.contracts import Score
from triage.evidence import Sighting
from triage.images import Picture
from worker.scorers.gun_image import GunImage


@dataclass(frozen=True)
class Explanation:
    """What the model says about one picture."""

    item: Path
    picture: Picture
    score: Score
    sighting: Sighting
    kinds: dict[str, float]
    """Kind to its probability, the highest first; empty where the model knows none."""

    @property
    def title(self) -> str:
        """The result in one line."""
        kind = self.sighting.kind
        likeness = f", looks most like: {kind.words} ({percent(kind.probability)})" if kind else ""
        return f"gun: {percent(self.score.probability or 0)}, {self.score.level}{likeness}"


def look(scorer: GunImage, path: Path) -> Explanation:
    """Run the model on a picture file.

    Raises:
        MediaError: the file is no picture that can be read.
    """
    picture = images.load(path)
    (reading,) = scorer.read([picture])
    (score,) = scorer.calibrated(np.array([reading.logit]))
    kinds = sorted(scorer.kinds(reading).items(), key=lambda kind: -kind[1])
    return Explanation(path, picture, score, scorer.sighting(reading, picture), dict(kinds))
