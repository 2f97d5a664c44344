"""From a trained network to an artifact: export, calibrate on validation, measure once on test, describe."""

from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from worker import manifest
from worker.evaluation.figures import figures
from worker.manifest import Artifact, Manifest, OperatingPoints
from worker.scorers.violence_text import ViolenceText
from worker.training import text_card
from worker.training.calibrate import fit_calibration, operating_points
from worker.training.text_compare import compare, logits
from worker.training.text_data import Corpus, Split
from worker.training.text_export import to_onnx
from worker.training.text_model import MAX_TOKENS, Classifier

RECALLS = (0.90, 0.80, 0.60)
"""Validation recall at unsure, likely and strong."""
OVERLAP = 32
"""Tokens that neighbouring windows of a long caption share, so that few sentences are cut in both."""


def publish(
    model: Classifier, tokenizer: Tokenizer, corpus: Corpus, out: Path, history: dict[str, Any]
) -> Artifact:
    """Write the artifact. All figures are those of the exported model behind its scorer.

    Args:
        model: trained.
        tokenizer: of its base model.
        corpus: validation decides the calibration and the thresholds, test is reported.
        out: folder to write; made if it is missing.
        history: what to note about the training.
    """
    out.mkdir(parents=True, exist_ok=True)
    to_onnx(model, out / "model.onnx")
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)
    draft = Artifact(folder=out, manifest=_draft(out))
    final = draft.manifest.model_copy(update=measure(ViolenceText(draft), corpus))
    formats = compare(model, draft, corpus.validation, final.calibration)
    final.metrics.update(formats=formats, training=history)
    (out / "CARD.md").write_text(text_card.violence_text(final, corpus), encoding="utf-8")
    return manifest.write(out, final)


def measure(scorer: ViolenceText, corpus: Corpus) -> dict[str, Any]:
    """Return what the manifest says of a model's quality: calibration, operating points and metrics."""
    validation, test = corpus.validation, corpus.test
    known = logits(scorer, validation.texts)
    calibration = fit_calibration(known, validation.labels)
    points = operating_points(calibration(known), validation.labels, RECALLS)
    found = calibration(logits(scorer, test.texts))
    metrics = {
        "validation": figures(validation.labels, calibration(known), points.likely),
        "test": figures(test.labels, found, points.likely),
        "test_levels": {name: figures(test.labels, found, value) for name, value in points},
        "test_groups": flagged_by_group(test, found, points),
    }
    return {"calibration": calibration, "operating_points": points, "metrics": metrics}


def flagged_by_group(
    split: Split, probabilities: np.ndarray, points: OperatingPoints
) -> list[dict[str, Any]]:
    """Return, for each group and label, the rows and the share of them that reaches `likely`."""
    keys = np.array([f"{label} {group}" for label, group in zip(split.labels, split.groups, strict=True)])
    return [
        {
            "group": key[2:],
            "label": int(key[0]),
            "n": int((keys == key).sum()),
            "likely": float((probabilities[keys == key] >= points.likely).mean()),
        }
        for key in sorted(set(keys.tolist()))
    ]


def _draft(out: Path) -> Manifest:
    """Return a manifest that opens the model, with nothing measured yet."""
    return Manifest(
        scorer="violence_text",
        version=manifest.new_version(out / "model.onnx"),
        kind="text",
        files={"model.onnx": "", "tokenizer.json": ""},
        input={"max_tokens": MAX_TOKENS, "overlap": OVERLAP},
        operating_points=OperatingPoints(unsure=0, likely=0, strong=0),
    )
