"""Kinds of threat against what labels leave open."""

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs the train extra")

from worker.evaluation.text.kinds import by_kind
from worker.training.text.captions import Split

pytestmark = pytest.mark.train


def split(*rows: tuple[int, str, str]) -> Split:
    labels, fine, groups = zip(*rows, strict=True)
    none = ("",) * len(rows)
    return Split(none, np.array(labels), groups, ((("here", ""),) * len(rows)), fine, (False,) * len(rows))


def test_a_kind_is_right_where_the_label_leaves_it_open() -> None:
    captions = split(
        (1, "wish_harm", ""),
        (1, "wish_harm", ""),
        (1, "edos_1.1", "misogyny_threat"),
        (1, "", "interpersonal_threat"),
    )
    rows = by_kind(captions, ("wish", "direct", "direct", "direct"))
    assert [(row["kind"], row["n"], row["share"]) for row in rows] == [
        ("direct", 3, pytest.approx(2 / 3)),
        ("wish", 1, 1.0),
    ]


def test_what_could_not_be_wrong_is_not_counted() -> None:
    captions = split((1, "threat", "hate_violence"), (0, "wish_harm", ""), (1, "wish_harm", ""))
    assert by_kind(captions, ("direct", "wish", None)) == []


def test_a_kind_that_no_label_knows_is_never_right() -> None:
    assert by_kind(split((1, "wish_harm", "")), ("blackmail",))[0]["share"] == 0
