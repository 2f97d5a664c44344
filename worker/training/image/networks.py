"""`flagpost train image --arch all`: every network on the same split, side by side in one table."""

import json
import statistics
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from triage.errors import TrainingError
from triage.images import Picture
from triage.screen import note
from worker import manifest
from worker.manifest import Artifact
from worker.scorers.gun_image import GunImage
from worker.training.image.archs import ARCHS, PAIRS
from worker.training.image.pictures import Dataset
from worker.training.image.train import Plan, checked, train_on
from worker.training.tables import table

BATCH, ROUNDS = 32, 9
HEAD = (
    "network", "epochs", "accuracy", "gun recall", "precision", "ROC AUC", "weights", "stored as", "MB",
    "ms a picture",
)  # fmt: skip

console = Console(stderr=True)


def train_all(data: Path, out: Path, plan: Plan) -> Path:
    """Train every network that is not there yet, and write `networks.md` and `networks.json`.

    Args:
        data: dataset folder or index CSV.
        out: folder for one artifact per network; what an interrupted run left there is gone on with. A pair
            that was fused there, as `gun-pair` or `gun-pair-lite`, joins the table.
        plan: seed, limit, epochs and weights for all of them.

    Returns:
        The table's path.

    Raises:
        ArtifactError: an artifact that is there was altered.
        TrainingError: it is of another network, or of other data or options.
    """
    dataset = checked(data, plan.limit, plan.seed)
    there = {
        name: manifest.load(GunImage.name, out / name)
        for name in (*ARCHS, *PAIRS)
        if (out / name / "manifest.json").is_file()
    }
    for name, artifact in there.items():
        check_same(artifact, name, dataset, plan)
    for name in ARCHS:
        if name not in there:
            console.print(f"Network {name}")
            there[name] = train_on(dataset, out / name, replace(plan, arch=name), resume=True)
    artifacts = [there[name] for name in (*ARCHS, *PAIRS) if name in there]
    rows = [
        _row(artifact, cost) for artifact, cost in zip(artifacts, _costs(artifacts, dataset), strict=True)
    ]
    (out / "networks.json").write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    path = out / "networks.md"
    path.write_text(table(HEAD, [_shown(row) for row in rows]), encoding="utf-8")
    return path


def check_same(artifact: Artifact, name: str, dataset: Dataset, plan: Plan) -> None:
    """Refuse a finished artifact that does not belong in this table.

    An older one that noted no digest of its data is known by the sizes of its splits alone.

    Raises:
        TrainingError: it is of another network, or of other data or options.
    """
    metrics = artifact.manifest.metrics
    training = metrics.get("training", {})
    if metrics.get("arch") != name:
        other = f"it holds {metrics.get('arch')}, not {name}"
    elif "data" not in training:
        other = "" if _as_large(metrics, dataset) else "data"
    elif name in PAIRS:
        other = "" if training["data"] == dataset.digest else "data"
    else:
        other = replace(plan, arch=name).run(dataset).differences(training)
    if other:
        raise TrainingError(
            f"{artifact.folder} is of another run ({other}). Move it away, or give the same data and options."
        )
    if "data" not in training:
        note(f"{artifact.folder} does not say which pictures it knows; they are as many as these.")


def _as_large(metrics: Mapping[str, Any], dataset: Dataset) -> bool:
    """Whether validation and test had as many pictures of each class."""
    counts = dataset.counts()
    return all(
        (metrics[split]["n"], metrics[split]["positives"])
        == (sum(counts[split].values()), counts[split]["gun"])
        for split in ("validation", "test")
    )


def _costs(artifacts: list[Artifact], dataset: Dataset) -> list[float]:
    """Time the networks by turns, so that a busy moment hits them all; ms a picture, the median."""
    scorers = [GunImage(artifact) for artifact in artifacts]
    pictures = [example.picture() for example in dataset.split("validation")[:BATCH]]
    rounds = [[_timed(scorer, pictures) for scorer in scorers] for _ in range(ROUNDS)]
    return [statistics.median(times[1:]) for times in zip(*rounds, strict=True)]


def _timed(scorer: GunImage, pictures: list[Picture]) -> float:
    start = time.perf_counter()
    scorer.logits(pictures)
    return (time.perf_counter() - start) * 1000 / len(pictures)


def epochs(training: Mapping[str, Any]) -> str:
    """Return how many epochs made a network: with those it went on from; of a fused one, each part's."""
    if parts := training.get("parts"):
        return " + ".join(epochs(part["training"]) for part in parts.values())
    before = training.get("base")
    return str(len(training["loss"]) + (int(epochs(before["training"])) if before else 0))


def _row(artifact: Artifact, cost: float) -> dict[str, Any]:
    metrics = artifact.manifest.metrics
    return {
        "network": metrics["arch"],
        "epochs": epochs(metrics["training"]),
        **{name: metrics["at_half"][name] for name in ("accuracy", "recall", "precision", "roc_auc")},
        "parameters": metrics["parameters"],
        "precision_stored": metrics["precision"],
        "bytes": artifact.path("model.onnx").stat().st_size,
        "ms": float(np.round(cost, 2)),
    }


def _shown(row: dict[str, Any]) -> tuple[str, ...]:
    figures = (f"{row[name]:.3f}" for name in ("accuracy", "recall", "precision"))
    return (
        row["network"], row["epochs"], *figures, f"{row['roc_auc']:.4f}", f"{row['parameters']:,}",
        row["precision_stored"], f"{row['bytes'] / 1e6:.1f}", f"{row['ms']:.1f}",
    )  # fmt: skip
