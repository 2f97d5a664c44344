"""Parts of the captions that are counted by themselves."""

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs the train extra")

from worker.evaluation.text.slices import by_slice
from worker.training.text.captions import Split

pytestmark = pytest.mark.train


def split(*texts: str) -> Split:
    count = len(texts)
    none = ("",) * count
    return Split(texts, np.zeros(count, np.int64), none, (("here", ""),) * count, none, (False,) * count)


@pytest.mark.parametrize(
    ("caption", "name"),
    [
        ("finna go home", "dialect words"),
        ("ain't nobody here", "dialect words"),
        ("my Muslim neighbour", "names a group of people"),
        ("trans people are people", "names a group of people"),
        ("hi", "under 40 characters"),
        ("long " * 50, "over 200 characters"),
        ("café 🎂", "signs beyond plain letters"),
    ],
)
def test_a_caption_belongs_to(caption: str, name: str) -> None:
    assert name in {row.name for row in by_slice(split(caption), [True])}


@pytest.mark.parametrize(
    ("caption", "people"),
    [
        ("the Jew next door", {"Jews"}),
        ("Blacks and white folks", {"Black people", "white people"}),
        ("a trans woman", {"trans people"}),
        ("an old lady in straight black trousers with white shoes, at his native lake", set()),
        ("menu, cement, Menachem", set()),
    ],
)
def test_people_are_named_by_whole_names(caption: str, people: set[str]) -> None:
    rows = by_slice(split(caption), [True])
    assert {row.name for row in rows if row.section == "people named"} == people
    assert ("names a group of people" in {row.name for row in rows}) == bool(people)


@pytest.mark.parametrize(
    "caption", ["a transparent window in the fair", "cementing the deal, women's day off"]
)
def test_parts_of_words_are_no_signs_of_dialect(caption: str) -> None:
    assert "dialect words" not in {row.name for row in by_slice(split(caption), [True])}


def test_shares_are_counted_by_label() -> None:
    captions = split("one two", "two three", "three four")
    captions.labels[0] = 1
    rows = {(row.section, row.label): row for row in by_slice(captions, [True, True, False])}
    assert (rows["source", "violent"].share, rows["source", "not violent"].share) == (1.0, 0.5)
