"""Model sessions on ONNX Runtime: CUDA where the installed build has it, else the CPU."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from triage.errors import ArtifactError
from triage.settings import get_settings

if TYPE_CHECKING:
    import onnxruntime

PROVIDERS = ("CUDAExecutionProvider", "CPUExecutionProvider")
"""In order of preference."""


def open_session(path: Path, threads: int | None = None) -> onnxruntime.InferenceSession:
    """Open a model file. Call it in the process that runs the model: sessions do not survive a fork.

    Args:
        path: an `.onnx` file.
        threads: threads inside one model call; by default `FLAGPOST_MODEL_THREADS`.

    Raises:
        ArtifactError: the file is no model that this ONNX Runtime can run.
    """
    import onnxruntime as ort  # here, so that nothing is loaded before a worker forks

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads or get_settings().model_threads
    options.inter_op_num_threads = 1
    available = set(ort.get_available_providers())
    try:
        return ort.InferenceSession(path, options, [name for name in PROVIDERS if name in available])
    except Exception as error:  # ONNX Runtime raises a family of its own, without a public base
        raise ArtifactError(f"{path} cannot be run: {error}. Restore the file or train it again.") from error
