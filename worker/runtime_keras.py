"""Networks on TensorFlow, as Keras saved them: for GPU workers that have it. Loaded only when asked for."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from triage.errors import ArtifactError
from worker.runtime import Arrays
from worker.training.image import gun_map  # noqa: F401 - Keras finds the layers that it defines by their names


class KerasNetwork:
    """A `.keras` file; see `worker.runtime.Network`. It is in float32 where the ONNX file is in int8."""

    variant = "+keras"

    def __init__(self, path: Path) -> None:
        """Load it.

        Raises:
            ArtifactError: the file is no model that this Keras can run.
        """
        try:
            self._model = keras.models.load_model(path, compile=False)
        except (OSError, ValueError, TypeError) as error:
            raise ArtifactError(f"{path} cannot be run: {error}. Restore it or train it again.") from error
        self.outputs = tuple(self._model.output_names)
        self.on_gpu = bool(keras.distribution.list_devices("gpu"))

    def __call__(self, **inputs: NDArray[Any]) -> Arrays:
        """See `worker.runtime.Network`."""
        return {name: np.asarray(value) for name, value in self._model.predict_on_batch(inputs).items()}
