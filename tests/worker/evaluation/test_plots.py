"""Plots and contact sheets are PNG files that show what they were given."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops

pytest.importorskip("matplotlib", reason="needs the train extra")

from worker.evaluation import plots
from worker.evaluation.image.contact import ACROSS, SIDE, Entry, sheet
from worker.training.image.pictures import Example

pytestmark = pytest.mark.train

LABELS = np.array([0, 0, 0, 1, 1, 1])
SCORES = np.array([0.0, 0.2, 0.7, 0.4, 0.8, 1.0])
HISTORY = {"loss": [0.9, 0.5, 0.4], "accuracy": [0.6, 0.8, 0.9], "validation_auc": [0.7, 0.85, 0.9]}


def differ(first: Path, second: Path) -> bool:
    one, other = (Image.open(path).convert("RGB") for path in (first, second))
    return ImageChops.difference(one, other).getbbox() is not None


def draw_all(folder: Path, scores: np.ndarray, threshold: float) -> list[Path]:
    folder.mkdir()
    curves = [plots.Curve("one", scores, threshold), plots.Curve("two", 1 - scores, 0.5)]
    plots.precision_recall(LABELS, curves, folder / "precision_recall.png")
    plots.roc(LABELS, curves, folder / "roc.png")
    plots.calibration(LABELS, scores, folder / "calibration.png")
    plots.confusion(LABELS, scores, threshold, folder / "confusion.png")
    plots.histogram(LABELS, scores, threshold, folder / "histogram.png")
    return sorted(folder.iterdir())


def test_every_plot_shows_its_numbers(tmp_path: Path) -> None:
    one = draw_all(tmp_path / "one", SCORES, 0.5)
    other = draw_all(tmp_path / "other", SCORES[::-1].copy(), 0.5)
    assert len(one) == 5
    assert all(differ(*pair) for pair in zip(one, other, strict=True))


def test_plots_of_one_evaluation_are_the_same_twice(tmp_path: Path) -> None:
    one, again = draw_all(tmp_path / "one", SCORES, 0.5), draw_all(tmp_path / "again", SCORES, 0.5)
    assert not any(differ(*pair) for pair in zip(one, again, strict=True))


@pytest.mark.parametrize("names", [("loss",), ("accuracy", "validation_auc"), tuple(HISTORY)])
def test_learning_curves_take_any_figures_by_epoch(tmp_path: Path, names: tuple[str, ...]) -> None:
    plots.learning_curves({name: HISTORY[name] for name in names}, tmp_path / "curves.png")
    assert Image.open(tmp_path / "curves.png").format == "PNG"


def entries(folder: Path, count: int, colour: str = "red") -> list[Entry]:
    path = folder / f"{colour}.png"
    Image.new("RGB", (40, 20), colour).save(path)
    box = (0.25, 0.25, 0.75, 0.75)
    return [Entry(Example(path, 1, "test", boxes=(box,)), ("name\x1b[31m $x^2$ 写真.png", "0.5"))] * count


def test_a_contact_sheet_shows_every_picture_with_its_box(tmp_path: Path) -> None:
    sheet(entries(tmp_path, ACROSS + 1), tmp_path / "sheet.png")
    shown = Image.open(tmp_path / "sheet.png")
    red = np.asarray(shown) == (255, 0, 0)
    assert (ACROSS + 1) * SIDE * SIDE / 2 > red.all(axis=-1).sum() > (ACROSS + 1) * SIDE * SIDE * 0.45
    assert shown.width > ACROSS * SIDE
    assert 2 * SIDE < shown.height < 3 * SIDE


def test_one_picture_makes_a_sheet_of_its_own_width(tmp_path: Path) -> None:
    sheet(entries(tmp_path, 1, "blue"), tmp_path / "sheet.png")
    assert SIDE < Image.open(tmp_path / "sheet.png").width < 2 * SIDE
