"""Sources are left out whole, each example by a model that saw nothing of its source."""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs the train extra")

from triage.errors import TrainingError
from worker.training.folds import folds, measured, write

pytestmark = pytest.mark.train


def some(**counts: tuple[int, int]) -> tuple[list[str], list[int]]:
    """Sources and labels of so many positives and others."""
    rows = [
        (source, int(at < found)) for source, (found, rest) in counts.items() for at in range(found + rest)
    ]
    return [source for source, _ in rows], [label for _, label in rows]


def test_each_source_with_many_positives_leads_a_fold_and_the_rest_is_dealt_out() -> None:
    found = folds(*some(a=(300, 0), b=(150, 40), c=(0, 200), d=(5, 90), e=(0, 60)), least=100)
    assert [fold[0] for fold in found] == ["a", "b"]
    assert sorted(source for fold in found for source in fold) == ["a", "b", "c", "d", "e"]
    assert found[0] == ("a", "c")


def test_one_source_cannot_be_left_out() -> None:
    with pytest.raises(TrainingError, match="leaving one out needs two"):
        folds(*some(a=(300, 300), b=(3, 300)), least=100)


def test_a_fold_is_measured_by_ranking_and_at_one_false_alarm_in_twenty(tmp_path: Path) -> None:
    truth = np.array([0] * 100 + [1] * 4)
    scores = np.concatenate([np.linspace(0, 1, 100), [2, 2, 0.97, 0.1]])
    fold = measured(["a"], truth, scores.astype(np.float32))
    assert fold.found == 4
    assert fold.recall_at_5_percent == 0.75
    assert "| mean |" in write(tmp_path, [fold, fold]).read_text()
    assert json.loads((tmp_path / "transfer.json").read_text())["means"]["recall_at_5_percent"] == 0.75
