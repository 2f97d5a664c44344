"""What happens to a picture on its way to a post, and to the boxes in it."""

import numpy as np
import pytest
from PIL import Image

from worker.training.image import looks
from worker.training.image.looks import LOOKS, altered, decorated, tilted


def test_every_look_keeps_size_and_colours() -> None:
    random = np.random.default_rng(0)
    image = Image.fromarray(random.integers(0, 256, (37, 90, 3), np.uint8))
    for _ in range(30 * len(LOOKS)):
        changed = decorated(altered(image, random), random)
        assert changed.size == (90, 37)
        assert changed.mode == "RGB"


def test_a_tilted_box_still_holds_what_it_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "colour", lambda random: (0, 0, 0))  # noqa: ARG005 - of the corners
    image = Image.new("RGB", (200, 120))
    image.paste((255, 0, 0), (50, 40, 110, 80))
    box = (50 / 200, 40 / 120, 110 / 200, 80 / 120)
    random = np.random.default_rng(2)
    turned = [tilted(image, [box], random) for _ in range(60)]
    assert any(found is not image for found, _ in turned)
    for found, ((left, top, right, bottom),) in turned:
        red = np.asarray(found)[..., 0] > 200
        inside = red[int(top) : int(bottom) + 1, int(left) : int(right) + 1]
        assert inside.sum() > 0.93 * red.sum()  # it is drawn in a little
        assert inside.mean() > 0.5


def test_a_gun_that_is_turned_out_of_the_picture_is_gone() -> None:
    image = Image.new("RGB", (300, 60))
    random = np.random.default_rng(4)
    counts = {len(tilted(image, [(0, 0, 0.01, 0.1)], random)[1]) for _ in range(60)}
    assert counts == {0, 1}
