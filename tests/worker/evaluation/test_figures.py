# ruff: noqa: E402 - the skip comes before the imports that need the train extra
"""Figures against a count by hand and against scikit-learn, and intervals against what they promise."""

import numpy as np
import pytest

metrics = pytest.importorskip("sklearn.metrics", reason="needs the train extra")

from triage.errors import TrainingError
from worker.evaluation.figures import TITLES, distributions, figures, intervals

pytestmark = pytest.mark.train

LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 1])
PROBABILITIES = np.array([0.1, 0.2, 0.3, 0.7, 0.4, 0.6, 0.8, 0.9])


def drawn(count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Labels that come true as often as their probabilities say, many probabilities equal."""
    random = np.random.default_rng(seed)
    probabilities = random.beta(0.4, 0.6, count).round(2)
    return (random.random(count) < probabilities).astype(int), probabilities


def test_figures_match_a_count_by_hand() -> None:
    measured = figures(LABELS, PROBABILITIES, 0.6)
    assert measured["roc_auc"] == 14 / 16
    assert (measured["recall"], measured["false_positive_rate"], measured["precision"]) == (0.75, 0.25, 0.75)
    assert measured["accuracy"] == 0.75
    assert (measured["n"], measured["positives"]) == (8, 4)


def test_figures_are_those_of_scikit_learn_with_equal_scores_too() -> None:
    labels, probabilities = drawn(500)
    measured = figures(labels, probabilities, 0.5)
    flagged = probabilities >= 0.5
    assert measured["roc_auc"] == pytest.approx(metrics.roc_auc_score(labels, probabilities))
    assert measured["average_precision"] == pytest.approx(
        metrics.average_precision_score(labels, probabilities)
    )
    assert measured["accuracy"] == pytest.approx(metrics.accuracy_score(labels, flagged))
    assert measured["precision"] == pytest.approx(metrics.precision_score(labels, flagged))
    assert measured["recall"] == pytest.approx(metrics.recall_score(labels, flagged))


def test_nothing_above_the_threshold_is_no_division_by_zero() -> None:
    assert figures(LABELS, PROBABILITIES, 0.99)["precision"] == 0


def test_every_figure_lies_in_its_interval_and_more_examples_narrow_it() -> None:
    widths = []
    for count in (200, 5000):
        labels, probabilities = drawn(count)
        measured, spans = figures(labels, probabilities, 0.5), intervals(labels, probabilities, 0.5)
        assert spans.keys() == TITLES.keys() == measured.keys() - {"n", "positives"}
        assert all(low < measured[name] < high for name, (low, high) in spans.items() if name != "ece")
        widths.append({name: high - low for name, (low, high) in spans.items()})
    assert all(widths[1][name] < widths[0][name] / 2 for name in TITLES)


def test_the_interval_of_a_share_is_as_wide_as_theory_says() -> None:
    labels, probabilities = drawn(4000)
    recall, guns = figures(labels, probabilities, 0.5)["recall"], labels.sum()
    low, high = intervals(labels, probabilities, 0.5)["recall"]
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(recall * (1 - recall) / guns), rel=0.1)


def test_intervals_depend_on_the_seed_alone() -> None:
    labels, probabilities = drawn(300)
    first, again, other = (intervals(labels, probabilities, 0.5, rounds=150, seed=seed) for seed in (1, 1, 2))
    assert first == again != other


def test_two_models_rounds_are_pairs() -> None:
    labels, probabilities = drawn(300)
    stretched = distributions(labels, probabilities**2, 0.25, rounds=150)
    for name in ("roc_auc", "recall"):  # squaring changes no order, and the threshold goes along
        assert np.allclose(distributions(labels, probabilities, 0.5, rounds=150)[name], stretched[name])


@pytest.mark.parametrize("labels", [[0, 0, 0], [1, 1, 1]])
def test_one_class_alone_is_refused(labels: list[int]) -> None:
    for measure in (figures, intervals):
        with pytest.raises(TrainingError, match="Both classes"):
            measure(labels, [0.1, 0.2, 0.3], 0.5)
