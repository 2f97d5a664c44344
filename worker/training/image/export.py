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


def to_onnx(model: keras.Model, path: Path, pictures: NDArray[np.uint8]) -> float:
    """Export a model and compare it with the export.

    Args:
        model: from uint8 pictures to logits.
        path: the `.onnx` file to write.
        pictures: (n, height, width, 3) to compare on.

    Returns:
        The largest difference between the logits of both.

    Raises:
        TrainingError: the difference is above TOLERANCE; the file is not written.
    """
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        draft = Path(folder) / path.name
        # first, because Keras exports only what was called
        ours = np.asarray(model.predict_on_batch(pictures)).ravel()
        model.export(draft, format="onnx", verbose=False)
        session = open_session(draft)
        theirs = session.run(None, {session.get_inputs()[0].name: pictures})[0].ravel()
        difference = float(np.abs(theirs - ours).max())
        if difference > TOLERANCE:
            raise TrainingError(
                f"The ONNX export differs from Keras by {difference:.2g}, more than {TOLERANCE}."
            )
        draft.replace(path)
    return difference
