"""An evaluation of captions as a report."""

from pathlib import Path
from typing import Any

from worker.evaluation import pages, plots
from worker.evaluation.pages import Picture
from worker.evaluation.subjects import VIOLENCE, meanings
from worker.evaluation.text.measure import Evaluation
from worker.evaluation.text.slices import SECTIONS

SHOWN = 40
"""Mistakes of each sort on the page; the JSON has all."""


def write(evaluation: Evaluation, summary: dict[str, Any], folder: Path) -> Path:
    """Write the report; return its page. It shows captions of the dataset: guard it as you guard that.

    Args:
        evaluation: what was measured.
        summary: of it, by `summary.summarise`, perhaps with `behaviour`.
        folder: made if it is missing; an older report in it is replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = _plots(evaluation, folder)
    return pages.write(
        folder, "text.html", summary, plots=drawn, meanings=meanings(VIOLENCE), sections=SECTIONS, shown=SHOWN
    )


def _plots(evaluation: Evaluation, folder: Path) -> list[Picture]:
    """Draw every plot; two artifacts share the curves."""
    labels, answers = evaluation.labels, evaluation.answers
    scores, threshold = answers.probabilities, answers.points.likely
    curves = [
        plots.Curve(each.artifact.manifest.version, each.probabilities, each.points.likely)
        for each in (answers, evaluation.against)
        if each
    ]
    plots.precision_recall(labels, curves, folder / "precision_recall.png", VIOLENCE)
    plots.roc(labels, curves, folder / "roc.png", VIOLENCE)
    plots.confusion(labels, scores, threshold, folder / "confusion.png", VIOLENCE)
    plots.calibration(labels, scores, folder / "calibration.png", VIOLENCE)
    plots.histogram(labels, scores, threshold, folder / "histogram.png", VIOLENCE)
    return [
        Picture("precision_recall.png", "Up and to the right is better. The dot is the threshold in use."),
        Picture("roc.png", "Up and to the left is better. The dot is the threshold in use."),
        Picture("confusion.png", "Counts, and shares of each row. The diagonal from top left is right."),
        Picture(
            "calibration.png", "On the dotted line, probabilities mean what they say. Below it they boast."
        ),
        Picture("histogram.png", "Violent captions right of the line are found; others there are alarms."),
    ]
