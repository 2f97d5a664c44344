"""An evaluation of pictures as a report."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from worker.evaluation import pages, plots
from worker.evaluation.image.contact import Entry, sheet
from worker.evaluation.image.measure import Evaluation
from worker.evaluation.pages import Picture
from worker.evaluation.subjects import GUN, meanings

SHOWN = 24
"""Pictures on a contact sheet."""
SHEETS = {
    "false_alarms": "Worst false alarms: no gun, yet flagged",
    "misses": "Worst misses: guns that were not flagged",
    "better": "Got better: wrong before, right now",
    "worse": "Got worse: right before, wrong now",
}


def write(evaluation: Evaluation, summary: dict[str, Any], folder: Path) -> Path:
    """Write the report; return its page. The sheets show pictures of the dataset: guard them as you guard it.

    Args:
        evaluation: what was measured.
        summary: of it, by `summary.summarise`.
        folder: made if it is missing; an older report in it is replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = _plots(evaluation, folder)
    sheets = _sheets(evaluation, summary, folder)
    return pages.write(
        folder, "image.html", summary, plots=drawn, sheets=sheets, meanings=meanings(GUN), shown=SHOWN
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
    plots.precision_recall(labels, curves, folder / "precision_recall.png")
    plots.roc(labels, curves, folder / "roc.png")
    plots.calibration(labels, scores, folder / "calibration.png")
    plots.confusion(labels, scores, threshold, folder / "confusion.png")
    plots.histogram(labels, scores, threshold, folder / "histogram.png")
    return [
        Picture("precision_recall.png", "Up and to the right is better. The dot is the threshold in use."),
        Picture("roc.png", "Up and to the left is better. The dot is the threshold in use."),
        Picture("confusion.png", "Counts, and shares of each row. The diagonal from top left is right."),
        Picture(
            "calibration.png", "On the dotted line, probabilities mean what they say. Below it they boast."
        ),
        Picture("histogram.png", "Guns right of the line are found; others right of it are false alarms."),
    ]


def _sheets(evaluation: Evaluation, summary: dict[str, Any], folder: Path) -> dict[str, Picture]:
    """Draw a contact sheet of each list that holds a picture."""
    examples = {evaluation.name(example): example for example in evaluation.examples}
    lists = summary | (summary["comparison"] or {})
    drawn = {}
    for name, title in SHEETS.items():
        rows: Sequence[dict[str, Any]] = lists.get(name, ())
        (folder / f"{name}.png").unlink(missing_ok=True)  # of an older report
        if rows:
            entries = [Entry(examples[row["picture"]], _lines(row)) for row in rows[:SHOWN]]
            sheet(entries, folder / f"{name}.png")
            drawn[name] = Picture(f"{name}.png", title)
    return drawn


def _lines(row: dict[str, Any]) -> tuple[str, str, str]:
    """Name a picture, its label and, apart from that, the probability of a gun."""
    before = f"{row['before']:.3f} → " if "before" in row else ""
    label = row["shows"].replace("_", " ")
    return row["picture"], f"label: {label}", f"gun score: {before}{row['probability']:.3f}"
