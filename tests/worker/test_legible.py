import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.worker.drawn_text import HARMLESS, THREAT, fence, landscape, written
from triage import images
from worker.legible import likeness, looks_like_text


@pytest.mark.parametrize("height", [20, 28, 36, 60])
def test_written_lines_look_like_text(height: int) -> None:
    assert looks_like_text(written(*THREAT, height=height))


def test_white_letters_on_a_dark_picture_look_like_text() -> None:
    assert looks_like_text(255 - written(*HARMLESS))


def test_letters_nearly_as_large_as_the_picture_look_like_text() -> None:
    assert looks_like_text(written("I WILL", "KILL", "YOU ALL", size=(1080, 1080), height=150))


def test_dark_red_letters_on_black_look_like_text() -> None:
    picture = np.zeros((480, 640, 3), np.uint8)
    picture[written(*THREAT)[..., 0] < 128] = (192, 0, 0)
    assert looks_like_text(picture)


def test_one_caption_over_a_photo_looks_like_text() -> None:
    letters = written("WHEN YOU SEE IT", height=48)
    assert looks_like_text(np.where(letters < 128, 0, landscape()).astype(np.uint8))


@pytest.mark.parametrize(
    "picture", [landscape(), landscape(seed=2), fence(), np.zeros((480, 640, 3), np.uint8)]
)
def test_hills_a_fence_and_darkness_do_not(picture: images.Picture) -> None:
    assert not looks_like_text(picture)


@pytest.mark.parametrize("shape", [(1, 1), (1, 640), (640, 1), (5, 5), (19, 640), (24, 47), (640, 20)])
def test_pictures_of_any_size_are_judged(shape: tuple[int, int]) -> None:
    assert 0 <= likeness(np.zeros((*shape, 3), np.uint8)) <= 1


def test_the_same_picture_looks_alike_at_twice_its_size() -> None:
    small = Image.fromarray(written(*THREAT)).resize((320, 240), Image.Resampling.BILINEAR)
    assert likeness(np.asarray(small)) == pytest.approx(likeness(written(*THREAT)), abs=0.05)


@pytest.mark.data
def test_most_real_pictures_are_not_read(data_dir: Path) -> None:
    with (data_dir / "images" / "index.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "test"][::10]
    read = [looks_like_text(images.load(data_dir / "images" / row["path"])) for row in rows]
    assert 0.2 < sum(read) / len(read) < 0.5
