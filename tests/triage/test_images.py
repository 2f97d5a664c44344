"""Hostile and odd picture files: pixels come out, or a MediaError that says what is wrong."""

import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.worker.made_pictures import encoded, every_kind, grey16, half_red, transparent_palette
from triage.errors import MediaError
from triage.images import decode, load, resize
from triage.settings import get_settings

pytestmark = pytest.mark.filterwarnings("ignore:::PIL")
KINDS = every_kind()


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_and_mode_becomes_rgb(kind: str) -> None:
    picture = decode(KINDS[kind])
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
    assert picture.shape[2] == 3


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "animated" in kind or "multi-page" in kind])
def test_an_animation_shows_its_first_frame(kind: str) -> None:
    red, green, _ = decode(KINDS[kind])[10, 5]
    assert red > 200
    assert green < 60


@pytest.mark.parametrize("kind", ["jpeg cmyk", "tiff cmyk"])
def test_cmyk_keeps_its_colours(kind: str) -> None:
    red, _, blue = decode(KINDS[kind])[10, 5]
    assert red > 200
    assert blue < 60


@pytest.mark.parametrize("kind", ["png grey with alpha", "png transparent"])
def test_transparency_becomes_white(kind: str) -> None:
    assert (decode(KINDS[kind]) == 255).all()


def test_a_transparent_palette_colour_becomes_white() -> None:
    image = transparent_palette()
    picture = decode(encoded(image, transparency=image.info["transparency"]))
    assert (picture[10, 5] == 255).all()
    assert picture[10, 35, 2] > 200


def test_16_bit_grey_keeps_its_range() -> None:
    ramp = decode(encoded(grey16()))[0, :, 0].astype(int)
    assert (ramp == np.arange(256)).all()


def test_exif_orientation_is_applied() -> None:
    picture = decode(KINDS["jpeg rotated"])
    assert picture.shape == (40, 20, 3)
    assert picture[5, 10, 0] > 200
    assert picture[35, 10, 2] > 200


def test_broken_exif_loses_the_orientation_and_not_the_picture() -> None:
    data = encoded(half_red(), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xffgarbage")
    assert decode(data).shape == (20, 40, 3)


def test_a_big_jpeg_is_decoded_small() -> None:
    picture = decode(encoded(Image.new("RGB", (4000, 3000), "red"), "JPEG"))
    assert picture.shape == (480, 640, 3)


@pytest.mark.parametrize("size", [(5000, 2), (2, 5000), (1, 1)])
def test_extreme_shapes_are_scaled_to_at_least_one_pixel(size: tuple[int, int]) -> None:
    picture = decode(encoded(Image.new("RGB", size, "red")), max_side=100)
    assert max(picture.shape[:2]) <= 100
    assert min(picture.shape[:2]) >= 1


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "empty file"),
        (b"I am no picture at all, though my name ends in .jpg", "not a picture, or cut off"),
        (KINDS["jpeg"][:200], "cut off in its header"),
        (encoded(half_red(400, 400), "JPEG")[:-900], "truncated JPEG"),
        (KINDS["png"][:60], "truncated PNG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture, or cut off"),
    ],
)
def test_what_is_no_picture_is_refused_by_name(data: bytes, complaint: str) -> None:
    with pytest.raises(MediaError, match=complaint):
        decode(data)


def png_claiming(width: int, height: int) -> bytes:
    """A tiny file whose header promises many pixels."""
    data = bytearray(encoded(half_red()))
    data[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    return bytes(data)


@pytest.mark.parametrize("side", [10_001, 60_000])
def test_a_decompression_bomb_is_refused_before_it_is_decoded(side: int) -> None:
    with pytest.raises(MediaError, match=r"pixels.*FLAGPOST_MAX_IMAGE_PIXELS"):
        decode(png_claiming(side, side))


def test_a_file_too_large_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FLAGPOST_MAX_MEDIA_BYTES", "1024")
    get_settings.cache_clear()
    file = tmp_path / "big.bmp"
    file.write_bytes(KINDS["bmp"])
    for attempt in (lambda: decode(KINDS["bmp"]), lambda: load(file)):
        with pytest.raises(MediaError, match="more than 1024"):
            attempt()


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be read: No such file"):
        load(tmp_path / "gone.jpg")


def test_resize_squashes_and_keeps_sides_apart() -> None:
    small = resize(decode(encoded(half_red(400, 100))), 224, 224)
    assert small.shape == (224, 224, 3)
    assert (small[:, :100] == (255, 0, 0)).all()
    assert (small[:, 124:] == (0, 0, 255)).all()


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(sorted(KINDS.values()))))
    for _ in range(draw(st.integers(0, 8))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)


@settings(max_examples=400, deadline=None)
@given(damaged() | st.binary(max_size=300))
def test_no_bytes_crash_the_decoder(data: bytes) -> None:
    with suppress(MediaError):
        picture = decode(data)
        assert picture.dtype == np.uint8
        assert picture.shape[2:] == (3,)
        assert 1 <= min(picture.shape[:2]) <= max(picture.shape[:2]) <= 640
