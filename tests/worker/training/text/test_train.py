"""Training of violence_text, end to end on a tiny model and made captions."""

import shutil
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from triage.errors import ArtifactError, TrainingError
from worker import manifest
from worker.scorers.violence_text import ViolenceText

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch", reason="needs the train extra: pip install 'flagpost[train]'")
pytest.importorskip("transformers", reason="needs the train extra: pip install 'flagpost[train]'")
pytest.importorskip("onnxscript", reason="needs the train extra: pip install 'flagpost[train]'")

from tests.worker.training.text.tiny_text import write_base, write_data  # noqa: E402
from worker.training.text import export, publish, teachers, train  # noqa: E402
from worker.training.text.captions import collect  # noqa: E402
from worker.training.text.fit import Judge, Run  # noqa: E402
from worker.training.text.lessons import Choices, behaviour, lessons  # noqa: E402
from worker.training.text.losses import Loss  # noqa: E402
from worker.training.text.model import NATIVE, arithmetic, collate, encode, load  # noqa: E402


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


PLAIN = Choices(cases=0)


def made_run(base: Path, data: Path, checkpoint: Path, epochs: int = 2, **changes: Any) -> Run:
    corpus, (model, tokenizer) = collect(data), load(str(base))
    recipe = train.Recipe(str(base), epochs, seed=3, choices=PLAIN)
    run = train.prepare_run(model, tokenizer, corpus, recipe, checkpoint)
    plan = replace(run.plan, **{"batch": 8, "rate": 0.01, "negatives": 3} | changes)
    return Run(model, plan, run.lessons, checkpoint)


def validation(base: Path, data: Path) -> Judge:
    return train.judge(load(str(base))[1], collect(data).validation, PLAIN)


@pytest.fixture(scope="module")
def trained(base: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "violence_text"
    train.train(data, out, train.Recipe(str(base), epochs=2, seed=1, choices=Choices(cases=2)))
    return out


def test_training_writes_an_artifact_that_a_worker_loads(trained: Path, base: Path) -> None:
    artifact = manifest.load("violence_text", trained)
    scores = ViolenceText(artifact).score(["I will hurt you", "we love the cake", "so nice and @somebody"])
    assert [score.error for score in scores] == [None] * 3
    assert len({score.probability for score in scores}) == 3
    assert len(artifact.manifest.metrics["training"]["average_precision"]) == 2
    assert artifact.manifest.metrics["training"]["base"] == base.name, "where it lay is nobody's business"


def test_a_training_starts_from_the_encoder_of_another(base: Path, data: Path, tmp_path: Path) -> None:
    recipe = train.Recipe(str(base), epochs=1, seed=1, choices=PLAIN)
    train.train(data, tmp_path / "first", recipe, encoder=tmp_path / "encoder")
    (learned, tokens), (plain, _) = load(str(tmp_path / "encoder")), load(str(base))
    name = "encoder.layer.0.attention.self.query.weight"
    assert not torch.equal(learned.encoder.state_dict()[name], plain.encoder.state_dict()[name])
    assert tokens.encode("we love the cake").ids == load(str(base))[1].encode("we love the cake").ids
    second = replace(recipe, base=str(tmp_path / "encoder"))
    assert train.train(data, tmp_path / "second", second).manifest.metrics["training"]["base"] == "encoder"


def test_nothing_but_the_artifact_is_left(trained: Path) -> None:
    assert sorted(path.name for path in trained.iterdir()) == [
        "CARD.md",
        "card.json",
        "manifest.json",
        "model.onnx",
        "plots",
        "tokenizer.json",
    ]
    assert [path.name for path in trained.parent.iterdir()] == [trained.name]


def test_the_model_file_does_not_say_where_it_was_made(trained: Path) -> None:
    from worker.training.text import model

    content = (trained / "model.onnx").read_bytes()
    assert str(Path(model.__file__).parent).encode() not in content
    assert b"site-packages" not in content


def test_the_card_tells_sources_figures_and_uses(trained: Path) -> None:
    card = (trained / "CARD.md").read_text(encoding="utf-8")
    metrics = manifest.load("violence_text", trained).manifest.metrics
    assert f"| average_precision | {metrics['validation']['average_precision']:.4f} |" in card
    assert "| made here | CC0 | 90 | 120 |" in card
    assert "| group | everyday | not violent | 40 |" in card
    assert "| direct-threat | A plain statement of intent to hurt or kill. | 50 | 8 |" in card
    assert "It never scores persons." in card


def test_the_card_tells_how_the_model_was_trained(trained: Path, base: Path) -> None:
    card = (trained / "CARD.md").read_text(encoding="utf-8")
    learned = manifest.load("violence_text", trained).manifest.metrics["training"]["learned"]
    assert f"{base.name} (1 layers, 16 wide), fine-tuned" in card
    assert learned == {"train": 90, "synthetic": 2, "behavioural texts": len(behaviour(2, 1).texts)}
    for row in ("seed | 1", "synthetic rows | learned from", "teachers | none", "learned from, train | 90"):
        assert f"| {row} |" in card
    assert "MiniLM" not in card


def test_a_card_is_written_anew_and_tells_the_limits_of_the_data(
    trained: Path, data: Path, tmp_path: Path
) -> None:
    folder, told = tmp_path / "violence_text", tmp_path / "told"
    shutil.copytree(trained, folder)
    shutil.rmtree(folder / "plots")
    shutil.copytree(data, told)
    (told / "LIMITS.md").write_text("- Cakes were counted twice.\n", encoding="utf-8")
    publish.describe(folder, told)
    card = (folder / "CARD.md").read_text(encoding="utf-8")
    limits = "Of the data, as told beside it:\n\n- Cakes were counted twice.\n\n"
    assert card.replace(limits, "") == (trained / "CARD.md").read_text(encoding="utf-8")
    assert (folder / "manifest.json").read_bytes() == (trained / "manifest.json").read_bytes()
    assert {path.name for path in (folder / "plots").iterdir()} == {
        "confusion.png",
        "precision_recall.png",
        "reliability.png",
    }
    publish.describe(folder, data)
    assert (folder / "CARD.md").read_text(encoding="utf-8") == card, "limits once told stay"


def test_a_card_is_not_written_from_other_data(trained: Path, data: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "other")
    shutil.copy(data / "train.csv", tmp_path / "other" / "test.csv")
    with pytest.raises(TrainingError, match="Give --data the folder that it was measured on"):
        publish.describe(trained, tmp_path / "other")


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


@pytest.mark.parametrize("able", [{}, *({name: True} for name in NATIVE)])
def test_bfloat16_is_used_only_where_the_processor_computes_in_it(
    monkeypatch: pytest.MonkeyPatch, able: dict[str, bool]
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True, "avx512_bf16": False} | able)
    with arithmetic():
        assert torch.is_autocast_enabled("cpu") is bool(able)


