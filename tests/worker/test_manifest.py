"""What names and describes a model."""

import json
import shutil
from pathlib import Path

import pytest

from triage.errors import ArtifactError
from worker import manifest


def test_two_models_of_one_month_have_versions_of_their_own(tmp_path: Path) -> None:
    first, second = tmp_path / "first.onnx", tmp_path / "second.onnx"
    first.write_bytes(b"one model")
    second.write_bytes(b"another model")
    assert manifest.new_version(first) == manifest.new_version(first)
    assert manifest.new_version(first) != manifest.new_version(second)


@pytest.mark.parametrize("text", ["[1]", "null", "3", '"gun_image"', "{"])
def test_a_manifest_that_is_no_object_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(ArtifactError, match=r"/manifest\.json .*Reinstall Flagpost, or train"):
        manifest.load("gun_image", tmp_path)


def test_a_manifest_with_a_wrong_field_names_it_and_says_what_to_do(tmp_path: Path) -> None:
    fields = json.loads((manifest.SHIPPED / "gun_image" / "manifest.json").read_text())
    fields["operating_points"]["likely"] = 7
    (tmp_path / "manifest.json").write_text(json.dumps(fields))
    with pytest.raises(ArtifactError, match=r"is wrong: operating_points\.likely: .*Reinstall") as raised:
        manifest.load("gun_image", tmp_path)
    assert "pydantic" not in str(raised.value)


def test_a_model_for_something_else_says_which_folder_to_give(tmp_path: Path) -> None:
    shutil.copytree(manifest.SHIPPED / "gun_image", tmp_path / "model")
    with pytest.raises(ArtifactError, match=r"holds a model for gun_image, not for violence_text\. Give a"):
        manifest.load("violence_text", tmp_path / "model")
