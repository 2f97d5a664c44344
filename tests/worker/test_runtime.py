"""Model files that cannot be run say so."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from triage.errors import ArtifactError, ConfigurationError
from triage.settings import get_settings
from worker import manifest
from worker.runtime import KERAS, OnnxNetwork, open_network, open_session


@pytest.mark.parametrize("content", [b"", b"not a model"])
def test_a_file_that_is_no_model_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(content)
    with pytest.raises(ArtifactError, match=r"model\.onnx cannot be run"):
        open_session(file)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="gone"):
        open_session(tmp_path / "gone.onnx")


@pytest.fixture
def on_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_RUNTIME", "tensorflow")
    get_settings.cache_clear()


@pytest.mark.usefixtures("on_tensorflow")
@pytest.mark.skipif(find_spec("keras") is not None, reason="the train extra is installed")
def test_a_runtime_that_is_not_installed_says_how_to_get_it() -> None:
    shipped = manifest.load("gun_image")
    said = shipped.manifest.model_copy(update={"files": {**shipped.manifest.files, KERAS: ""}})
    with pytest.raises(ConfigurationError, match=r"needs keras.*pip install 'flagpost\[train\]'"):
        open_network(shipped.model_copy(update={"manifest": said}))


@pytest.mark.usefixtures("on_tensorflow")
def test_a_network_without_a_keras_file_stays_on_onnx_runtime() -> None:
    assert isinstance(open_network(manifest.load("violence_text")), OnnxNetwork)
