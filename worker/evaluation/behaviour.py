"""The behavioural suite: which functionalities a text scorer has, and whether a group's name sways it.

After HateCheck (Röttger et al., 2021).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import mean
from typing import Any

from worker.evaluation.shares import wilson
from worker.scorers.violence_text import ViolenceText
from worker.training.behaviour.cases import Case, Part, cases, says
from worker.training.behaviour.identity import Pairing, pairings

EACH = 50
"""Texts of each functionality."""
SHOWN = 3
"""Failures named for each functionality."""


@dataclass(frozen=True)
class Rate:
    """How many of a functionality's texts were judged right."""

    passed: int
    n: int
    frames: int
    """That the texts were written from."""

    @property
    def share(self) -> float:
        """Of the texts, 0 to 1."""
        return self.passed / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """Of the share, 95 %, 0 to 1.

        As if each frame had been asked once: its texts differ in a few words, the next one says little new.
        Drawing frames anew (a bootstrap) would call a share of 1 sure, however few they are.
        """
        return wilson(self.share * self.frames, self.frames)


def passed(suite: Sequence[Case], flagged: Iterable[bool]) -> dict[str, Rate]:
    """Count the texts judged right, by functionality in the suite's order."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    frames: defaultdict[str, set[str]] = defaultdict(set)
    for case, hit in zip(suite, flagged, strict=True):
        total[case.functionality] += 1
        frames[case.functionality].add(case.frame)
        right[case.functionality] += bool(hit) == bool(case.label)
    return {name: Rate(right[name], count, len(frames[name])) for name, count in total.items()}


def examine(scorer: ViolenceText, seed: int = 0) -> dict[str, Any]:
    """Run the suite through a scorer, at its level likely.

    Returns:
        `passed`, `n` and `frames` overall; `functionalities`, each with its share, 95 % interval and some
        failures; `identity`, how far a probability moves when only the group that is named changes.
    """
    suite = cases(Part.HELD, EACH, seed)
    likely = scorer.manifest.operating_points.likely
    found = probabilities(scorer, [case.text for case in suite])
    rates = passed(suite, [probability >= likely for probability in found])
    meanings = says()
    return {
        "passed": sum(rate.passed for rate in rates.values()),
        "n": len(suite),
        "frames": len({case.frame for case in suite}),
        "functionalities": [
            {
                "name": name,
                "says": meanings[name],
                "n": rate.n,
                "frames": rate.frames,
                "share": rate.share,
                "low": rate.interval[0],
                "high": rate.interval[1],
                "failures": failures(suite, found, name, likely),
            }
            for name, rate in rates.items()
        ],
        "identity": sway(scorer, pairings()),
    }


def probabilities(scorer: ViolenceText, texts: Sequence[str]) -> list[float]:
    """Score texts; one that cannot be scored counts as 0."""
    return [score.probability or 0.0 for score in scorer.score(texts)]


def failures(suite: Sequence[Case], found: Sequence[float], name: str, likely: float) -> list[dict[str, Any]]:
    """Return the worst-judged texts of a functionality, a few."""
    wrong = [
        (abs(probability - case.label), case.text, probability)
        for case, probability in zip(suite, found, strict=True)
        if case.functionality == name and (probability >= likely) != bool(case.label)
    ]
    return [
        {"text": text, "probability": probability} for _, text, probability in sorted(wrong)[::-1][:SHOWN]
    ]


def sway(scorer: ViolenceText, frames: Sequence[Pairing]) -> dict[str, Any]:
    """Measure how far probabilities differ between texts that differ in the name of a group alone.

    Returns:
        `mean` over all pairs, 0 to 1, `largest`, and `groups`: by group, the mean probability less that of
        all groups in the same frames; above 0 the group's name makes a text look more violent.
    """
    found = [probabilities(scorer, frame.texts) for frame in frames]
    gaps = [abs(one - other) for row in found for one, other in combinations(row, 2)]
    shift = {group: mean(row[at] - mean(row) for row in found) for at, group in enumerate(frames[0].groups)}
    return {"frames": len(frames), "mean": mean(gaps), "largest": max(gaps), "groups": shift}
