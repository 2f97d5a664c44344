"""From a trained network to an artifact: export, calibrate on validation, measure once on test, describe."""

import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from worker import manifest
from worker.evaluation import plots
from worker.evaluation.figures import figures, intervals
from worker.manifest import Artifact, Calibration, Manifest, OperatingPoints
from worker.runtime import KERAS
from worker.runtime import ONNX as MODEL
from worker.scorers.gun_image import GunImage
from worker.training.calibrate import fit_calibration, operating_points, recall_table
from worker.training.image import card
from worker.training.image.archs import Arch, find
from worker.training.image.export import COMPARED, to_onnx
from worker.training.image.feed import framed, labels, plain_batches
from worker.training.image.kinds import KINDS
from worker.training.image.pictures import Dataset, Example
from worker.training.image.quantize import to_int8

RECALLS = (0.97, 0.92, 0.80)
"""Validation recall at unsure, likely and strong. Between unsure and likely the model abstains. `likely` is
where false positives stay under 5 %: every one of them beside an angry text is somebody wronged."""
REPORTED_RECALLS = (0.90, 0.95, 0.99)
CALIBRATED_ON, AT_ONCE = 256, 8
"""Training pictures that show the ranges of the activations."""
MOST_LOST = 0.003
"""Of recall that int8 may cost where it flags as many of the rest as the float model around `likely`."""
KEPT_BITS = 8
"""Of each number of a kernel: those of bfloat16."""


def publish(model: keras.Model, dataset: Dataset, out: Path, name: str, training: dict[str, Any]) -> Artifact:
    """Write the artifact. All figures are those of the exported model behind its scorer.

    Args:
        model: trained.
        dataset: validation decides calibration, thresholds and precision; test is only reported.
        out: folder to write; made if it is missing.
        name: of the network.
        training: what to note about the training: seed, and figures by epoch.
    """
    arch = find(name)
    out.mkdir(parents=True, exist_ok=True)
    rounded(model)
    save(model, out / KERAS)
    with tempfile.TemporaryDirectory(dir=out.parent) as drafts:
        difference = _export(model, Path(drafts), dataset, arch)
        forms = {folder.name: measured(folder, dataset, arch) for folder in sorted(Path(drafts).iterdir())}
        chosen = choose(forms)
        shutil.copyfile(Path(drafts) / chosen / MODEL, out / MODEL)
    notes = {
        "arch": name,
        "parameters": model.count_params(),
        "precision": chosen,
        "precisions": {form: found.summary() for form, found in forms.items()},
        "onnx_difference": difference,
        "training": training,
    }
    return _describe(forms[chosen], dataset, out, arch, notes)


def _export(model: keras.Model, drafts: Path, dataset: Dataset, arch: Arch) -> float:
    """Write the network's forms, a folder each; return how far ONNX is from Keras."""
    exact, small = drafts / "float32", drafts / "int8"
    exact.mkdir()
    sample = next(plain_batches(dataset.split("validation")[:COMPARED], arch))
    difference = to_onnx(model, exact / MODEL, sample)
    if arch.starts:
        small.mkdir()
        to_int8(exact / MODEL, small / MODEL, _calibration_batches(dataset.split("train"), arch))
    return difference


@dataclass(frozen=True)
class Measured:
    """One exported form of a network on the validation split."""

    logits: NDArray[np.float64]
    truth: NDArray[np.int64]
    calibration: Calibration
    points: OperatingPoints

    def summary(self) -> dict[str, float | int]:
        """Return its validation figures."""
        return figures(self.truth, self.calibration(self.logits), self.points.likely)

    @property
    def alarms(self) -> int:
        """Pictures without a gun that are `likely`."""
        return int((self.calibration(self.logits[self.truth == 0]) >= self.points.likely).sum())

    def recall(self, alarms: int) -> float:
        """Return the recall where so many pictures without a gun are flagged."""
        clear = np.sort(self.logits[self.truth == 0])[::-1]
        return float((self.logits[self.truth == 1] > clear[min(alarms, len(clear) - 1)]).mean())


def measured(folder: Path, dataset: Dataset, arch: Arch) -> Measured:
    """Run an exported network over the validation split, as serving does, and calibrate it."""
    examples = dataset.split("validation")
    raw, truth = logits(GunImage(Artifact(folder=folder, manifest=_draft(arch))), examples), labels(examples)
    calibration = fit_calibration(raw, truth)
    return Measured(raw, truth, calibration, operating_points(calibration(raw), truth, RECALLS))


