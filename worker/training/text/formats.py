"""The shipped number format against the ones it was chosen over: size, speed, quality, pull of neighbours."""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from sklearn.metrics import average_precision_score

from worker.manifest import Artifact, Calibration
from worker.scorers.violence_text import ViolenceText
from worker.training.text.captions import Split
from worker.training.text.export import to_plain_onnx
from worker.training.text.model import Classifier

ALONE = 64
"""Captions that are also read one by one."""


def compare(
    model: Classifier, shipped: Artifact, validation: Split, calibration: Calibration
) -> list[dict[str, Any]]:
    """Measure float32, ONNX Runtime's dynamic int8 and the shipped file on validation captions, one thread.

    Returns:
        For each format: `megabytes`, `milliseconds` a caption, `average_precision`, and `shift`: the largest
        change of a caption's probability between being read alone and among its neighbours.
    """
    with TemporaryDirectory() as folder:
        plain, dynamic = Path(folder) / "float32", Path(folder) / "dynamic int8"
        for place in (plain, dynamic):
            place.mkdir()
            shutil.copy(shipped.path("tokenizer.json"), place)
        to_plain_onnx(model, plain / "model.onnx")
        quantise_whole_batches(plain / "model.onnx", dynamic / "model.onnx")
        formats = [shipped.model_copy(update={"folder": place}) for place in (plain, dynamic)]
        return [
            {"format": name, **measure(artifact, validation, calibration)}
            for name, artifact in (
                ("float32", formats[0]),
                ("dynamic int8", formats[1]),
                ("shipped", shipped),
            )
        ]


def quantise_whole_batches(source: Path, target: Path) -> None:
    """Quantise as ONNX Runtime does by default: one range of activations for a whole batch."""
    model = onnx.load(source)
    del model.graph.value_info[:]  # the exporter's shapes do not survive this tool's rewriting
    quantize_dynamic(model, target, weight_type=QuantType.QInt8, per_channel=True)


def measure(artifact: Artifact, validation: Split, calibration: Calibration) -> dict[str, float]:
    """Measure one format."""
    scorer = ViolenceText(artifact, threads=1)
    started = time.perf_counter()
    among = logits(scorer, validation.texts)
    seconds = time.perf_counter() - started
    some = slice(0, None, max(1, len(among) // ALONE))
    alone = np.concatenate([logits(scorer, [text]) for text in validation.texts[some]])
    return {
        "megabytes": artifact.path("model.onnx").stat().st_size / 1e6,
        "milliseconds": 1000 * seconds / len(among),
        "average_precision": float(average_precision_score(validation.labels, among)),
        "shift": float(np.abs(calibration(among[some]) - calibration(alone)).max()),
    }


def logits(scorer: ViolenceText, captions: Sequence[str]) -> np.ndarray:
    """Read captions as the scorer does; (n,). One without words counts as the least violent of them."""
    readings = scorer.read(captions)
    least = min((reading.logit for reading in readings if reading), default=0.0)
    return np.array([reading.logit if reading else least for reading in readings])
