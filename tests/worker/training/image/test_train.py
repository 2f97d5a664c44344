# ruff: noqa: E402 - the skip comes before the imports that need the train extra
"""`flagpost train image` on a handful of drawn pictures, from random weights."""

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

keras = pytest.importorskip("keras", reason="needs the train extra")

from tests.worker.training.made_dataset import make_dataset
from triage.errors import TrainingError
from worker import manifest
from worker.cli import register
from worker.scorers.gun_image import GunImage
from worker.training import fit as fitting
from worker.training.augment import LOOKS, augment
from worker.training.feed import Feed, class_weights
from worker.training.image import train
from worker.training.pictures import listed

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore:::keras")]
OPTIONS = {"epochs": 1, "seed": 3, "limit": None, "weights": None}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_dataset(tmp_path_factory.mktemp("made") / "data", count=6)


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained") / "gun_image"
    (data / "train" / "gun" / "bad.jpg").write_text("no picture")
    train(data, out, resume=False, **OPTIONS)  # type: ignore[arg-type]
    return out


def test_an_artifact_that_serving_accepts_comes_out(trained: Path) -> None:
    scorer = GunImage(manifest.load("gun_image", trained))
    (score,) = scorer.score([np.zeros((30, 50, 3), np.uint8)])
    assert score.probability is not None


def test_manifest_and_card_hold_what_was_measured(trained: Path) -> None:
    metrics = json.loads((trained / "manifest.json").read_text())["metrics"]
    assert metrics["test"]["n"] == 12
    assert metrics["onnx_difference"] < 1e-3
    assert len(metrics["training"]["validation_aucs"]) == 1
    card = (trained / "CARD.md").read_text()
    assert f"{metrics['test']['roc_auc']:.4f}" in card
    assert "| train | 6 | 6 |" in card
    assert len(metrics["by_kind"]) == 0  # too few pictures to say anything by kind


def test_checkpoints_are_gone_when_training_is_done(trained: Path) -> None:
    assert not trained.with_name("gun_image.training").exists()


def test_an_interrupted_run_resumes_after_its_last_epoch(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, options = tmp_path / "gun_image", {**OPTIONS, "epochs": 2, "limit": 2}
    measure, epochs = fitting.logits, []

    def interrupted(*arguments: object) -> object:
        epochs.append(len(epochs))
        if len(epochs) == 2:
            raise KeyboardInterrupt
        return measure(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(fitting, "logits", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(data, out, resume=False, **options)  # type: ignore[arg-type]
    saved = json.loads((tmp_path / "gun_image.training" / "run.json").read_text())["aucs"]
    artifact = train(data, out, resume=True, **options)  # type: ignore[arg-type]
    assert artifact.manifest.metrics["training"]["validation_aucs"][:1] == saved
    assert len(artifact.manifest.metrics["training"]["validation_aucs"]) == 2
    assert len(epochs) == 3


def test_resuming_with_other_options_is_refused(data: Path, tmp_path: Path) -> None:
    checkpoints = tmp_path / "gun_image.training"
    checkpoints.mkdir()
    (checkpoints / "run.json").write_text('{"run": {"epochs": 9}, "aucs": []}')
    with pytest.raises(TrainingError, match="was begun with"):
        train(data, tmp_path / "gun_image", resume=True, **OPTIONS)  # type: ignore[arg-type]


def test_wrong_weights_are_refused_by_name(data: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.weights.h5"
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save_weights(wrong)
    with pytest.raises(TrainingError, match=r"wrong\.weights\.h5 holds no MobileNetV2 weights"):
        train(data, tmp_path / "out", resume=False, **{**OPTIONS, "weights": wrong})  # type: ignore[arg-type]


def test_the_command_asks_for_weights_to_start_from(data: Path, tmp_path: Path) -> None:
    app = typer.Typer()
    register(app)
    done = CliRunner().invoke(app, ["train", "image", "--data", str(data), "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "--from-scratch" in done.output


def test_batches_depend_on_the_seed_and_the_epoch_alone(data: Path) -> None:
    examples = [example for example in listed(data).split("train") if example.path.suffix == ".png"]
    first, again, later = Feed(examples, 1), Feed(examples, 1), Feed(examples, 1)
    later.on_epoch_end()
    assert (first[0][0] == again[0][0]).all()
    assert (later[0][0] == Feed(examples, 1, epoch=1)[0][0]).all()
    assert (first[0][0] != later[0][0]).any()
    assert (first[0][1] == again[0][1]).all()


def test_both_classes_weigh_the_same(data: Path) -> None:
    examples = [
        example
        for example in listed(data).split("train")
        if example.label == 0 or "0.png" in str(example.path)
    ]
    weights = class_weights(examples)
    assert weights[1] * 1 == weights[0] * 6


def test_every_look_and_frame_yields_a_picture_of_the_right_size() -> None:
    random = np.random.default_rng(0)
    picture = random.integers(0, 256, (37, 90, 3), np.uint8)
    for _ in range(30 * len(LOOKS)):
        changed = augment(picture, 64, random)
        assert changed.shape == (64, 64, 3)
        assert changed.dtype == np.uint8
