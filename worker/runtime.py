"""Networks in service: on ONNX Runtime (CUDA where its build has it, else the CPU), TensorFlow or PyTorch.

Open one in the process that runs it: sessions do not survive a fork. Nothing heavy is imported before.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from numpy.typing import NDArray

from triage.errors import ArtifactError, ConfigurationError
from triage.settings import get_settings
from worker.extras import prepare_tensorflow

if TYPE_CHECKING:
    import onnxruntime

    from worker.manifest import Artifact

PROVIDERS = ("CUDAExecutionProvider", "CPUExecutionProvider")
"""In order of preference."""
ONNX, KERAS, HUB = "model.onnx", "model.keras", "model.safetensors"
"""The files of an artifact that hold its network."""

Arrays = dict[str, NDArray[Any]]


class Network(Protocol):
    """A network that can be run, whatever runs it."""

    outputs: tuple[str, ...]
    on_gpu: bool
    variant: str
    """Added to the artifact's version where the answers are not those of the file that was calibrated."""

    def __call__(self, **inputs: NDArray[Any]) -> Arrays:
        """Run one batch: arrays by input name in, arrays by output name out, n rows each."""
        ...


class OnnxNetwork:
    """A network on ONNX Runtime."""

    variant = ""

    def __init__(self, path: Path, threads: int | None = None) -> None:
        """Load a model file; see `open_session`."""
        self._session = open_session(path, threads)
        self.outputs = tuple(output.name for output in self._session.get_outputs())
        self.on_gpu = "CUDAExecutionProvider" in self._session.get_providers()

    def __call__(self, **inputs: NDArray[Any]) -> Arrays:
        """See `Network`."""
        return dict(zip(self.outputs, self._session.run(None, inputs), strict=True))


def open_network(artifact: Artifact, threads: int | None = None) -> Network:
    """Open an artifact's network on the runtime that `FLAGPOST_RUNTIME` names.

    A network without a `model.keras` runs on ONNX Runtime all the same, one adopted from the Hub on PyTorch.

    Args:
        artifact: verified.
        threads: threads inside one call; by default `FLAGPOST_MODEL_THREADS`.

    Raises:
        ArtifactError: the file is no model that the runtime can run.
        ConfigurationError: the runtime is not installed.
    """
    files = artifact.manifest.files
    if HUB in files and ONNX not in files:
        return _on_torch(artifact, threads)
    if get_settings().runtime == "onnx" or KERAS not in files:
        return OnnxNetwork(artifact.path(ONNX), threads)
    return _on_keras(artifact)


def _on_keras(artifact: Artifact) -> Network:
    prepare_tensorflow()
    try:
        from worker.runtime_keras import KerasNetwork
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"FLAGPOST_RUNTIME=tensorflow needs {error.name}, which is not installed: "
            "pip install 'flagpost[train]', or leave the setting out."
        ) from error
    return KerasNetwork(artifact.path(KERAS))


def _on_torch(artifact: Artifact, threads: int | None) -> Network:
    try:
        from worker.runtime_torch import TorchNetwork
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"{artifact.folder} was adopted from the Hub and needs {error.name}, which is not installed: "
            "pip install 'flagpost[hub]'."
        ) from error
    return TorchNetwork(
        artifact.folder, artifact.manifest.input["positive"], threads or get_settings().model_threads
    )


def open_session(path: Path, threads: int | None = None) -> onnxruntime.InferenceSession:
    """Open an ONNX model file.

    Args:
        path: an `.onnx` file.
        threads: threads inside one model call; by default `FLAGPOST_MODEL_THREADS`.

    Raises:
        ArtifactError: the file is no model that this ONNX Runtime can run.
    """
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads or get_settings().model_threads
    options.inter_op_num_threads = 1
    available = set(ort.get_available_providers())
    try:
        return ort.InferenceSession(path, options, [name for name in PROVIDERS if name in available])
    except Exception as error:  # ONNX Runtime raises a family of its own, without a public base
        raise ArtifactError(f"{path} cannot be run: {error}. Restore the file or train it again.") from error
