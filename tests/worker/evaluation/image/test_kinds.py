"""Kinds of things in pictures against what the dataset's labels leave open."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs the train extra")

from tests.worker.evaluation.conftest import Altered
from worker.evaluation.image.kinds import by_kind
from worker.evaluation.image.measure import evaluate
from worker.evaluation.image.summary import summarise
from worker.training.image.pictures import Example

pytestmark = pytest.mark.train


def picture(label: int, kind: str) -> Example:
    return Example(Path("a.jpg"), label, "test", "group", kind)


def test_a_kind_is_right_where_the_label_leaves_it_open() -> None:
    seen = (picture(1, "long_gun"), picture(1, "pistol"), picture(0, "drill"), picture(1, "not stated"))
    rows = by_kind(seen, ("rifle", "rifle", "tool", "rifle"))
    assert [(row["kind"], row["n"], row["share"]) for row in rows] == [
        ("rifle", 3, pytest.approx(2 / 3)),
        ("tool", 1, 1.0),
    ]


def test_a_gun_that_is_taken_for_something_else_is_wrong_whatever_gun_it_is() -> None:
    assert by_kind([picture(1, "not stated")], ("phone",))[0]["share"] == 0


def test_pictures_that_no_kind_was_named_for_are_not_counted() -> None:
    assert by_kind([picture(1, "pistol")], (None,)) == []


def test_an_evaluation_keeps_the_kinds_that_analysts_are_told(data: Path, altered: Altered) -> None:
    middle = float(np.median(evaluate(data).answers.probabilities))
    found = evaluate(data, altered(operating_points={"unsure": middle, "likely": 0.999, "strong": 1}))
    unsure = found.answers.probabilities >= middle
    assert 0 < unsure.sum() < len(unsure)
    assert [kind is not None for kind in found.kinds] == unsure.tolist()
    assert sum(row["n"] for row in summarise(found)["kinds"]) == unsure.sum()
