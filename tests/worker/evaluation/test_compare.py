"""Two models on the same pictures, against cases worked out by hand."""

import numpy as np

from worker.evaluation.compare import changed, differences, mistakes

LABELS = np.array([1, 1, 1, 0, 0, 0])
BEFORE = np.array([0.9, 0.2, 0.3, 0.1, 0.7, 0.2])
AFTER = np.array([0.2, 0.9, 0.45, 0.1, 0.1, 0.8])


def test_pictures_that_changed_sides_are_listed_the_largest_change_first() -> None:
    better, worse = changed(LABELS, AFTER, BEFORE, (0.4, 0.5))
    assert better.tolist() == [1, 4, 2]
    assert worse.tolist() == [0, 5]


def test_each_model_is_judged_at_its_own_threshold() -> None:
    better, worse = changed(LABELS, BEFORE, BEFORE, (0.25, 0.5))
    assert (better.tolist(), worse.tolist()) == ([2], [])


def test_mistakes_are_listed_the_worst_first() -> None:
    labels = np.array([0, 0, 0, 1, 1, 1])
    alarms, misses = mistakes(labels, [0.6, 0.1, 0.9, 0.4, 0.7, 0.1], 0.5)
    assert (alarms.tolist(), misses.tolist()) == ([2, 0], [5, 3])


def test_a_model_does_not_differ_from_itself() -> None:
    found = differences(LABELS, AFTER, AFTER, (0.5, 0.5), rounds=50)
    assert all((change.value, change.low, change.high) == (0, 0, 0) for change in found.values())


def test_pairs_tell_a_small_change_that_two_intervals_would_hide() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 600)
    before = np.clip(0.5 + 0.2 * (labels - 0.5) + random.normal(0, 0.2, 600), 0, 1)
    after = np.clip(before + 0.04 * (labels - 0.5), 0, 1)
    change = differences(labels, after, before, (0.5, 0.5))["roc_auc"]
    assert 0 < change.low < change.value < change.high < 0.1
