"""What names and describes a model."""

from pathlib import Path

from worker import manifest


def test_two_models_of_one_month_have_versions_of_their_own(tmp_path: Path) -> None:
    first, second = tmp_path / "first.onnx", tmp_path / "second.onnx"
    first.write_bytes(b"one model")
    second.write_bytes(b"another model")
    assert manifest.new_version(first) == manifest.new_version(first)
    assert manifest.new_version(first) != manifest.new_version(second)
