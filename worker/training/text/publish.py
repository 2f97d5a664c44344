"""From a trained network to an artifact: export, calibrate on validation, measure once on test, describe."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from worker import manifest
from worker.evaluation import plots
from worker.evaluation.behaviour import examine
from worker.evaluation.figures import figures, intervals
from worker.evaluation.subjects import VIOLENCE
from worker.evaluation.text.slices import by_slice
from worker.manifest import Artifact, Manifest, OperatingPoints
from worker.scorers.violence_text import ViolenceText
from worker.training.calibrate import fit_calibration, operating_points, recall_table
from worker.training.text import card
from worker.training.text.captions import Corpus
from worker.training.text.export import to_onnx
from worker.training.text.formats import compare, logits
from worker.training.text.kinds import KINDS
from worker.training.text.model import MAX_TOKENS, Classifier

RECALLS = (0.90, 0.80, 0.60)
"""Validation recall at unsure, likely and strong."""
REPORTED_RECALLS = (0.80, 0.90, 0.95)
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
        history: what to note about the training: the recipe, and figures by epoch.
    """
    out.mkdir(parents=True, exist_ok=True)
    to_onnx(model, out / "model.onnx")
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)
    draft = Artifact(folder=out, manifest=_draft(out, spelling=history["choices"]["spelling"]))
    final = measured(draft, corpus)
    formats = compare(model, draft, corpus.validation, final.calibration)
    final.metrics.update(formats=formats, training=history)
    card.write(out, final, corpus)
    return manifest.write(out, final)


def measured(draft: Artifact, corpus: Corpus) -> Manifest:
    """Calibrate a model, choose its thresholds, measure it on every split, and draw what its card tells."""
    validation, test = corpus.validation, corpus.test
    scorer = ViolenceText(draft)
    known = logits(scorer, validation.texts)
    calibration = fit_calibration(known, validation.labels)
    points = operating_points(calibration(known), validation.labels, RECALLS)
    final = draft.manifest.model_copy(update={"calibration": calibration, "operating_points": points})
    found = calibration(logits(scorer, test.texts))
    final.metrics.update(
        validation=figures(validation.labels, calibration(known), points.likely),
        test=figures(test.labels, found, points.likely),
        test_intervals=intervals(test.labels, found, points.likely),
        test_levels={name: figures(test.labels, found, value) for name, value in points},
        recalls=recall_table(calibration(known), validation.labels, REPORTED_RECALLS),
        slices=[asdict(row) for row in by_slice(test, found >= points.likely)],
        behaviour=examine(ViolenceText(draft.model_copy(update={"manifest": final}))),
    )
    _draw(draft.folder / "plots", test.labels, found, points.likely)
    return final


def _draw(folder: Path, truth: np.ndarray, scores: np.ndarray, likely: float) -> None:
    folder.mkdir(exist_ok=True)
    curve = plots.Curve(ViolenceText.name, scores, likely)
    plots.precision_recall(truth, [curve], folder / "precision_recall.png", VIOLENCE)
    plots.calibration(truth, scores, folder / "reliability.png", VIOLENCE)


def _draft(out: Path, *, spelling: bool) -> Manifest:
    """Return a manifest that opens the model, with nothing measured yet."""
    return Manifest(
        scorer=ViolenceText.name,
        version=manifest.new_version(out / "model.onnx"),
        kind="text",
        files={"model.onnx": "", "tokenizer.json": ""},
        input={"max_tokens": MAX_TOKENS, "overlap": OVERLAP, "kinds": list(KINDS), "spelling": spelling},
        operating_points=OperatingPoints(unsure=0, likely=0, strong=0),
    )