def test_every_epoch_repeats_positives_and_takes_other_negatives(
    base: Path, data: Path, tmp_path: Path
) -> None:
    run = made_run(base, data, tmp_path / "run.pt", negatives=1)
    first, second = (set(np.concatenate(run.batches(epoch)).tolist()) for epoch in (0, 1))
    always = set(np.flatnonzero(run.lessons.always).tolist())
    assert first & second == always | (first & second - always)
    assert always <= first & second
    assert (first - always) != (second - always)


@pytest.mark.parametrize("loss", Loss)
def test_every_loss_learns(base: Path, data: Path, tmp_path: Path, loss: Loss) -> None:
    run = made_run(base, data, tmp_path / "run.pt", epochs=6, loss=loss)
    for _ in run(validation(base, data)):
        pass
    assert run.progress.best > 0.9


def test_the_worst_mistakes_are_seen_again(base: Path, data: Path, tmp_path: Path) -> None:
    run = made_run(base, data, tmp_path / "run.pt", negatives=1, mined=0.5)
    others = np.flatnonzero(~run.lessons.always)
    hard = others[::4]
    run.hardness_before[torch.from_numpy(hard)] = 0.9
    for epoch in range(4):
        assert set(hard) <= set(np.concatenate(run.batches(epoch)))


def test_training_can_be_resumed_by_command(base: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "model"
    checkpoint = tmp_path / "model.training" / "run.pt"
    corpus, (model, tokenizer) = collect(data), load(str(base))
    recipe = train.Recipe(str(base), epochs=1, choices=PLAIN)
    run = train.prepare_run(model, tokenizer, corpus, recipe, checkpoint)
    next(run(train.judge(tokenizer, corpus.validation, PLAIN)))
    run.save()
    train.train(data, out, recipe, resume=True)
    assert manifest.load("violence_text", out).manifest.metrics["training"]["epochs"] == 1


def test_resuming_with_other_options_is_refused(base: Path, data: Path, tmp_path: Path) -> None:
    made_run(base, data, tmp_path / "run.pt", epochs=2).save()
    with pytest.raises(TrainingError, match="other data or options"):
        made_run(base, data, tmp_path / "run.pt", epochs=3).resume()


def test_resuming_with_other_lessons_is_refused(base: Path, data: Path, tmp_path: Path) -> None:
    made_run(base, data, tmp_path / "run.pt").save()
    other = made_run(base, data, tmp_path / "run.pt")
    other.lessons.kinds[0] = ~other.lessons.kinds[0]
    with pytest.raises(TrainingError, match="other data or options"):
        other.resume()


def test_resuming_without_a_checkpoint_is_refused(base: Path, data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"Nothing to resume.*without --resume"):
        made_run(base, data, tmp_path / "run.pt").resume()


def test_a_broken_checkpoint_is_named(base: Path, data: Path, tmp_path: Path) -> None:
    (tmp_path / "run.pt").write_bytes(b"PK\x03\x04 not a checkpoint")
    with pytest.raises(TrainingError, match=r"run\.pt is broken"):
        made_run(base, data, tmp_path / "run.pt").resume()


def test_a_folder_without_a_base_model_is_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"(?s)No base model at.*--base"):
        train.train(data, tmp_path / "out", train.Recipe(str(tmp_path)))


