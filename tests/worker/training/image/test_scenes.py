"""Scenes keep their books: what is in the picture is what the targets say."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from worker.training.image import canvas, looks, things
from worker.training.image.canvas import Scene
from worker.training.image.kinds import GUNS, KINDS, OTHERS, possible, targets
from worker.training.image.pictures import Box, Example
from worker.training.image.scenes import scene

SIZE = 320
RED = (255, 0, 0)


@pytest.fixture(autouse=True)
def plain_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the colours alone, so that red stays findable."""
    monkeypatch.setattr(canvas, "altered", lambda image, random: image)  # noqa: ARG005
    monkeypatch.setattr(canvas, "decorated", lambda image, random: image)  # noqa: ARG005
    monkeypatch.setattr(canvas, "colour", lambda random: (0, 0, 90))  # noqa: ARG005
    monkeypatch.setattr(looks, "colour", lambda random: (0, 0, 90))  # noqa: ARG005
    monkeypatch.setattr(things, "_paint", lambda random: (0, 0, 90))  # noqa: ARG005


def drawn(folder: Path, name: str, *boxes: Box, label: int = 1, kind: str = "pistol") -> Example:
    """Draw a grey-blue picture with a red area for each box; the box of an unmarked gun is not told."""
    image = Image.new("RGB", (240, 160), (40, 60, 120))
    for left, top, right, bottom in boxes:
        image.paste(RED, (round(left * 240), round(top * 160), round(right * 240), round(bottom * 160)))
    path = folder / f"{name}.png"
    image.save(path)
    return Example(path, label, "train", name, kind, boxes=boxes)


@pytest.fixture
def pool(tmp_path: Path) -> list[Example]:
    small, wide = (0.1, 0.2, 0.3, 0.45), (0.5, 0.3, 0.95, 0.7)
    return [
        drawn(tmp_path, "one", small),
        drawn(tmp_path, "two", small, wide),
        drawn(tmp_path, "none", label=0, kind="phone"),
        drawn(tmp_path, "crowd", label=0, kind="person"),
    ]


def many(pool: list[Example], example: Example, count: int = 150) -> list[Scene]:
    random = np.random.default_rng(5)
    return [scene(example, pool, SIZE, random) for _ in range(count)]


def red(found: Scene) -> np.ndarray:
    values = found.picture.astype(int)
    return (values[..., 0] > 150) & (values[..., 2] < 80)


@pytest.mark.parametrize("chance", [0, 1])
def test_a_scene_has_a_gun_exactly_where_a_gun_is_seen(
    pool: list[Example], chance: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made-up things laid into it change nothing: they cover no gun."""
    monkeypatch.setattr(canvas, "CHANCE_THINGS", chance)
    for found in many(pool, pool[1]):
        assert found.picture.shape == (SIZE, SIZE, 3)
        seen = red(found)
        if not found.label:
            assert seen.mean() < 0.05  # a corner of one, at most
        for left, top, right, bottom in found.guns:
            inside = seen[round(top) : round(bottom), round(left) : round(right)]
            assert inside.mean() > 0.5


def test_cells_marked_as_gun_show_gun_and_those_marked_empty_do_not(pool: list[Example]) -> None:
    for found in many(pool, pool[0]):
        cells, seen = found.cells()[..., 0], red(found)
        shares = seen.reshape(20, 16, 20, 16).mean(axis=(1, 3))
        assert (shares[cells == 1] > 0).mean() > 0.9 if (cells == 1).any() else True
        assert not (cells == 0).any() or shares[cells == 0].mean() < 0.05


def test_crops_lose_guns_now_and_then_and_say_so(pool: list[Example]) -> None:
    labels = [found.label for found in many(pool, pool[0], 300)]
    assert 0.6 < np.mean(labels) < 0.99


def test_a_gun_without_a_box_is_somewhere_and_no_cell_is_judged_there(
    tmp_path: Path, pool: list[Example]
) -> None:
    unmarked = Example(pool[0].path, 1, "train")
    for found in many(pool, unmarked, 60):
        assert found.label == 1
        assert found.vague
        assert (found.cells() == -1).any()


def test_pictures_without_guns_stay_so_unless_one_joins_the_collage(pool: list[Example]) -> None:
    for found in many(pool, pool[2]):
        assert found.label == red(found).any() or red(found).mean() < 0.01


def test_the_kinds_of_a_scene_are_those_of_its_guns_or_else_of_what_is_there(pool: list[Example]) -> None:
    for found in [*many(pool, pool[0], 60), *many(pool, pool[3], 60)]:
        assert set(found.kinds) <= set(GUNS if found.label else OTHERS)
        assert found.kinds


def test_the_same_random_numbers_give_the_same_scene(pool: list[Example]) -> None:
    first, second = (scene(pool[1], pool, SIZE, np.random.default_rng(3)) for _ in range(2))
    assert (first.picture == second.picture).all()
    assert first.guns == second.guns


@pytest.mark.parametrize(
    ("name", "label", "kinds"),
    [
        ("pistol", 1, ("pistol",)),
        ("long_gun", 1, ("rifle", "shotgun", "smg")),
        ("gun_unspecified", 1, GUNS),
        ("tool:hammer", 0, ("tool",)),
        ("person_with_object:cigarette", 0, ("person",)),
        ("social_post", 0, OTHERS),
    ],
)
def test_a_loose_name_stands_for_all_that_it_may_mean(name: str, label: int, kinds: tuple[str, ...]) -> None:
    assert possible(name, label) == kinds
    assert targets(kinds).sum() == len(kinds)
    assert len(targets(kinds)) == len(KINDS)
