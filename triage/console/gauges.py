"""Scores as the console shows them. Pure: rows in, values out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from triage import evidence, wording
from triage.contracts import Level
from triage.evidence import Sighting
from triage.models import Score
from triage.wording import Wording

TITLES = {"gun_image": "Gun in the picture", "violence_text": "Violent threat in the caption"}
"""What the scorers look for; of an unknown scorer its name is shown."""
IN_A_PICTURE = {"violence_text": "Violent threat in the picture's words"}
"""The same where the text was read in a picture."""


@dataclass(frozen=True)
class Gauge:
    """One score: a calibrated probability (0 to 1) on the scale of its model's thresholds, or an error."""

    title: str
    scorer: str
    version: str
    media_sha256: str | None
    probability: float | None
    level: str
    error: str | None
    thresholds: dict[str, float]
    """Level to the probability where it begins, ascending; empty where the score does not say."""
    sighting: Sighting
    """Where the model saw it and what it looks like; empty where the score does not say."""
    wording: Wording
    """Which words carry the score, and where in a picture they were read; empty where it does not say."""

    @property
    def of_text(self) -> bool:
        """Whether a text was scored: the caption, or words read in a picture."""
        return self.media_sha256 is None or self.wording.picture_text is not None


def latest(scores: Iterable[Score]) -> list[Gauge]:
    """Return the newest score of each scorer and item, from scores in the order they were written."""
    newest = {(score.scorer, score.media_sha256): score for score in scores}
    return [_gauge(score) for score in newest.values()]


def highest(gauges: Iterable[Gauge], *, of_text: bool) -> Gauge | None:
    """Return the highest gauge of a post's texts (or of what its pictures show); None where there is none."""
    chosen = [gauge for gauge in gauges if gauge.of_text is of_text]
    return max(chosen, key=lambda g: -1 if g.probability is None else g.probability, default=None)


def _gauge(score: Score) -> Gauge:
    words = wording.read(score.evidence)
    titles = TITLES | IN_A_PICTURE if words.picture_text else TITLES
    return Gauge(
        title=titles.get(score.scorer, score.scorer),
        scorer=score.scorer,
        version=score.version,
        media_sha256=score.media_sha256,
        probability=score.probability,
        level=score.level,
        error=score.error,
        thresholds=_thresholds(score.evidence),
        sighting=evidence.read(score.evidence),
        wording=words,
    )


def _thresholds(found: Mapping[str, Any]) -> dict[str, float]:
    points = found.get("operating_points", {})
    return {level.value: float(points[level]) for level in Level if level in points}
