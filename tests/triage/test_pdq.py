"""The fingerprint of a picture: it is that of Meta's reference, and it holds what it promises."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from tests.drawn_scenes import scene
from tests.worker.made_pictures import encoded
from triage.images import Picture, decode
from triage.pdq import NEAR, Fingerprint, distance, fingerprint

# Seed, width, height, and what the reference says (pdqhash 0.2.8, which binds Meta's C++): its bits in hex.
REFERENCE = [
    (1, 640, 480, "1ce52ed4938df0763639c59ba37a611bf00bc076a4938a0f8dc7b28dcc3f0b93"),
    (2, 480, 640, "91711fb29f17b0b37771430ee75dc6732e0c2c6ee8e0050f968c94ed1d8d1cca"),
    (3, 333, 517, "d8344c1fe74e57fe54fe443d2d28a1e61ed028ffa924187062c0d6ca356edf84"),
    (5, 64, 64, "87e9c800cfdea64c1086330d5e30037fc41b4ebfae4f46deb84f83743f313273"),
    (6, 64, 100, "ccc5cd8d0c9d8ee1d4cc88c4f0b63d9c2cb6d3c22dd626613d4daed64dca2cd2"),
    (7, 40, 30, "3239fc7a6ef4f1d0c9c01e9153e4399c667b1624b3f065c208ecd731e1c8ccf9"),
    (8, 1000, 750, "954e93b4d18d8d9dbca54b85d9a1c0834e4f42daa66e627ec39ebe268b28b724"),
    (9, 5, 5, "c3f0318c3c0fce736e5b318cc673ce73318c398cc3f0318c3c0fce73ce73318c"),
    (10, 2000, 31, "ae53254f89ab31984a99ab9189d4e81dac69072716e74af115b762b43d4fa5ea"),
]
SCENES = [scene(seed) for seed in range(20)]


def apart(picture: Picture, changed: Image.Image) -> int:
    return distance(fingerprint(picture), fingerprint(np.asarray(changed)))


@pytest.mark.parametrize(("seed", "width", "height", "bits"), REFERENCE)
def test_it_is_the_references_fingerprint(seed: int, width: int, height: int, bits: str) -> None:
    """But for rounding: the reference has its luminance in fractions, and adds in another order."""
    found = fingerprint(scene(seed, width, height))
    assert distance(found, Fingerprint(int(bits, 16), 100)) <= 4
    assert found.quality == 100
    assert len(str(found)) == 64
    assert int(str(found), 16) == found.bits


def test_a_picture_saved_as_jpeg_is_a_near_copy() -> None:
    for picture in SCENES:
        saved = decode(encoded(Image.fromarray(picture), "JPEG", quality=80))
        assert distance(fingerprint(picture), fingerprint(saved)) <= 10


@pytest.mark.parametrize("width", [320, 500, 900, 2000])
def test_a_picture_of_another_size_is_a_near_copy(width: int) -> None:
    for picture in SCENES:
        resized = Image.fromarray(picture).resize((width, width * 3 // 4), Image.Resampling.LANCZOS)
        assert apart(picture, resized) <= NEAR


def test_a_blurred_picture_is_a_near_copy() -> None:
    for picture in SCENES:
        assert apart(picture, Image.fromarray(picture).filter(ImageFilter.GaussianBlur(2))) <= NEAR


def test_other_pictures_differ_in_about_half_of_the_bits() -> None:
    said = [fingerprint(picture) for picture in SCENES]
    between = [distance(one, other) for one, other in combinations(said, 2)]
    assert np.mean(between) == pytest.approx(128, abs=3)
    assert min(between) > 2 * NEAR


@pytest.mark.parametrize(
    "plain",
    [
        np.zeros((300, 400, 3), np.uint8),
        np.full((300, 400, 3), 200, np.uint8),
        np.tile(np.linspace(0, 255, 400).astype(np.uint8)[:, None], (300, 1, 3)),
    ],
    ids=["black", "grey", "slope"],
)
def test_a_plain_picture_says_nothing(plain: Picture) -> None:
    assert not fingerprint(plain).usable


def test_quality_grows_with_what_there_is_to_see() -> None:
    qualities = [fingerprint(scene(1, patches=count)).quality for count in (0, 1, 5, 40)]
    assert qualities == sorted(qualities)
    assert (qualities[0], qualities[-1]) == (0, 100)


@pytest.mark.parametrize("shape", [(4, 400, 3), (400, 4, 3), (1, 1, 3)])
def test_a_picture_too_small_to_look_at_says_nothing(shape: tuple[int, int, int]) -> None:
    assert fingerprint(np.zeros(shape, np.uint8)) == (0, 0)


@settings(max_examples=60, deadline=None)
@given(width=st.integers(1, 900), height=st.integers(1, 900), seed=st.integers(0, 9))
def test_any_shape_has_a_fingerprint(width: int, height: int, seed: int) -> None:
    found = fingerprint(scene(seed, width, height, patches=3))
    assert 0 <= found.bits < 2**256
    assert 0 <= found.quality <= 100
