"""A Keras model to ONNX, and the proof that both say the same."""

import tempfile
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

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
        # first, because Keras exports only what was called
        ours = {name: np.asarray(value) for name, value in model.predict_on_batch(pictures).items()}
        model.export(draft, format="onnx", verbose=False)
        difference = max(
            float(np.abs(theirs - ours[name]).max()) for name, theirs in run(draft, pictures).items()
        )
        if difference > TOLERANCE:
            raise TrainingError(
                f"The ONNX export differs from Keras by {difference:.2g}, more than {TOLERANCE}."
            )
        draft.replace(path)
    return difference


def run(path: Path, pictures: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
    """Run an ONNX file on one batch; its outputs by name."""
    session = open_session(path)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {session.get_inputs()[0].name: pictures}), strict=True))
