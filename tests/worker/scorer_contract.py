"""What every scorer promises. A test class inherits this and gives a scorer and the means to make items."""

from typing import Any

import pytest

from triage.contracts import Level
from triage.errors import InputError
from worker.scorers.base import Item, Scorer

TOLERANCE = 1e-4
"""How far one item's probability may lie from itself in another batch."""


class ScorerContract:
    """Inherit, and define the fixture `scorer` and the method `item`."""

    @pytest.fixture(scope="class")
    @classmethod
    def scorer(cls) -> Scorer:
        raise NotImplementedError

    def item(self, number: int) -> Item:
        """An item, different for each number from 0 to 63."""
        raise NotImplementedError

    def items(self, count: int) -> list[Item]:
        return [self.item(number) for number in range(count)]

    def test_it_has_a_name_a_version_and_a_kind(self, scorer: Scorer) -> None:
        assert scorer.name
        assert scorer.version
        assert scorer.kind in ("image", "text")

    def test_an_empty_batch_has_no_scores(self, scorer: Scorer) -> None:
        assert scorer.score([]) == []

    def test_scores_say_who_gave_them_and_why(self, scorer: Scorer) -> None:
        for score in scorer.score(self.items(3)):
            assert (score.scorer, score.version) == (scorer.name, scorer.version)
            assert score.raw is not None
            assert score.evidence["version"] == 1

    def test_the_level_follows_from_the_probability_and_the_points(self, scorer: Scorer) -> None:
        for score in scorer.score(self.items(16)):
            points: dict[str, Any] = score.evidence["operating_points"]
            reached = [level for level in Level if score.probability >= points.get(level, 0)]  # type: ignore[operator]
            assert score.level == reached[-1]

    @pytest.mark.parametrize("size", [7, 64])
    def test_a_score_does_not_depend_on_its_batch(self, scorer: Scorer, size: int) -> None:
        items = self.items(size)
        alone = [scorer.score([item])[0].probability for item in items]
        together = [score.probability for score in scorer.score(items)]
        assert together == pytest.approx(alone, abs=TOLERANCE)
        assert len(set(together)) > 1, "items that all score the same prove nothing"

    def test_an_error_stays_in_its_place_and_spares_its_neighbours(self, scorer: Scorer) -> None:
        first, last = self.items(2)
        scores = scorer.score([first, InputError("torn apart"), last])
        expected = [scorer.score([item])[0].probability for item in (first, last)]
        assert scores[1].error == "torn apart"
        assert scores[1].probability is None
        assert [scores[0].probability, scores[2].probability] == pytest.approx(expected, abs=TOLERANCE)

    def test_a_batch_of_errors_alone_is_carried_through(self, scorer: Scorer) -> None:
        assert [score.error for score in scorer.score([InputError("a"), InputError("b")])] == ["a", "b"]
