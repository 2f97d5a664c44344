"""Made-up things lie where they may, and are their own mirror images."""

import numpy as np
import pytest
from PIL import Image

from worker.training.image.areas import Area
from worker.training.image.things import _outline, strewn, thing

SEEDS = range(20)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_thing_is_drawn_on_nothing(seed: int) -> None:
    alpha = np.asarray(thing(64, np.random.default_rng(seed)).getchannel("A"))
    assert alpha.shape == (64, 64)
    assert 0.02 < (alpha > 128).mean() < 0.95
    assert alpha[[0, 0, -1, -1], [0, -1, 0, -1]].max() < 128


@pytest.mark.parametrize("seed", SEEDS)
def test_an_outline_is_its_own_mirror_image(seed: int) -> None:
    corners = _outline(100, np.random.default_rng(seed)) - 50
    mirrored = np.roll(corners[::-1], 1, axis=0) * [1, -1]
    assert corners == pytest.approx(mirrored, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_things_cover_nothing_that_is_taken(seed: int) -> None:
    ground = Image.new("RGB", (200, 160), (200, 10, 10))
    taken = Area(70, 40, 130, 100)
    found = np.asarray(strewn(ground, [taken], np.random.default_rng(seed)))
    assert (found[40:100, 70:130] == (200, 10, 10)).all()


def test_things_are_laid_into_a_copy() -> None:
    ground = Image.new("RGB", (200, 160), (200, 10, 10))
    found = strewn(ground, [], np.random.default_rng(1))
    assert (np.asarray(ground) == (200, 10, 10)).all()
    assert (np.asarray(found) != (200, 10, 10)).any()
