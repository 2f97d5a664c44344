"""A Keras model to ONNX, and the proof that both say the same."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from triage.errors import TrainingError
from worker.runtime import open_session

TOLERANCE = 1e-3
"""Largest difference between the two runtimes' logits."""
COMPARED = 8
"""Pictures on which both are run."""


def to_onnx(model: keras.Model, path: Path, pictures: NDArray[np.uint8]) -> float:
    """Export a model and compare it with the export.

    Args:
        model: from uint8 pictures to a dict of outputs, `logit` (n, 1) among them; the export names them so.
        path: the `.onnx` file to write.
        pictures: (n, height, width, 3) to compare on.

    Returns:
        The largest difference between any outputs of both.

    Raises:
        TrainingError: the difference is above TOLERANCE; the file is not written.
    """
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        draft = Path(folder) / path.name
        ours = {name: np.asarray(value) for name, value in model.predict_on_batch(pictures).items()}
        if keras.backend.backend() == "tensorflow":
            export(model, draft)
        else:
            _export_by_tensorflow(model, draft)
        theirs = run(draft, pictures)
        difference = max(float(np.abs(theirs[name] - ours[name]).max()) for name in theirs)
        if difference > TOLERANCE:
            raise TrainingError(
                f"The ONNX export differs from Keras by {difference:.2g}, more than {TOLERANCE}."
            )
        draft.replace(path)
    return difference


def export(model: keras.Model, path: Path) -> None:
    """Export a model under the TensorFlow backend."""
    model(np.zeros((1, *model.input_shape[1:]), np.uint8))  # Keras exports only what was called
    model.export(path, format="onnx", verbose=False)
    whole_resizes(path)


def whole_resizes(path: Path) -> None:
    """Raise the scales of resizing layers by the least step.

    0.7 of 320 is 223.99 in float32: shapes were inferred for 223 pixels, and nothing fitted.
    """
    model = onnx.load(path)
    tables = {tensor.name: tensor for tensor in model.graph.initializer}
    named = [node.input[2] for node in model.graph.node if node.op_type == "Resize" and node.input[2:]]
    for name in set(named) & set(tables):
        scales = numpy_helper.to_array(tables[name])
        raised = np.where(scales % 1 == 0, scales, np.nextafter(scales, np.float32(np.inf)))
        tables[name].CopyFrom(numpy_helper.from_array(raised, name))
    onnx.save(model, path)


def _export_by_tensorflow(model: keras.Model, path: Path) -> None:
    """Export a model that runs on another backend: a process with TensorFlow reads and exports it."""
    saved = path.with_suffix(".keras")
    model.save(saved)
    done = subprocess.run(
        [sys.executable, "-m", __name__, str(saved), str(path)],
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise TrainingError(
            "The export to ONNX needs TensorFlow, and failed:\n"
            f"{done.stderr[-2000:]}\nThe checkpoint is kept: install it and run again with --resume."
        )


def run(path: Path, pictures: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
    """Run an ONNX file on one batch; its outputs by name."""
    session = open_session(path)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {session.get_inputs()[0].name: pictures}), strict=True))


if __name__ == "__main__":
    from worker.training.image import gun_map  # noqa: F401 - Keras finds its layers by their names

    export(keras.models.load_model(sys.argv[1], compile=False), Path(sys.argv[2]))
