"""Slices say which pictures a model is good or bad at."""

from pathlib import Path

import pytest

from worker.evaluation.image.slices import SLICES, by_slice, by_source, gun_share, unmeasured
from worker.evaluation.shares import LEAST, wilson
from worker.training.image.pictures import Box, Example


def example(kind: str, label: int = 0, *boxes: Box, source: str = "here/one") -> Example:
    return Example(Path("a.jpg"), label, "test", kind=kind, source=source, boxes=boxes)


def slices_of(picture: Example) -> set[str]:
    return {name for name, belongs in SLICES.items() if belongs(picture)}


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("person_full_body", {"any person", "person alone"}),
        ("person_with_object:cigarette", {"any person", "person with object"}),
        ("video_frame_person", {"any person", "person alone", "film or video"}),
        ("tool:hammer", {"hard object"}),
        ("knife_fight_video", {"hard object", "film or video"}),
        ("cctv_frame", {"CCTV"}),
        ("toy_gun", {"toy"}),
        ("game_screenshot:menu", {"screenshot"}),
        ("social_post", {"tweet"}),
        ("instrument", set()),
    ],
)
def test_a_picture_is_in_the_slices_its_kind_says(kind: str, names: set[str]) -> None:
    assert slices_of(example(kind)) == names


def test_the_size_of_a_gun_is_that_of_its_largest_box() -> None:
    small, large = (0.0, 0.0, 0.1, 0.1), (0.5, 0.5, 1.0, 0.6)
    assert gun_share(example("pistol", 1, small, large)) == pytest.approx(0.05)
    assert slices_of(example("pistol", 1, small)) == {"gun under 2 % of the picture"}
    assert slices_of(example("pistol", 1, small, large)) == {"gun 2 to 10 % of the picture"}
    assert slices_of(example("pistol", 1, (0.0, 0.0, 1.0, 1.0))) == {"gun over 10 % of the picture"}
    assert slices_of(example("pistol", 1)) == {"gun without a box"}


def test_guns_and_other_pictures_of_a_slice_are_counted_apart() -> None:
    pictures = [example("pistol", 1)] * 10 + [example("knife")] * 10
    rows = by_slice(pictures, [True] * 8 + [False] * 2 + [True] + [False] * 9)
    shares = {(row.label, row.share) for row in rows if row.section == "source"}
    assert shares == {("gun", 0.8), ("not_gun", 0.1)}
    (hard,) = (row for row in rows if row.name == "hard object")
    assert (hard.n, hard.flagged, hard.few) == (10, 1, False)


def test_a_slice_with_few_pictures_is_marked() -> None:
    rows = by_slice([example("phone")] * (LEAST - 1), [False] * (LEAST - 1))
    assert rows
    assert all(row.few for row in rows)


def test_slices_without_pictures_are_named() -> None:
    missing = unmeasured([example("phone"), example("toy_gun")])
    assert "tweet" in missing
    assert not {"toy", "hard object"} & set(missing)


def test_wilson_intervals_are_those_of_the_textbook() -> None:
    assert wilson(8, 10) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    low, high = wilson(0, 10)
    assert low == 0
    assert high == pytest.approx(0.2775, abs=1e-4)
    assert wilson(10, 10)[1] == pytest.approx(1)


def test_pictures_are_counted_by_source_most_first() -> None:
    found = by_source([example("phone", source="b"), example("phone"), example("knife")])
    assert found == [("here/one", "not stated", 2), ("b", "not stated", 1)]
