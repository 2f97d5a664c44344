"""Whole sources are left out, each picture is measured by a network that saw nothing of its source."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras", reason="needs the train extra")

from tests.worker.training.made_dataset import make_dataset
from triage.errors import TrainingError
from worker.training.image import transfer
from worker.training.image.pictures import Example
from worker.training.image.train import Plan
from worker.training.image.transfer import folds, leave_out, measured

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore:::keras")]


def some(source: str, guns: int, others: int) -> list[Example]:
    return [
        Example(Path(f"{source}{at}"), int(at < guns), "train", source=source) for at in range(guns + others)
    ]


def test_each_source_with_many_guns_leads_a_fold_and_the_rest_is_dealt_out() -> None:
    examples = (
        some("a", 300, 0) + some("b", 150, 40) + some("c", 0, 200) + some("d", 5, 90) + some("e", 0, 60)
    )
    found = folds(examples)
    assert [fold[0] for fold in found] == ["a", "b"]
    assert sorted(source for fold in found for source in fold) == ["a", "b", "c", "d", "e"]
    assert found[0] == ("a", "c")


def test_one_source_cannot_be_left_out() -> None:
    with pytest.raises(TrainingError, match="leaving one out needs two"):
        folds(some("a", 300, 300) + some("b", 3, 300))


def test_a_fold_is_measured_by_ranking_and_at_one_false_alarm_in_twenty() -> None:
    truth = np.array([0] * 100 + [1] * 4)
    scores = np.concatenate([np.linspace(0, 1, 100), [2, 2, 0.97, 0.1]])
    fold = measured(["a"], truth, scores.astype(np.float32))
    assert fold.guns == 4
    assert fold.recall_at_5_percent == 0.75


def test_nothing_of_a_source_left_out_is_learned_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = make_dataset(tmp_path / "data", count=6)
    rows = ["path,label,split,source_repo"]
    for path in sorted(data.rglob("*.png")):
        source = "left" if int(path.stem) < 3 else "right"
        rows.append(f"{path.relative_to(data)},{path.parts[-2]},{path.parts[-3]},{source}")
    (data / "index.csv").write_text("\n".join(rows))
    seen = []
    fitted = transfer.fitted

    def watched(dataset: transfer.Dataset, *arguments: object, **options: object) -> object:
        seen.append({example.source for example in dataset.examples})
        return fitted(dataset, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(transfer, "fitted", watched)
    monkeypatch.setattr(transfer, "LEAST_GUNS", 5)
    found = leave_out(data, tmp_path / "out", Plan("cnn-v8", epochs=1, seed=1))
    assert [fold.sources for fold in found] == [("left",), ("right",)]
    assert seen == [{"right"}, {"left"}]
    assert "| mean |" in (tmp_path / "out" / "transfer.md").read_text()
