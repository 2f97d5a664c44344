# ruff: noqa: E402 - the skip comes before the imports that need the train extra
"""`flagpost train image` on a handful of drawn pictures, from random weights."""

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

keras = pytest.importorskip("keras", reason="needs the train extra")

from tests.worker.training.made_dataset import make_dataset
from triage.errors import ArtifactError, TrainingError
from triage.settings import get_settings
from worker import manifest
from worker.cli import register
from worker.manifest import Artifact
from worker.scorers.gun_image import GunImage
from worker.training.image import export, gun_map
from worker.training.image import fit as fitting
from worker.training.image.archs import ARCHS, DEFAULT, GENTLY, MORE_EPOCHS, compiled, find, resized
from worker.training.image.export import TOLERANCE, run, to_onnx
from worker.training.image.feed import GUN_SHARE, Draw, framed, plain_batches
from worker.training.image.fit import History
from worker.training.image.kinds import KINDS
from worker.training.image.listing import listed
from worker.training.image.networks import check_same, train_all
from worker.training.image.pictures import Example
from worker.training.image.train import Plan, checked, train

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore:::keras")]
QUICK = Plan("cnn-v8", epochs=1, seed=3)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_dataset(tmp_path_factory.mktemp("made") / "data", count=7)


@pytest.fixture(scope="module")
def examples(data: Path) -> tuple[Example, ...]:
    return tuple(example for example in listed(data).split("train") if example.path.suffix == ".png")


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """The default network, trained badly."""
    (data / "train" / "gun" / "bad.jpg").write_text("no picture")
    return train(data, tmp_path_factory.mktemp("trained") / "gun_image", replace(QUICK, arch=DEFAULT))


def test_an_artifact_that_serving_accepts_comes_out(trained: Artifact) -> None:
    scorer = GunImage(manifest.load("gun_image", trained.folder))
    (score,) = scorer.score([np.zeros((30, 50, 3), np.uint8)])
    assert score.probability is not None


def test_manifest_and_cards_hold_what_was_measured(trained: Artifact) -> None:
    metrics = json.loads((trained.folder / "manifest.json").read_text())["metrics"]
    assert metrics["test"]["n"] == 14
    assert metrics["onnx_difference"] < TOLERANCE
    assert len(metrics["training"]["validation_auc"]) == 1
    assert set(metrics["precisions"]) == {"float32", "int8"}
    assert [row["recall"] for row in metrics["recalls"]] == [0.90, 0.95, 0.99]
    card = (trained.folder / "CARD.md").read_text()
    assert f"{metrics['test']['roc_auc']:.4f}" in card
    assert "| train | 7 | 7 |" in card
    assert json.loads((trained.folder / "card.json").read_text())["metrics"] == metrics


def test_curves_and_diagrams_are_drawn(trained: Artifact) -> None:
    drawn = {path.stem for path in (trained.folder / "plots").glob("*.png")}
    assert {"learning", "precision_recall", "reliability", "confusion"} <= drawn


def test_checkpoints_are_gone_when_training_is_done(trained: Artifact) -> None:
    assert not trained.folder.with_name("gun_image.training").exists()


def test_onnx_and_tensorflow_agree_in_batches_of_any_size(
    trained: Artifact, examples: tuple[Example, ...], tmp_path: Path
) -> None:
    model = keras.models.load_model(trained.path("model.keras"))
    arch = find(DEFAULT)
    pictures = np.concatenate([next(plain_batches(examples, arch))] * 5)[:64]
    to_onnx(model, tmp_path / "float.onnx", pictures[:2])
    whole = run(tmp_path / "float.onnx", pictures)
    for size in (1, 7, 20, 64):  # 20 is the side of the map
        ours = model.predict_on_batch(pictures[:size])
        theirs = run(tmp_path / "float.onnx", pictures[:size])
        for name, expected in whole.items():
            assert np.abs(np.asarray(ours[name]) - expected[:size]).max() < TOLERANCE
            assert np.abs(theirs[name] - expected[:size]).max() < TOLERANCE


