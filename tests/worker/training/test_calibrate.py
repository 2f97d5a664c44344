"""Calibration and operating points against cases worked out by hand."""

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs the train extra")

from triage.errors import TrainingError
from worker.evaluation.figures import calibration_error
from worker.training.calibrate import fit_calibration, operating_points

pytestmark = pytest.mark.train

LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 1])
PROBABILITIES = np.array([0.1, 0.2, 0.3, 0.7, 0.4, 0.6, 0.8, 0.9])


def test_points_are_the_highest_thresholds_that_reach_their_recalls() -> None:
    points = operating_points(PROBABILITIES, LABELS, (1.0, 0.75, 0.5))
    assert (points.unsure, points.likely, points.strong) == (0.4, 0.6, 0.8)


def test_a_recall_between_two_steps_takes_the_lower_threshold() -> None:
    assert operating_points(PROBABILITIES, LABELS, (1.0, 0.6, 0.5)).likely == 0.6


def test_calibration_finds_the_slope_and_intercept_that_made_the_labels() -> None:
    random = np.random.default_rng(1)
    logits = random.normal(0, 3, 20_000)
    labels = random.random(20_000) < 1 / (1 + np.exp(-(0.5 * logits - 1)))
    calibration = fit_calibration(logits, labels)
    assert calibration.slope == pytest.approx(0.5, abs=0.05)
    assert calibration.intercept == pytest.approx(-1, abs=0.1)
    assert (
        calibration_error(labels, calibration(logits))
        < 0.02
        < calibration_error(labels, 1 / (1 + np.exp(-logits)))
    )


def test_separable_validation_data_still_gives_finite_probabilities() -> None:
    calibration = fit_calibration(np.array([-9.0, -8, 8, 9]), [0, 0, 1, 1])
    assert np.isfinite(calibration.slope)
    assert calibration(np.array([9.0]))[0] > 0.9


@pytest.mark.parametrize("labels", [[0, 0, 0], [1, 1, 1]])
def test_one_class_alone_is_refused(labels: list[int]) -> None:
    for measure in (
        lambda: fit_calibration([0.1, 0.2, 0.3], labels),
        lambda: operating_points([0.1, 0.2, 0.3], labels, (0.9, 0.8, 0.7)),
    ):
        with pytest.raises(TrainingError, match="Both classes"):
            measure()
