"""`evaluate` runs anybody's pictures through the scorer that serves, and refuses what cannot be measured."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.worker.evaluation.conftest import Altered
from triage.errors import ArtifactError, TrainingError
from triage.images import load
from worker.evaluation.image.measure import evaluate
from worker.scorers.gun_image import GunImage


def test_what_is_measured_is_what_serves(data: Path) -> None:
    found = evaluate(data)
    scores = GunImage().score([load(example.path) for example in found.examples])
    assert found.answers.probabilities.tolist() == [score.probability for score in scores]
    assert found.answers.milliseconds > 0


def test_the_test_split_is_measured_by_default_and_any_other_on_demand(data: Path) -> None:
    assert {example.split for example in evaluate(data).examples} == {"test"}
    found = evaluate(data, split="validation")
    assert (found.split, len(found.examples)) == ("validation", 24)
    assert len(evaluate(data, split="all", limit=3).examples) == 3 * 2 * 3


def test_a_folder_without_splits_is_measured_whole(data: Path) -> None:
    found = evaluate(data / "train")
    assert (found.split, len(found.examples), found.labels.sum()) == ("all", 24, 12)
    assert found.name(found.examples[0]).startswith("not_gun/")


def test_an_unreadable_picture_is_named_and_in_no_figure(data: Path) -> None:
    (data / "test" / "gun" / "broken.jpg").write_text("no picture")
    found = evaluate(data)
    assert len(found.examples) == len(found.answers.probabilities) == 24
    (problem,) = found.problems
    assert "test/gun/broken.jpg: not a picture" in problem


@pytest.mark.parametrize("broken", [2, 24])
def test_too_many_unreadable_pictures_are_an_error(data: Path, broken: int) -> None:
    for path in sorted((data / "test").rglob("*.png"))[:broken]:
        path.write_bytes(b"")
    with pytest.raises(TrainingError, match=rf"{broken} of 24 pictures cannot be used"):
        evaluate(data)


def test_files_that_an_index_names_and_that_are_missing_are_left_out_by_name(data: Path) -> None:
    rows = [f"{path.relative_to(data)},{path.parts[-2]}" for path in (data / "test").rglob("*.png")]
    (data / "mine.csv").write_text("\n".join(["path,label", *rows, "gone.png,gun"]))
    found = evaluate(data / "mine.csv")
    assert (found.split, len(found.examples)) == ("all", 24)
    assert "gone.png: cannot be read" in found.problems[0]
    assert found.name(found.examples[0]).startswith("test/")


def test_data_that_is_missing_empty_or_no_dataset_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(TrainingError, match=r"does not exist\. Give a dataset folder"):
        evaluate(tmp_path / "gone")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(TrainingError, match=r"photo\.jpg is no CSV"):
        evaluate(tmp_path / "photo.jpg")
    with pytest.raises(TrainingError, match="Give a folder with gun/ and not_gun/"):
        evaluate(tmp_path / "empty")


def test_one_class_alone_is_refused_and_the_other_is_named(data: Path) -> None:
    for path in (data / "test" / "not_gun").iterdir():
        path.unlink()
    with pytest.raises(TrainingError, match=r"no usable picture of class not_gun \(split: test\)"):
        evaluate(data)


def test_a_split_that_is_not_there_is_refused_and_those_there_are_named(data: Path) -> None:
    with pytest.raises(TrainingError, match=r"no picture in split test\. It has: no split \(24\)"):
        evaluate(data / "train", split="test")


def test_artifacts_of_another_scorer_or_layout_are_refused(data: Path, altered: Altered) -> None:
    with pytest.raises(ArtifactError, match="holds a model for violence_text, not for gun_image"):
        evaluate(data, altered("violence_text"))
    with pytest.raises(ArtifactError, match=r"layout 0.*Train it anew"):
        evaluate(data, against=altered(layout=0))


def test_two_artifacts_see_the_same_pictures(
    data: Path, altered: Altered, other_framing: dict[str, Any]
) -> None:
    found = evaluate(data, against=altered(input=other_framing))
    assert found.against is not None
    assert found.against.probabilities.shape == found.answers.probabilities.shape
    assert np.abs(found.against.probabilities - found.answers.probabilities).max() > 1e-3
