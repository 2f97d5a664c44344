"""Plots as PNG files: each shows one thing, and its colours can be told apart by everybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import confusion_matrix, precision_recall_curve, roc_curve

from worker.evaluation.figures import BINS, figures
from worker.evaluation.subjects import GUN, Subject

ORANGE, BLUE, GREY = "#D55E00", "#0072B2", "#6B7280"
"""Guns and everything else, from the palette of Okabe and Ito."""
COLOURS = (BLUE, ORANGE, "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ("-", "--", "-.", ":")
"""Beside the colours, so that curves differ in black and white too."""
SIZE = (6.4, 4.8)
DOTS_PER_INCH = 110


@dataclass(frozen=True)
class Curve:
    """What one model said: its name, probabilities (n,) and the threshold that marks a point on its curve."""

    name: str
    probabilities: ArrayLike
    threshold: float


def precision_recall(labels: ArrayLike, curves: Sequence[Curve], path: Path, subject: Subject = GUN) -> None:
    """Draw precision over recall, a curve for each model."""
    axes = _axes(
        f"Of the flagged {subject.items}, how many hold {subject.one}",
        f"recall: {subject.found} found",
        "precision: flags that are right",
    )
    for number, curve in enumerate(curves):
        precision, recall, _ = precision_recall_curve(labels, curve.probabilities)
        found = figures(labels, curve.probabilities, curve.threshold)
        name = f"{curve.name}, average precision {found['average_precision']:.3f}"
        _line(axes, number, (recall, precision), (found["recall"], found["precision"]), name)
    axes.legend(loc="lower left")
    _save(_in_percent(axes), path)


def roc(labels: ArrayLike, curves: Sequence[Curve], path: Path, subject: Subject = GUN) -> None:
    """Draw recall over the false-positive rate, a curve for each model."""
    axes = _axes(
        f"What finding more {subject.found} costs in false alarms",
        "false-positive rate",
        f"recall: {subject.found} found",
    )
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":", label="guessing")
    for number, curve in enumerate(curves):
        false, found, _ = roc_curve(labels, curve.probabilities)
        measured = figures(labels, curve.probabilities, curve.threshold)
        at = measured["false_positive_rate"], measured["recall"]
        _line(axes, number, (false, found), at, f"{curve.name}, area {measured['roc_auc']:.4f}")
    axes.legend(loc="lower right")
    _save(_in_percent(axes), path)


def calibration(labels: ArrayLike, probabilities: ArrayLike, path: Path, subject: Subject = GUN) -> None:
    """Draw how often a stated probability came true, with the number of pictures behind each point."""
    scores, truth = np.asarray(probabilities, np.float64), np.asarray(labels)
    counts = np.bincount(_bins(scores), minlength=BINS)
    filled = counts > 0
    stated, true = (
        np.bincount(_bins(scores), values, BINS)[filled] / counts[filled] for values in (scores, truth)
    )
    figure = Figure(SIZE, layout="constrained")
    axes, below = figure.subplots(2, height_ratios=(3, 1), sharex=True)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":", label="perfect")
    axes.plot(stated, true, "o-", color=BLUE, label="measured")
    axes.set(title="Does a probability mean what it says?", ylabel=f"share that holds {subject.one}")
    axes.legend(loc="upper left")
    below.bar((np.arange(BINS) + 0.5) / BINS, counts, 0.9 / BINS, color=BLUE)
    below.set(xlabel="stated probability", ylabel=subject.items, yscale="symlog", ylim=(0, counts.max() * 6))
    for place, count in enumerate(counts):
        below.annotate(f"{count}", ((place + 0.5) / BINS, count), ha="center", va="bottom", fontsize=8)
    _save(figure, path)


def confusion(
    labels: ArrayLike, probabilities: ArrayLike, threshold: float, path: Path, subject: Subject = GUN
) -> None:
    """Draw how many pictures of each class were flagged at the threshold."""
    counts = confusion_matrix(labels, np.asarray(probabilities) >= threshold, labels=[0, 1])
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes = _axes("Right and wrong at the threshold", "what the model says", "what is true")
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set(
        xticks=(0, 1),
        yticks=(0, 1),
        xticklabels=("not flagged", "flagged"),
        yticklabels=(subject.none, subject.one),
    )
    axes.grid(visible=False)
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if shares[row, column] > 1 / 2 else "black"
        text = f"{count}\n{shares[row, column]:.1%}"
        axes.annotate(text, (column, row), ha="center", va="center", color=colour, fontsize=14)
    _save(axes.figure, path)


def histogram(
    labels: ArrayLike, probabilities: ArrayLike, threshold: float, path: Path, subject: Subject = GUN
) -> None:
    """Draw how the probabilities of both classes are spread."""
    scores, truth = np.asarray(probabilities), np.asarray(labels)
    figure = Figure(SIZE, layout="constrained")
    for label, name, colour, axes in zip(
        (1, 0), (subject.found, subject.rest), (ORANGE, BLUE), figure.subplots(2, sharex=True), strict=True
    ):
        axes.hist(scores[truth == label], np.linspace(0, 1, 41), color=colour)
        axes.axvline(
            threshold, color="black", linestyle="--", linewidth=1, label=f"threshold {threshold:.3f}"
        )
        axes.set(ylabel=f"{name} (log.)", yscale="symlog", xlim=(0, 1))
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
        axes.legend(loc="upper center")
    figure.suptitle(f"How far {subject.found} and the rest lie apart")
    figure.supxlabel(f"probability of {subject.one}")
    _save(figure, path)


def learning_curves(history: Mapping[str, Sequence[float]], path: Path) -> None:
    """Draw figures by epoch: losses above, everything else (accuracy, validation_auc, ...) below.

    Args:
        history: lists by name, one value per epoch.
        path: the PNG to write.
    """
    losses = {name: values for name, values in history.items() if "loss" in name}
    rest = {name: values for name, values in history.items() if name not in losses}
    groups = [("loss", losses)] * bool(losses) + [("share", rest)] * bool(rest)
    figure = Figure((SIZE[0], SIZE[1] * (len(groups) + 1) / 2), layout="constrained")
    for (unit, shown), axes in zip(
        groups, figure.subplots(len(groups), sharex=True, squeeze=False)[:, 0], strict=True
    ):
        for number, (name, values) in enumerate(shown.items()):
            axes.plot(
                range(1, len(values) + 1), values, marker="o", markersize=3, label=name, **_look(number)
            )
        axes.set(ylabel=unit)
        axes.grid(alpha=0.3)
        axes.legend()
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.suptitle("What was learned, epoch by epoch")
    figure.supxlabel("epoch")
    _save(figure, path)


def _axes(title: str, across: str, up: str) -> Axes:
    axes = Figure(SIZE, layout="constrained").subplots()
    axes.set(title=title, xlabel=across, ylabel=up)
    axes.grid(alpha=0.3)
    return axes


def _line(
    axes: Axes, number: int, line: tuple[NDArray[np.float64], ...], at: tuple[float, float], name: str
) -> None:
    """Draw a curve and the point where its threshold lies."""
    axes.plot(*line, label=name, **_look(number))
    axes.plot(*at, "o", color=COLOURS[number % len(COLOURS)], markersize=8, markeredgecolor="black")


def _look(number: int) -> dict[str, str]:
    return {"color": COLOURS[number % len(COLOURS)], "linestyle": DASHES[number % len(DASHES)]}


def _in_percent(axes: Axes) -> Figure:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
    return axes.figure


def _bins(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.minimum((scores * BINS).astype(np.int64), BINS - 1)


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=DOTS_PER_INCH)
