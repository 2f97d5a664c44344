"""Model files that cannot be run say so."""

from pathlib import Path

import pytest

from triage.errors import ArtifactError
from worker.runtime import open_session


@pytest.mark.parametrize("content", [b"", b"not a model"])
def test_a_file_that_is_no_model_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(content)
    with pytest.raises(ArtifactError, match=r"model\.onnx cannot be run"):
        open_session(file)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="gone"):
        open_session(tmp_path / "gone.onnx")
