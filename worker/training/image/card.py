"""The model card of gun_image, written from what was measured: CARD.md for people, card.json for programs."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.evaluation.image.slices import by_slice, by_source, unmeasured
from worker.evaluation.shares import Share
from worker.manifest import Manifest
from worker.training.image.pictures import CLASSES, Dataset
from worker.training.tables import table

LOOKS = "looks for guns place by place"
ABOUT = {
    "gun-map-lite": f"An EfficientNet-Lite0 that {LOOKS}: its map is score and evidence in one.",
    "gun-map": f"A MobileNetV2 that {LOOKS}: its map is score and evidence in one.",
    "gun-pair-lite": f"An EfficientNet-Lite0 that {LOOKS}, and a MobileNetV2 that sees the whole.",
    "gun-pair": f"Two MobileNetV2: one {LOOKS}, one sees the picture as a whole.",
    "mobilenet-v2": "MobileNetV2, fine-tuned from ImageNet weights, on whole pictures of 224 px.",
}
COSTS = ("recall", "false-positive rate", "precision")
SEED = "One of the networks that Flagpost grew from, trained again for comparison."
USES = """\
## What it is for

It scores **pictures of posts**: does this picture show a gun? It never scores persons.

- A gun in a picture is no crime. By default a gun alone flags nothing; a rule must also weigh the text.
- Every flagged post is read and decided on by a person.
- The kind of gun that it names is an explanation, never the trigger.

Not for: deciding anything without a person; identifying, profiling or ranking people; live surveillance;
proof that a picture shows no gun.
"""
LIMITS = """\
## Limits

- The test split has the same sources as training. Expect more errors on pictures from elsewhere.
- Pictures are fitted into {size} x {size} pixels ({framing}); what is smaller than a few of them is lost.
- Drawings, posters and screenshots in training are photos altered to look so; the slices say what was
  measured.
- Labels hold some errors. Differences between groups of people were not measured: the data does not name
  them, and no one should guess them from faces.
- Never measured, for want of pictures: {unmeasured}.
"""


def write(folder: Path, manifest: Manifest, dataset: Dataset, probabilities: NDArray[np.float64]) -> None:
    """Write both cards.

    Args:
        folder: of the artifact.
        manifest: of the artifact, with its metrics.
        dataset: what it was trained and measured on.
        probabilities: calibrated, of the test split, (n,).
    """
    examples = dataset.split("test")
    slices = by_slice(examples, probabilities >= manifest.operating_points.likely)
    card = _facts(manifest, dataset, slices, unmeasured(examples))
    (folder / "card.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    (folder / "CARD.md").write_text(markdown(card), encoding="utf-8")


def _facts(manifest: Manifest, dataset: Dataset, slices: list[Share], missing: list[str]) -> dict[str, Any]:
    """Gather everything the card says."""
    return {
        "scorer": manifest.scorer,
        "version": manifest.version,
        "input": manifest.input,
        "calibration": manifest.calibration.model_dump(),
        "operating_points": manifest.operating_points.model_dump(),
        "metrics": manifest.metrics,
        "slices": [asdict(row) for row in slices],
        "unmeasured": missing,
        "counts": dataset.counts(),
        "sources": by_source(dataset.examples),
    }


def markdown(card: dict[str, Any]) -> str:
    """Return a card for people from one for programs."""
    metrics = card["metrics"]
    limits = LIMITS.format(unmeasured=", ".join(card["unmeasured"]) or "nothing", **card["input"])
    return "\n".join(
        (
            f"# {card['scorer']} {card['version']}\n",
            f"{ABOUT.get(metrics['arch'], SEED)}",
            f"{metrics['parameters']:,} weights, stored as {metrics['precision']}.\n",
            USES,
            "## How good it is\n",
            "At the `likely` point, with 95 % bootstrap intervals. Calibration and thresholds were fitted on",
            "the validation split. How often the test split was looked at stands, for the model that ships,",
            "in docs/gun-image.md.\n",
            table(("figure", "validation", "test", "95 % interval"), _figures(metrics)),
            "## Operating points\n",
            "Calibrated probability (Platt scaling on validation) from which a picture counts as a level,",
            "and what that costs on the test split. Between unsure and likely the model abstains.\n",
            table(("level", "threshold", *COSTS), _levels(card)),
            "What a recall costs on the validation split:\n",
            table(("recall", "threshold", "false-positive rate"), _recalls(metrics)),
            "## By slice of the test split\n",
            "Share that reaches `likely`: of guns the recall, of other pictures the false-positive rate.\n",
            table(("slice", "class", "pictures", "share", "95 % interval"), _slices(card["slices"])),
            limits,
            "## Data\n",
            "Pictures are not shipped.\n",
            table(("split", *CLASSES), [(split, *found.values()) for split, found in card["counts"].items()]),
            table(("source", "licence found", "pictures"), card["sources"]),
        )
    )


def _figures(metrics: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            name,
            f"{metrics['validation'][name]:.4f}",
            f"{metrics['test'][name]:.4f}",
            f"{low:.4f} to {high:.4f}",
        )
        for name, (low, high) in metrics["test_intervals"].items()
    ]


def _levels(card: dict[str, Any]) -> list[tuple[str, ...]]:
    names = ("recall", "false_positive_rate", "precision")
    found = card["metrics"]["test_levels"]
    return [
        (level, f"{value:.4f}", *(f"{found[level][name]:.4f}" for name in names))
        for level, value in card["operating_points"].items()
    ]


def _recalls(metrics: dict[str, Any]) -> list[tuple[str, ...]]:
    names = ("recall", "threshold", "false_positive_rate")
    return [
        (f"{row[names[0]]:.2f}", *(f"{row[name]:.4f}" for name in names[1:])) for row in metrics["recalls"]
    ]


def _slices(rows: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    return [
        (
            row["name"],
            row["label"],
            f"{row['n']}",
            f"{row['share']:.3f}",
            f"{row['low']:.3f} to {row['high']:.3f}" + (" (too few to tell)" if row["few"] else ""),
        )
        for row in rows
    ]