def test_no_epochs_are_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="--epochs 1 or more"):
        train.train(data, tmp_path / "out", train.Recipe(epochs=0))


def test_int8_says_nearly_what_the_trained_network_says(base: Path, data: Path, tmp_path: Path) -> None:
    import onnxruntime

    run = made_run(base, data, tmp_path / "run.pt", epochs=4)
    for _ in run(validation(base, data)):
        pass
    ids, mask = collate(encode(load(str(base))[1], collect(data).test.prepared()))
    export.to_onnx(run.model, tmp_path / "int8.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "int8.onnx")
    found, kinds = session.run(None, {"input_ids": ids.numpy(), "attention_mask": mask.numpy()})
    with torch.inference_mode():
        wanted, wanted_kinds = (part.numpy() for part in run.model(ids, mask))
    assert found == pytest.approx(wanted, abs=0.15)
    assert kinds == pytest.approx(wanted_kinds, abs=0.3)
    assert np.corrcoef(found, wanted)[0, 1] > 0.999


def test_cuttings_are_parts_of_texts_and_the_same_every_time(data: Path) -> None:
    split = collect(data).train
    pieces = teachers.cuttings(split, seed=3)
    assert pieces == teachers.cuttings(split, seed=3)
    assert set(pieces).isdisjoint(split.texts)
    assert len(pieces) > split.labels.sum()
    vocabulary = {word for text in split.texts for word in text.split()}
    assert all(set(piece.split()) <= vocabulary for piece in pieces)


def test_a_label_is_doubted_as_far_as_the_teachers_doubt_it(base: Path, data: Path, trained: Path) -> None:
    corpus, (_, tokenizer) = collect(data), load(str(base))
    choices = Choices(cases=2, teachers=(str(trained),))
    alone, taught = (lessons(tokenizer, corpus, each, 3) for each in (replace(choices, teachers=()), choices))
    rows = len(corpus.train.texts)
    believed = teachers.Teachers(choices.teachers).believe(corpus.train.texts)
    assert np.allclose(taught.doubt[:rows], 0.5 * np.abs(believed - corpus.train.labels), atol=1e-6)
    assert taught.doubt[:rows].any()
    written = len(alone.ids)
    assert not taught.doubt[written - len(behaviour(2, 3).texts) : written].any()
    assert (taught.labels[:written] == alone.labels).all()
    assert len(taught.ids) > written
    assert not taught.always[written:].any()
    assert (taught.doubt[written:] <= 0.5).all()


def test_a_student_is_trained_and_its_card_names_its_teachers(
    base: Path, data: Path, trained: Path, tmp_path: Path
) -> None:
    choices = Choices(synthetic=False, cases=0, teachers=(str(trained), str(trained)))
    artifact = train.train(data, tmp_path / "student", train.Recipe(str(base), 1, seed=2, choices=choices))
    version = manifest.load("violence_text", trained).manifest.version
    assert artifact.manifest.metrics["training"]["choices"]["teachers"] == [version, version]
    card = (tmp_path / "student" / "CARD.md").read_text(encoding="utf-8")
    assert f"| teachers | {version}, {version} |" in card
    assert "| synthetic rows | not learned from |" in card
    assert "| synthetic | 1 | 1 |" not in card
    assert artifact.manifest.metrics["training"]["learned"].keys() == {"train", "cuttings"}
    assert str(trained) not in (tmp_path / "student" / "manifest.json").read_text(encoding="utf-8")


def test_a_teacher_that_is_no_artifact_is_an_error_before_anything_is_trained(
    base: Path, data: Path, tmp_path: Path
) -> None:
    choices = Choices(cases=0, teachers=(str(tmp_path / "nowhere"),))
    with pytest.raises(ArtifactError, match="nowhere"):
        train.train(data, tmp_path / "student", train.Recipe(str(base), 1, choices=choices))
