"""Training of violence_text, end to end on a tiny model and made captions."""

from itertools import takewhile
from pathlib import Path

import numpy as np
import pytest

from triage.errors import TrainingError
from worker import manifest
from worker.scorers.violence_text import ViolenceText

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch", reason="needs the train extra: pip install 'flagpost[train]'")
pytest.importorskip("transformers", reason="needs the train extra: pip install 'flagpost[train]'")
pytest.importorskip("onnxscript", reason="needs the train extra: pip install 'flagpost[train]'")

from tests.worker.training.tiny_text import write_base, write_data  # noqa: E402
from worker.training import text, text_export  # noqa: E402
from worker.training.text_data import collect  # noqa: E402
from worker.training.text_fit import Plan, Run  # noqa: E402
from worker.training.text_model import collate, encode, load  # noqa: E402


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


def made_run(base: Path, data: Path, checkpoint: Path, epochs: int = 2) -> Run:
    corpus, (model, tokenizer) = collect(data), load(str(base))
    plan = Plan(epochs, seed=3, dataset=corpus.digest(), base=str(base), batch=8, rate=0.01)
    return text.prepare_run(model, tokenizer, corpus, plan, checkpoint)


def validation(base: Path, data: Path) -> text.Examples:
    return text.examples(load(str(base))[1], collect(data).validation)


@pytest.fixture(scope="module")
def trained(base: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "violence_text"
    text.train(data, out, base=str(base), epochs=2, seed=1, resume=False, limit=None)
    return out


def test_training_writes_an_artifact_that_a_worker_loads(trained: Path) -> None:
    artifact = manifest.load("violence_text", trained)
    scores = ViolenceText(artifact).score(["I will hurt you", "we love the cake", "so nice and @somebody"])
    assert [score.error for score in scores] == [None] * 3
    assert len({score.probability for score in scores}) == 3
    assert len(artifact.manifest.metrics["training"]["average_precision"]) == 2


def test_nothing_but_the_artifact_is_left(trained: Path) -> None:
    assert sorted(path.name for path in trained.iterdir()) == [
        "CARD.md",
        "manifest.json",
        "model.onnx",
        "tokenizer.json",
    ]
    assert [path.name for path in trained.parent.iterdir()] == [trained.name]


def test_the_model_file_does_not_say_where_it_was_made(trained: Path) -> None:
    from worker.training import text_model

    content = (trained / "model.onnx").read_bytes()
    assert str(Path(text_model.__file__).parent).encode() not in content
    assert b"site-packages" not in content


def test_the_card_tells_sources_figures_and_uses(trained: Path) -> None:
    card = (trained / "CARD.md").read_text(encoding="utf-8")
    metrics = manifest.load("violence_text", trained).manifest.metrics
    assert f"| average_precision | {metrics['validation']['average_precision']:.4f} |" in card
    assert "| made here | CC0 | 90 | 120 |" in card
    assert "| everyday | 40 |" in card
    assert "It never scores persons." in card


def test_figures_leave_synthetic_rows_out(trained: Path) -> None:
    metrics = manifest.load("violence_text", trained).manifest.metrics
    assert (metrics["test"]["n"], metrics["validation"]["n"]) == (60, 60)


def test_a_run_learns(base: Path, data: Path, tmp_path: Path) -> None:
    run = made_run(base, data, tmp_path / "run.pt", epochs=4)
    for _ in run(validation(base, data)):
        pass
    assert run.progress.best > 0.9


def test_an_interrupted_run_goes_on_as_if_nothing_had_happened(
    base: Path, data: Path, tmp_path: Path
) -> None:
    judge = validation(base, data)
    whole = made_run(base, data, tmp_path / "whole.pt")
    for _ in whole(judge):
        pass
    broken_off = made_run(base, data, tmp_path / "run.pt")
    for _ in takewhile(lambda state: state.epoch == 0 or state.step < 3, broken_off(judge)):
        pass
    broken_off.save()
    resumed = made_run(base, data, tmp_path / "run.pt")
    resumed.resume()
    assert resumed.progress.epoch == 1
    for _ in resumed(judge):
        pass
    assert resumed.progress == whole.progress
    for name, value in whole.model.state_dict().items():
        torch.testing.assert_close(resumed.model.state_dict()[name], value)


def test_every_epoch_repeats_positives_and_takes_other_negatives(
    base: Path, data: Path, tmp_path: Path
) -> None:
    run = made_run(base, data, tmp_path / "run.pt")
    run.plan = Plan(2, seed=3, dataset="", base="", batch=8, negatives=1)
    first, second = (set(np.concatenate(run.batches(epoch)).tolist()) for epoch in (0, 1))
    always = set(np.flatnonzero(run.examples.always).tolist())
    assert first & second == always | (first & second - always)
    assert always <= first & second
    assert (first - always) != (second - always)


def test_training_can_be_resumed_by_command(base: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "model"
    checkpoint = tmp_path / "model.training" / "run.pt"
    corpus, (model, tokenizer) = collect(data), load(str(base))
    run = text.prepare_run(model, tokenizer, corpus, Plan(1, 1, corpus.digest(), str(base)), checkpoint)
    next(run(text.examples(tokenizer, corpus.validation)))
    run.save()
    text.train(data, out, base=str(base), epochs=1, seed=1, resume=True, limit=None)
    assert manifest.load("violence_text", out).manifest.metrics["training"]["epochs"] == 1


def test_resuming_with_other_options_is_refused(base: Path, data: Path, tmp_path: Path) -> None:
    made_run(base, data, tmp_path / "run.pt", epochs=2).save()
    with pytest.raises(TrainingError, match="other data or options"):
        made_run(base, data, tmp_path / "run.pt", epochs=3).resume()


def test_resuming_without_a_checkpoint_is_refused(base: Path, data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"Nothing to resume.*without --resume"):
        made_run(base, data, tmp_path / "run.pt").resume()


def test_a_broken_checkpoint_is_named(base: Path, data: Path, tmp_path: Path) -> None:
    (tmp_path / "run.pt").write_bytes(b"PK\x03\x04 not a checkpoint")
    with pytest.raises(TrainingError, match=r"run\.pt is broken"):
        made_run(base, data, tmp_path / "run.pt").resume()


def test_a_folder_without_a_base_model_is_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"(?s)No base model at.*--base"):
        text.train(data, tmp_path / "out", base=str(tmp_path), epochs=1, seed=1, resume=False, limit=None)


def test_no_epochs_are_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="--epochs 1 or more"):
        text.train(data, tmp_path / "out", base=None, epochs=0, seed=1, resume=False, limit=None)


def test_int8_says_nearly_what_the_trained_network_says(base: Path, data: Path, tmp_path: Path) -> None:
    import onnxruntime

    run = made_run(base, data, tmp_path / "run.pt", epochs=4)
    for _ in run(validation(base, data)):
        pass
    ids, mask = collate(encode(load(str(base))[1], collect(data).test.prepared()))
    text_export.to_onnx(run.model, tmp_path / "int8.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "int8.onnx")
    (found,) = session.run(None, {"input_ids": ids.numpy(), "attention_mask": mask.numpy()})
    with torch.inference_mode():
        wanted = run.model(ids, mask).numpy()
    assert found == pytest.approx(wanted, abs=0.15)
    assert np.corrcoef(found, wanted)[0, 1] > 0.999
