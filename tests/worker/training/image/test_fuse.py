# ruff: noqa: E402 - the skip comes before the imports that need the train extra
"""Two networks made one: its score is theirs, weighed, and its map still explains it."""

import shutil
from pathlib import Path

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="needs the train extra")

from tests.worker.training.made_dataset import make_dataset
from triage.errors import ArtifactError, TrainingError
from worker import manifest
from worker.manifest import Artifact
from worker.scorers.gun_image import GunImage
from worker.training.image.archs import PAIRS, find
from worker.training.image.fuse import WHOLE, fuse, fused, joined
from worker.training.image.gun_map import TOP_CELLS
from worker.training.image.networks import epochs, train_all
from worker.training.image.train import Plan, train
from worker.training.image.trained import Trained

PAIR, DEFAULT = "gun-pair", "gun-map"
pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore:::keras")]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_dataset(tmp_path_factory.mktemp("made") / "data", count=7)


@pytest.fixture(scope="module")
def parts(data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Artifact]:
    folder = tmp_path_factory.mktemp("parts")
    return [train(data, folder / name, Plan(name, epochs=1, seed=3)) for name in (DEFAULT, WHOLE)]


@pytest.fixture(scope="module")
def pair(data: Path, parts: list[Artifact], tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    return fuse(parts[0].folder, parts[1].folder, data, tmp_path_factory.mktemp("pair") / "gun_image")


@pytest.mark.parametrize("located", PAIRS.values())
def test_the_score_is_the_weighed_sum_and_the_mean_of_the_highest_cells(located: str) -> None:
    parts = (Trained(arch, find(arch).build(None, side), {}) for arch, side in ((located, 320), (WHOLE, 224)))
    both, side = joined(*parts), find(located).size
    model = fused(both, np.array([0.75, 0.5]), -1.0)
    pictures = np.random.default_rng(0).integers(0, 256, (2, side, side, 3)).astype(np.uint8)
    said = both.predict_on_batch(pictures)
    found = model.predict_on_batch(pictures)
    assert found["logit"] == pytest.approx(0.75 * said["logit"] + 0.5 * said["whole"] - 1, abs=1e-4)
    highest = np.sort(found["map"].reshape(2, -1), axis=1)[:, -TOP_CELLS:]
    assert found["logit"][:, 0] == pytest.approx(highest.mean(axis=1), abs=1e-4)
    assert found["kinds"] == pytest.approx(said["kinds"], abs=1e-6)


@pytest.mark.parametrize("arch", [*PAIRS.values(), WHOLE])
def test_a_network_bears_the_name_by_which_a_pair_knows_it(arch: str) -> None:
    assert find(arch).build(None, 64).name == arch.replace("-", "_")


def test_one_artifact_comes_out_that_serving_accepts(pair: Artifact, parts: list[Artifact]) -> None:
    found = manifest.load("gun_image", pair.folder).manifest
    assert found.metrics["arch"] == PAIR
    assert [part["version"] for part in found.metrics["training"]["parts"].values()] == [
        part.manifest.version for part in parts
    ]
    (score,) = GunImage(pair).score([np.zeros((30, 50, 3), np.uint8)])
    assert score.probability is not None
    assert "Two MobileNetV2" in (pair.folder / "CARD.md").read_text()


def test_the_training_of_each_part_is_drawn(pair: Artifact) -> None:
    drawn = {path.name for path in (pair.folder / "plots").glob("learning*")}
    assert drawn == {"learning_map.png", "learning_whole.png"}


def test_a_pair_gives_the_part_that_is_asked_for(pair: Artifact, parts: list[Artifact]) -> None:
    for arch, part in zip((DEFAULT, WHOLE), parts, strict=True):
        found, alone = Trained.load(pair.folder, arch), Trained.load(part.folder, arch)
        assert found.summary == alone.summary
        weights = zip(found.model.get_weights(), alone.model.get_weights(), strict=True)
        assert all((mine == theirs).all() for mine, theirs in weights)
    with pytest.raises(TrainingError, match=f"holds {PAIR}, not cnn-v8"):
        Trained.load(pair.folder, "cnn-v8")


def test_training_goes_on_from_a_part_of_a_pair(
    data: Path, pair: Artifact, parts: list[Artifact], tmp_path: Path
) -> None:
    more = train(data, tmp_path / "more", Plan(WHOLE, epochs=1, limit=2, base=pair.folder))
    metrics = more.manifest.metrics
    assert metrics["arch"] == WHOLE
    assert metrics["training"]["base"]["version"] == parts[1].manifest.version


def test_the_table_of_networks_says_how_long_each_part_was_trained(
    data: Path, pair: Artifact, parts: list[Artifact], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.training.image.networks.ARCHS", {WHOLE: find(WHOLE)})
    shutil.copytree(parts[1].folder, tmp_path / WHOLE)
    shutil.copytree(pair.folder, tmp_path / PAIR)
    table = train_all(data, tmp_path, Plan("all", epochs=1, seed=3)).read_text(encoding="utf-8")
    counts = [len(part.manifest.metrics["training"]["loss"]) for part in parts]
    assert f"| {PAIR} | {counts[0]} + {counts[1]} |" in table
    assert f"| {WHOLE} | {counts[1]} |" in table


def test_epochs_before_a_network_was_trained_on_count() -> None:
    assert epochs({"loss": [1, 2], "base": {"training": {"loss": [1, 2, 3]}}}) == "5"


def test_parts_of_another_sort_are_refused_by_name(data: Path, parts: list[Artifact], tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="holds mobilenet-v2, not gun-map"):
        fuse(parts[1].folder, parts[0].folder, data, tmp_path / "out")
    with pytest.raises(ArtifactError, match="No model at"):
        fuse(tmp_path, parts[1].folder, data, tmp_path / "out")


def test_a_pair_is_not_trained_as_one(data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="flagpost train fuse"):
        train(data, tmp_path / "out", Plan(PAIR, epochs=1))
