"""Pictures with words in them, drawn by program."""

import numpy as np
from PIL import Image, ImageDraw

from triage.images import Picture

THREAT = ("I am coming to your house", "tonight and I will shoot", "you and your whole family")
HARMLESS = ("Grandma's lemon cake again", "this time with blueberries")


def written(*lines: str, size: tuple[int, int] = (640, 480), height: int = 36) -> Picture:
    """Black lines on white, the first at the top."""
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        pen.text((20, 30 + number * 2 * height), line, fill="black", font_size=height)
    return np.asarray(image)


def landscape(size: tuple[int, int] = (640, 480), seed: int = 1) -> Picture:
    """Soft hills and clouds: no words, and nothing that looks like them."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 255, (6, 8, 3), np.uint8))
    return np.asarray(coarse.resize(size, Image.Resampling.BICUBIC))


def fence(size: tuple[int, int] = (640, 480)) -> Picture:
    """Strokes as sharp and narrow as letters', but without gaps between rows."""
    picture = np.full((size[1], size[0], 3), 255, np.uint8)
    picture[:, ::9] = picture[:, 1::9] = picture[:, 2::9] = 0
    return picture