def choose(candidates: dict[str, Measured]) -> str:
    """Choose int8 unless it loses MOST_LOST of recall at as many false positives.

    Calibration and thresholds are each form's own: that rounding moves all logits a little is no loss. Recall
    is the mean over half to twice as many false positives as the float model has at `likely`: at one number
    of them alone, three pictures that change places by chance decide.
    """
    if "int8" not in candidates:
        return "float32"
    exact, small = candidates["float32"], candidates["int8"]
    around = range(exact.alarms // 2, 2 * exact.alarms + 1)
    lost = np.mean([exact.recall(alarms) - small.recall(alarms) for alarms in around])
    return "int8" if lost <= MOST_LOST else "float32"


def logits(scorer: GunImage, examples: Sequence[Example]) -> NDArray[np.float64]:
    """Run a scorer over examples, a few in memory at a time; (n,)."""
    starts = range(0, len(examples), 64)
    return np.concatenate(
        [scorer.logits([example.picture() for example in examples[at : at + 64]]) for at in starts]
    ).astype(np.float64)


def rounded(model: keras.Model) -> None:
    """Round the kernels, so that the stored model is a third as large; exports are made after it."""
    for variable in model.variables:
        if variable.dtype == "float32" and len(variable.shape) > 1:
            share, power = np.frexp(np.asarray(variable))
            variable.assign(np.ldexp(np.round(share * 2.0**KEPT_BITS) / 2.0**KEPT_BITS, power))


def save(model: keras.Model, path: Path) -> None:
    """Save a model for the TensorFlow runtime and for further training, compressed."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        draft = Path(folder) / path.name
        model.save(draft)
        with (
            zipfile.ZipFile(draft) as stored,
            zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as file,
        ):
            for entry in stored.namelist():
                file.writestr(zipfile.ZipInfo(entry), stored.read(entry), zipfile.ZIP_LZMA)


def _describe(found: Measured, dataset: Dataset, out: Path, arch: Arch, notes: dict[str, Any]) -> Artifact:
    """Measure the test split, once, and write manifest, card and plots."""
    described = _draft(arch).model_copy(
        update={
            "version": manifest.new_version(out / MODEL),
            "files": {MODEL: "", KERAS: ""},
            "calibration": found.calibration,
            "operating_points": found.points,
        }
    )
    examples = dataset.split("test")
    raw, truth = logits(GunImage(Artifact(folder=out, manifest=described)), examples), labels(examples)
    probabilities, likely = found.calibration(raw), found.points.likely
    described.metrics.update(
        validation=found.summary(),
        test=figures(truth, probabilities, likely),
        at_half=figures(truth, 1 / (1 + np.exp(-raw)), 0.5),  # as the networks of 2022 were judged
        test_intervals=intervals(truth, probabilities, likely),
        test_levels={level: figures(truth, probabilities, value) for level, value in found.points},
        recalls=recall_table(found.calibration(found.logits), found.truth, REPORTED_RECALLS),
        **notes,
    )
    card.write(out, described, dataset, probabilities)
    _draw(out / "plots", truth, probabilities, likely, notes["training"])
    return manifest.write(out, described)


def _draw(
    folder: Path,
    truth: NDArray[np.int64],
    scores: NDArray[np.float64],
    likely: float,
    training: dict[str, Any],
) -> None:
    """Draw what the card tells in figures."""
    folder.mkdir(exist_ok=True)
    curve = plots.Curve(GunImage.name, scores, likely)
    plots.precision_recall(truth, [curve], folder / "precision_recall.png")
    plots.calibration(truth, scores, folder / "reliability.png")
    plots.confusion(truth, scores, likely, folder / "confusion.png")
    parts = {f"learning_{name}": part["training"] for name, part in training.get("parts", {}).items()}
    for name, history in {"learning": training, **parts}.items():
        if curves := {figure: values for figure, values in history.items() if isinstance(values, list)}:
            plots.learning_curves(curves, folder / f"{name}.png")


def _draft(arch: Arch) -> Manifest:
    """Describe a network that has neither a calibration nor thresholds yet."""
    prepared: dict[str, Any] = {"size": arch.size, "framing": str(arch.framing)}
    return Manifest(
        scorer=GunImage.name,
        version="draft",
        kind=GunImage.kind,
        files={MODEL: ""},
        input=prepared | ({"kinds": list(KINDS)} if arch.maps else {}),
        operating_points=OperatingPoints(unsure=0, likely=0, strong=0),
    )


def _calibration_batches(examples: Sequence[Example], arch: Arch) -> list[NDArray[np.uint8]]:
    """Return training pictures in small batches: all layers' outputs of a batch are in memory at once."""
    chosen = np.random.default_rng(0).permutation(len(examples))[:CALIBRATED_ON]
    pictures = [framed(examples[at], arch) for at in chosen]
    return [np.stack(pictures[at : at + AT_ONCE]) for at in range(0, len(pictures), AT_ONCE)]
