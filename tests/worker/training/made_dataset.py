"""A tiny dataset drawn by program: dark L-shapes stand for guns, light discs for all else."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from worker.training.image.pictures import CLASSES, SPLITS


def make_dataset(folder: Path, count: int) -> Path:
    """Draw `count` pictures of each split and class."""
    random = np.random.default_rng(0)
    for split in SPLITS:
        for name in CLASSES:
            place = folder / split / name
            place.mkdir(parents=True)
            for number in range(count):
                _draw(name == "gun", random).save(place / f"{number}.png")
    return folder


def _draw(gun: bool, random: np.random.Generator) -> Image.Image:
    image = Image.new("RGB", (96, 64), tuple(int(value) for value in random.integers(120, 200, 3)))
    draw = ImageDraw.Draw(image)
    left, top = (int(value) for value in random.integers(4, 20, 2))
    if gun:
        draw.rectangle((left, top, left + 55, top + 12), fill=(10, 10, 10))
        draw.rectangle((left, top, left + 12, top + 35), fill=(10, 10, 10))
    else:
        draw.ellipse((left, top, left + 40, top + 40), fill=(250, 250, 230))
    return image
