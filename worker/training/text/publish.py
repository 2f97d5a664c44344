"""From a trained network to an artifact: export, calibrate on validation, measure on test, describe."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from triage.errors import TrainingError
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
from worker.training.text.captions import Corpus, Split, collect
from worker.training.text.export import to_onnx
from worker.training.text.formats import compare, logits
from worker.training.text.kinds import KINDS
from worker.training.text.model import MAX_TOKENS, Classifier

RECALLS = (0.90, 0.80, 0.60)
"""Validation recall at unsure, likely and strong."""
REPORTED_RECALLS = (0.80, 0.90, 0.95)
SAME = 0.005
"""How far a figure may move between machines and still be the manifest's."""
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
        **_counted(draft.model_copy(update={"manifest": final}), test, found),
    )
    return final


def describe(folder: Path, data: Path) -> None:
    """Write an artifact's card and plots anew, by its manifest, which stays as it is, like the model.

    Figures are the manifest's; slices and the behavioural suite are counted again, for what counts them may
    have changed since. Limits of the data stay where the data no longer tells any.

    Args:
        folder: of the artifact.
        data: what it was trained and measured on.

    Raises:
        ArtifactError: there is none, or it was altered.
        TrainingError: the data cannot be used, or the model does otherwise on it than its manifest says.
    """
    artifact = manifest.load(ViolenceText.name, folder)
    told = artifact.manifest
    made = told.metrics.get("training") or told.metrics["adopted"]
    corpus = collect(data, made["limit"])
    corpus = replace(corpus, limits=corpus.limits or card.limits_told(folder))
    found = told.calibration(logits(ViolenceText(artifact), corpus.test.texts))
    now = figures(corpus.test.labels, found, told.operating_points.likely)
    if any(abs(value - told.metrics["test"][name]) > SAME for name, value in now.items()):
        raise TrainingError(
            f"On {data} the model of {folder} does otherwise than its manifest says: {now}. "
            "Give --data the folder that it was measured on."
        )
    metrics = told.metrics | _counted(artifact, corpus.test, found)
    card.write(folder, told.model_copy(update={"metrics": metrics}), corpus)


def _counted(artifact: Artifact, test: Split, found: np.ndarray) -> dict[str, Any]:
    """Count slices of the test split and run the suite; draw the plots on the way."""
    likely = artifact.manifest.operating_points.likely
    _draw(artifact.folder / "plots", test.labels, found, likely)
    return {
        "slices": [asdict(row) for row in by_slice(test, found >= likely)],
        "behaviour": examine(ViolenceText(artifact)),
    }


def _draw(folder: Path, truth: np.ndarray, scores: np.ndarray, likely: float) -> None:
    folder.mkdir(exist_ok=True)
    curve = plots.Curve(ViolenceText.name, scores, likely)
    plots.precision_recall(truth, [curve], folder / "precision_recall.png", VIOLENCE)
    plots.calibration(truth, scores, folder / "reliability.png", VIOLENCE)
    plots.confusion(truth, scores, likely, folder / "confusion.png", VIOLENCE)


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
