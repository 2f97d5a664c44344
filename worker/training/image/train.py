"""`flagpost train image`: a dataset in, a verified gun_image artifact out."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from rich.console import Console
from rich.progress import track

from worker import manifest
from worker.manifest import Artifact, Calibration, Manifest, OperatingPoints
from worker.training import card
from worker.training.calibrate import figures, fit_calibration, operating_points
from worker.training.export import to_onnx
from worker.training.feed import BATCH, labels, plain_batches
from worker.training.fit import fit, logits
from worker.training.network import SIZE
from worker.training.origins import Origins, by_kind, by_source, read_origins
from worker.training.pictures import Dataset, Example, limited, listed, readable

RECALLS = (0.97, 0.90, 0.75)
"""Validation recall at unsure, likely and strong."""
SHOWN_PROBLEMS = 20

console = Console(stderr=True)


def train(
    data: Path,
    out: Path,
    *,
    epochs: int,
    seed: int,
    resume: bool,
    limit: int | None,
    weights: Path | None,
) -> Artifact:
    """Train, calibrate, measure and write a gun_image artifact.

    Args:
        data: dataset folder or manifest CSV (see `pictures.listed`).
        out: artifact folder to write. Checkpoints lie beside it, in `<out>.training`, until it is done.
        epochs: most epochs.
        seed: decides every random choice.
        resume: go on after an interrupted run with the same options.
        limit: most pictures of each class and split; None for all.
        weights: ImageNet weights to start from; None starts at random.

    Raises:
        TrainingError: the dataset lacks a class, or the weights do not fit.
    """
    dataset = checked(data, limit, seed)
    checkpoints = out.with_name(f"{out.name}.training")
    model, aucs = fit(dataset, checkpoints, epochs=epochs, seed=seed, resume=resume, weights=weights)
    console.print(f"Validation ROC AUC by epoch: {', '.join(f'{auc:.4f}' for auc in aucs)}")
    artifact = publish(model, dataset, out, read_origins(data), {"seed": seed, "validation_aucs": aucs})
    shutil.rmtree(checkpoints)
    console.print(f"Wrote {out}: {artifact.manifest.metrics['test']}")
    return artifact


def checked(data: Path, limit: int | None, seed: int) -> Dataset:
    """List a dataset, leave out and name what cannot be used."""
    dataset = limited(listed(data), limit, seed)
    progress = track(dataset.examples, "Checking pictures", console=console)
    dataset = readable(dataset, iter(progress))
    for problem in dataset.problems[:SHOWN_PROBLEMS]:
        console.print(f"left out: {problem}", soft_wrap=True, markup=False)
    if (more := len(dataset.problems) - SHOWN_PROBLEMS) > 0:
        console.print(f"left out: {more} more")
    console.print(f"Pictures: {dataset.counts()}")
    return dataset


def publish(
    model: keras.Model, dataset: Dataset, out: Path, origins: Origins, training: dict[str, Any]
) -> Artifact:
    """Calibrate on validation, measure once on test, export, and write manifest and card."""
    out.mkdir(parents=True, exist_ok=True)
    raw, truth = _outputs(model, dataset.split("validation"))
    calibration = fit_calibration(raw, truth)
    points = operating_points(calibration(raw), truth, RECALLS)
    metrics = {
        "validation": figures(truth, calibration(raw), points.likely),
        **_test_metrics(model, dataset.split("test"), calibration, points, origins),
        "onnx_difference": to_onnx(model, out / "model.onnx", next(plain_batches(dataset.examples[:BATCH]))),
        "training": training,
    }
    described = Manifest(
        scorer="gun_image",
        version=manifest.new_version(out / "model.onnx"),
        kind="image",
        files={"model.onnx": ""},
        input={"size": SIZE},
        calibration=calibration,
        operating_points=points,
        metrics=metrics,
    )
    text = card.gun_image(described, dataset.counts(), by_source(dataset.examples, origins))
    (out / "CARD.md").write_text(text, encoding="utf-8")
    return manifest.write(out, described)


def _test_metrics(
    model: keras.Model,
    examples: Sequence[Example],
    calibration: Calibration,
    points: OperatingPoints,
    origins: Origins,
) -> dict[str, Any]:
    raw, truth = _outputs(model, examples)
    probabilities = calibration(raw)
    return {
        "test": figures(truth, probabilities, points.likely),
        "by_kind": by_kind(examples, probabilities >= points.likely, origins),
    }


def _outputs(model: keras.Model, examples: Sequence[Example]) -> tuple[np.ndarray, np.ndarray]:
    """Return logits and labels, both (n,)."""
    return logits(model, examples), labels(examples)
