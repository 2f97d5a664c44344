"""A ready sequence classifier becomes an artifact and scores captions."""

from pathlib import Path

import pytest

from triage.errors import ArtifactError, TrainingError
from worker import manifest
from worker.scorers.violence_text import ViolenceText

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch", reason="needs the train extra: pip install 'flagpost[train]'")
pytest.importorskip("transformers", reason="needs the train extra: pip install 'flagpost[train]'")

from tests.worker.training.text.tiny_text import write_base, write_data  # noqa: E402
from worker.training.text.adopt import adopt  # noqa: E402

CAPTIONS = ["I will hurt you", "we love the cake", "so nice", "stab they today at home and a coffee"]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import AutoConfig, AutoTokenizer, BertForSequenceClassification

    base, folder = write_base(tmp_path_factory.mktemp("base")), tmp_path_factory.mktemp("hub")
    config = AutoConfig.from_pretrained(base, id2label={0: "calm", 1: "threat", 2: "gore"}, num_labels=3)
    torch.manual_seed(1)
    BertForSequenceClassification(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(base).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def adopted(hub: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "violence_text"
    adopt(str(hub), ["threat", "gore"], data, out)
    return out


def test_an_adopted_model_says_what_the_hub_model_says(hub: Path, adopted: Path) -> None:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    found = [score.raw for score in ViolenceText(manifest.load("violence_text", adopted)).score(CAPTIONS)]
    tokenizer, model = (
        AutoTokenizer.from_pretrained(hub),
        AutoModelForSequenceClassification.from_pretrained(hub).eval(),
    )
    for caption, raw in zip(CAPTIONS, found, strict=True):
        with torch.inference_mode():
            shares = model(**tokenizer(caption, return_tensors="pt")).logits.softmax(1)[0]
        assert raw == pytest.approx(float(torch.log((shares[1] + shares[2]) / shares[0])), abs=1e-4)


def test_an_adopted_model_says_the_same_alone_and_in_a_batch(adopted: Path) -> None:
    scorer = ViolenceText(manifest.load("violence_text", adopted))
    together = [score.raw for score in scorer.score(CAPTIONS)]
    assert together == pytest.approx([scorer.score([caption])[0].raw for caption in CAPTIONS], abs=1e-4)


def test_the_card_says_what_was_adopted(hub: Path, adopted: Path) -> None:
    card = (adopted / "CARD.md").read_text(encoding="utf-8")
    assert f"{hub}, as it is: a caption counts as violent by its labels threat, gore." in card
    assert "| made here | CC0 | 0 | 120 |" in card, "nothing was learned"
    assert "How it was trained" not in card


@pytest.mark.parametrize(
    ("labels", "problem"),
    [(["anger"], "has no label anger. It has: calm, threat, gore"), ([], "not all labels")],
)
def test_labels_that_make_no_sense_are_refused(
    hub: Path, data: Path, tmp_path: Path, labels: list[str], problem: str
) -> None:
    with pytest.raises(TrainingError, match=problem):
        adopt(str(hub), labels, data, tmp_path / "out")


def test_a_folder_without_a_classifier_is_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="No sequence classifier at"):
        adopt(str(tmp_path), ["threat"], data, tmp_path / "out")


def test_altered_weights_are_refused(adopted: Path) -> None:
    weights = adopted / "model.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content[:-4] + b"\0\0\0\1")
    with pytest.raises(ArtifactError, match="altered"):
        manifest.load("violence_text", adopted)
    weights.write_bytes(content)