def test_a_network_of_another_backend_is_exported_by_tensorflow(tmp_path: Path) -> None:
    model = find("cnn-v8").build(None, 224)
    export._export_by_tensorflow(model, tmp_path / "model.onnx")
    pictures = np.random.default_rng(0).integers(0, 256, (3, 224, 224, 3), np.uint8)
    ours = np.asarray(model.predict_on_batch(pictures)["logit"])
    assert np.abs(export.run(tmp_path / "model.onnx", pictures)["logit"] - ours).max() < export.TOLERANCE


def test_an_export_that_fails_says_that_the_checkpoint_is_kept(tmp_path: Path) -> None:
    model = find("cnn-v8").build(None, 224)
    with pytest.raises(TrainingError, match=r"(?s)export to ONNX needs TensorFlow.*--resume"):
        export._export_by_tensorflow(model, tmp_path)  # a folder


def test_a_worker_with_tensorflow_scores_by_the_keras_file(
    trained: Artifact, examples: tuple[Example, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = [example.picture() for example in examples]
    model = keras.models.load_model(trained.path("model.keras"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FLAGPOST_RUNTIME", "tensorflow")
        get_settings.cache_clear()
        scorer = GunImage(trained)
    get_settings.cache_clear()
    assert type(scorer.network).__name__ == "KerasNetwork"
    assert scorer.version == f"{trained.manifest.version}+keras"
    assert GunImage(trained).version == trained.manifest.version
    expected = model.predict_on_batch(np.stack([framed(example, find(DEFAULT)) for example in examples]))
    assert np.abs(scorer.logits(pictures) - np.asarray(expected["logit"]).ravel()).max() < TOLERANCE
    assert scorer.sighting(scorer.read(pictures)[0], pictures[0]).map is not None


def test_training_sees_pictures_as_serving_does_bit_for_bit(
    examples: tuple[Example, ...], monkeypatch: pytest.MonkeyPatch, trained: Artifact
) -> None:
    served: list[np.ndarray] = []
    scorer = GunImage(trained)
    network = scorer.network

    class Watching:
        outputs = network.outputs

        def __call__(self, **inputs: np.ndarray) -> object:
            served.extend(*inputs.values())
            return network(**inputs)

    monkeypatch.setattr(scorer, "network", Watching())
    scorer.score([example.picture() for example in examples])
    assert (np.stack(served) == np.stack([framed(example, find(DEFAULT)) for example in examples])).all()
    batch, _ = next(iter(Draw(examples, find("cnn-v1"), seed=1).batches(0)))
    order = Draw(examples, find("cnn-v1"), seed=1).order(0)
    assert (batch == np.stack([framed(examples[at], find("cnn-v1")) for at in order])).all()


@pytest.mark.parametrize("older", [False, True])
def test_an_interrupted_run_resumes_after_its_last_epoch(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, older: bool
) -> None:
    out, plan = tmp_path / "gun_image", replace(QUICK, epochs=2, limit=2)
    measure, epochs = fitting.logits, []

    def interrupted(*arguments: object) -> object:
        epochs.append(len(epochs))
        if len(epochs) == 2:
            raise KeyboardInterrupt
        return measure(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(fitting, "logits", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(data, out, plan)
    noted = tmp_path / "gun_image.training" / "run.json"
    saved = json.loads(noted.read_text())["history"]
    if older:  # begun by a Flagpost that did not note its data
        run = json.loads(noted.read_text())["run"]
        del run["data"], run["weights"]
        noted.write_text(json.dumps({"run": run, "history": saved}))
    artifact = train(data, out, plan, resume=True)
    found = artifact.manifest.metrics["training"]
    assert found["validation_auc"][:1] == saved["validation_auc"]
    assert len(found["loss"]) == 2
    assert len(epochs) == 3


def test_resuming_with_other_options_is_refused(data: Path, tmp_path: Path) -> None:
    checkpoints = tmp_path / "gun_image.training"
    checkpoints.mkdir()
    (checkpoints / "run.json").write_text('{"run": {"epochs": 9}, "history": {}}')
    with pytest.raises(TrainingError, match=r"was begun with other data or options \(epochs\)"):
        train(data, tmp_path / "gun_image", QUICK, resume=True)


def test_resuming_on_other_pictures_is_refused_even_where_they_are_as_many(
    data: Path, tmp_path: Path
) -> None:
    dataset, checkpoints = checked(data, None, 0), tmp_path / "gun_image.training"
    checkpoints.mkdir()
    noted = asdict(QUICK.run(dataset)) | {"examples": len(dataset.examples)}
    (checkpoints / "run.json").write_text(json.dumps({"run": noted, "history": {}}))
    flipped = shutil.copytree(data, tmp_path / "flipped")
    for split in flipped.iterdir():
        for one, other in (("gun", "between"), ("not_gun", "gun"), ("between", "not_gun")):
            (split / one).rename(split / other)
    with pytest.raises(TrainingError, match=r"was begun with other data or options \(data\)"):
        train(flipped, tmp_path / "gun_image", QUICK, resume=True)


def test_resuming_where_nothing_was_begun_is_refused_before_pictures_are_checked(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"Nothing to resume: .*Start without --resume"):
        train(tmp_path / "gone", tmp_path / "gun_image", QUICK, resume=True)


def test_training_goes_on_from_an_artifact_gently(data: Path, tmp_path: Path) -> None:
    base = train(data, tmp_path / "base", QUICK)
    more = train(data, tmp_path / "more", replace(QUICK, base=base.folder))
    noted = more.manifest.metrics["training"]["base"]
    assert (noted["arch"], noted["version"]) == (QUICK.arch, base.manifest.version)
    first, second = (
        keras.models.load_model(found.path("model.keras"), compile=False).get_weights()
        for found in (base, more)
    )
    untrained = find(QUICK.arch).build(None, 224).get_weights()
    assert distance(first, second) < distance(first, untrained) / 4


def distance(one: list[np.ndarray], other: list[np.ndarray]) -> float:
    return sum(float(np.abs(mine - theirs).sum()) for mine, theirs in zip(one, other, strict=True))


def test_going_on_is_slower_shorter_and_at_full_size() -> None:
    usual, more = find(DEFAULT), find(DEFAULT).continued()
    assert more.epochs == MORE_EPOCHS
    assert more.at(0, MORE_EPOCHS).size == usual.size
    rates = [float(arch.optimizer(100).learning_rate) for arch in (usual, more)]
    assert rates[1] == pytest.approx(GENTLY * rates[0])
    plain = find("cnn-v8")
    assert float(plain.continued().optimizer(1).learning_rate) == pytest.approx(GENTLY * 1e-3)


def test_going_on_from_another_network_is_refused(data: Path, trained: Artifact, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=f"holds {DEFAULT}, not {QUICK.arch}"):
        train(data, tmp_path / "out", replace(QUICK, base=trained.folder))


def test_an_unknown_network_is_refused_with_those_there_are(data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"no network 'resnet'.*cnn-v3.*gun-map"):
        train(data, tmp_path / "out", replace(QUICK, arch="resnet"))


def test_an_unknown_precision_is_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"No precision 'int4'.*mixed_bfloat16"):
        train(data, tmp_path / "out", replace(QUICK, precision="int4"))


def test_training_in_half_precision_still_gives_a_float32_network(data: Path, tmp_path: Path) -> None:
    artifact = train(data, tmp_path / "out", replace(QUICK, precision="mixed_bfloat16", limit=2))
    model = keras.models.load_model(artifact.path("model.keras"))
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    assert artifact.manifest.metrics["training"]["precision"] == "mixed_bfloat16"


def command(*words: str) -> Result:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, words, env={"COLUMNS": "400"})


def test_a_precision_that_is_none_is_refused_by_command(data: Path, tmp_path: Path) -> None:
    words = ("train", "image", "--data", str(data), "--out", str(tmp_path / "out"))
    refused = command(*words, "--arch", "cnn-v8", "--precision", "int4")
    assert "No precision 'int4'" in str(refused.exception)


@pytest.mark.parametrize(
    ("name", "weights"), [("baseline", 9_636_481), ("cnn-v1", 2_804_833), ("cnn-v5", 2_804_833)]
)
def test_the_networks_of_2022_have_the_weights_they_had(name: str, weights: int) -> None:
    assert find(name).build(None, 224).count_params() == weights


def test_each_network_of_2022_keeps_its_recipe() -> None:
    recipes = {name: (arch.epochs, type(arch.optimizer(1)).__name__) for name, arch in ARCHS.items()}
    assert recipes["baseline"] == (50, "Adam")
    assert recipes["cnn-v1"] == (20, "SGD")
    assert recipes["cnn-v2"] == (20, "Adam")
    assert recipes["cnn-v3"] == (30, "Adam")
    assert {recipes[f"cnn-v{number}"] for number in range(4, 9)} == {(20, "Adam")}


def test_the_networks_of_2022_stop_when_training_accuracy_stands_still() -> None:
    arch = find("cnn-v2")
    still = History(loss=[1] * 7, accuracy=[0.5, 0.7, 0.705, 0.7, 0.709, 0.7, 0.7], validation_auc=[0.5] * 7)
    assert still.stale(arch)
    assert not replace(still, accuracy=[0.5, 0.6, 0.65, 0.7, 0.72, 0.74, 0.76]).stale(arch)


def test_ours_stop_when_the_validation_auc_stands_still() -> None:
    arch = find("mobilenet-v2")
    assert History([1] * 5, [0.9] * 5, [0.8, 0.9, 0.9, 0.9, 0.9]).stale(arch)
    assert not History([1] * 5, [0.9] * 5, [0.8, 0.9, 0.9, 0.9001, 0.9]).stale(arch)


def test_small_pictures_first_then_large_ones_with_weights_and_optimizer_kept() -> None:
    arch = find(DEFAULT)
    assert [arch.at(epoch, 10).size for epoch in range(10)] == [224] * 6 + [arch.size] * 4
    assert find("cnn-v1").at(0, 10).size == 224
    small = compiled(arch.at(0, 10), None, 100)
    pictures = np.zeros((2, 224, 224, 3), np.uint8)
    targets = {"logit": np.ones((2, 1)), "map": np.ones((2, 14, 14, 1)), "kinds": np.ones((2, len(KINDS)))}
    small.train_on_batch(pictures, targets)
    large = resized(small, arch, 100)
    assert large.input_shape[1] == arch.size > 224
    assert all((a == b).all() for a, b in zip(small.get_weights(), large.get_weights(), strict=True))
    assert int(large.optimizer.iterations) == 1
    moments = [np.asarray(variable) for variable in large.optimizer.variables if "momentum" in variable.path]
    assert any(moment.any() for moment in moments)


def test_every_network_side_by_side_and_none_trained_twice(data: Path, tmp_path: Path) -> None:
    few = {name: ARCHS[name] for name in ("cnn-v8", "baseline")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("worker.training.image.networks.ARCHS", few)
        table = train_all(data, tmp_path / "all", replace(QUICK, limit=2)).read_text()
        made = (tmp_path / "all" / "baseline" / "manifest.json").stat().st_mtime_ns
        train_all(data, tmp_path / "all", replace(QUICK, limit=2))
    assert [line.split(" | ")[0].strip("| ") for line in table.splitlines()[2:]] == ["cnn-v8", "baseline"]
    assert "9,636,481" in table
    assert (tmp_path / "all" / "baseline" / "manifest.json").stat().st_mtime_ns == made


def noting(artifact: Artifact, **training: Any) -> Artifact:
    """Return an artifact whose manifest notes so much about its training."""
    metrics = artifact.manifest.metrics | {"training": training}
    return artifact.model_copy(update={"manifest": artifact.manifest.model_copy(update={"metrics": metrics})})


def test_a_finished_artifact_joins_the_table_only_if_it_is_of_the_same_run(
    data: Path, trained: Artifact, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset, noted = checked(data, None, QUICK.seed), trained.manifest.metrics["training"]
    check_same(trained, DEFAULT, dataset, QUICK)
    assert "does not say which pictures" not in capsys.readouterr().err
    for wrong, name, plan, why in (
        (trained, "baseline", QUICK, f"holds {DEFAULT}, not baseline"),
        (trained, DEFAULT, replace(QUICK, seed=4), "(seed)"),
        (noting(trained, **noted | {"data": "another"}), DEFAULT, QUICK, "(data)"),
    ):
        with pytest.raises(TrainingError) as raised:
            check_same(wrong, name, dataset, plan)
        assert why in str(raised.value)


def test_an_older_artifact_joins_the_table_by_the_sizes_of_its_splits(
    data: Path, trained: Artifact, capsys: pytest.CaptureFixture[str]
) -> None:
    older = noting(trained, seed=QUICK.seed, precision="mixed_bfloat16", loss=[0.5])
    check_same(older, DEFAULT, checked(data, None, QUICK.seed), QUICK)
    assert "does not say which pictures it knows" in " ".join(capsys.readouterr().err.split())
    with pytest.raises(TrainingError, match=r"\(data\)"):
        check_same(older, DEFAULT, checked(data, 3, QUICK.seed), QUICK)


def test_a_dataset_is_known_by_its_content_wherever_it_lies(data: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(data, tmp_path / "moved")
    assert listed(moved).digest == listed(data).digest
    (moved / "train" / "gun" / "0.png").write_bytes((moved / "train" / "gun" / "0.png").read_bytes() + b" ")
    assert listed(moved).digest != listed(data).digest


def test_batches_depend_on_the_seed_and_the_epoch_alone(examples: tuple[Example, ...]) -> None:
    def first(seed: int, epoch: int) -> np.ndarray:
        return np.asarray(next(iter(Draw(examples, find(DEFAULT), seed).batches(epoch)))[0])

    assert (first(1, 0) == first(1, 0)).all()
    assert (first(1, 0) != first(1, 1)).any()
    assert (first(1, 0) != first(2, 0)).any()


def test_varied_training_shows_guns_for_their_share_and_hard_pictures_oftener() -> None:
    some = tuple(Example(Path(str(at)), int(at < 100), "train") for at in range(1000))
    hardness = np.zeros(1000)
    hardness[100:200] = 1
    order = Draw(some, find(DEFAULT), seed=1).order(0, hardness)
    assert (order < 100).mean() == pytest.approx(GUN_SHARE, abs=0.05)
    hard, easy = ((order >= 100) & (order < 200)).sum() / 100, (order >= 200).sum() / 800
    assert 3 < hard / easy < 5


def test_plain_training_shows_every_picture_once() -> None:
    some = tuple(Example(Path(str(at)), at % 2, "train") for at in range(50))
    assert sorted(Draw(some, find("cnn-v1"), seed=1).order(0)) == list(range(50))


def test_a_kind_inside_the_possible_ones_costs_nothing_and_unknown_ones_are_not_learned() -> None:
    logits = np.array([[9, 9, -9, -9], [9, -9, -9, -9], [3, 2, 1, 0]], np.float32)
    truth = np.array([[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]], np.float32)
    inside, outside, unknown = np.asarray(gun_map.kind_loss(truth, logits))
    assert inside < 1e-6
    assert outside == pytest.approx(18, abs=0.1)
    assert unknown == 0


def test_cells_that_are_not_judged_cost_nothing_and_a_small_gun_counts_as_much_as_a_large_one() -> None:
    truth = np.zeros((4, 20, 20, 1), np.float32)
    truth[0] = -1
    truth[1, 3, 3], truth[2, 2:12, 2:12] = 1, 1
    logits = np.where(truth == 1, -2.0, -20.0).astype(np.float32)
    logits[0] = 5
    unjudged, small, large, empty = np.asarray(gun_map.cell_loss(truth, logits))
    assert unjudged == 0
    assert small == pytest.approx(large)
    assert small > 1
    assert empty < 1e-6


def test_an_artifact_of_an_older_layout_says_to_train_anew(trained: Artifact, tmp_path: Path) -> None:
    fields = json.loads((trained.folder / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps({**fields, "layout": 0}))
    with pytest.raises(ArtifactError, match="Train it anew"):
        manifest.load("gun_image", tmp_path)
