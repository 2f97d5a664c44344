"""Scores as the console shows them. Pure: rows in, values out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from triage import evidence
from triage.contracts import Level
from triage.evidence import Sighting
from triage.models import Score

TITLES = {"gun_image": "Gun in the picture", "violence_text": "Violent threat in the caption"}
"""What the scorers look for; of an unknown scorer its name is shown."""


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


def latest(scores: Iterable[Score]) -> list[Gauge]:
    """Return the newest score of each scorer and item, from scores in the order they were written."""
    newest = {(score.scorer, score.media_sha256): score for score in scores}
    return [_gauge(score) for score in newest.values()]


def highest(gauges: Iterable[Gauge], *, pictures: bool) -> Gauge | None:
    """Return the highest gauge of a post's pictures (or of its caption); None where there is none."""
    chosen = [gauge for gauge in gauges if (gauge.media_sha256 is not None) is pictures]
    return max(chosen, key=lambda g: -1 if g.probability is None else g.probability, default=None)


def _gauge(score: Score) -> Gauge:
    return Gauge(
        title=TITLES.get(score.scorer, score.scorer),
        scorer=score.scorer,
        version=score.version,
        media_sha256=score.media_sha256,
        probability=score.probability,
        level=score.level,
        error=score.error,
        thresholds=_thresholds(score.evidence),
        sighting=evidence.read(score.evidence),
    )


def _thresholds(found: Mapping[str, Any]) -> dict[str, float]:
    points = found.get("operating_points", {})
    return {level.value: float(points[level]) for level in Level if level in points}
