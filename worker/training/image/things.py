"""Made-up things: drawn objects that are no guns, laid into training pictures.

Datasets of guns show few of the things that people hold in front of a camera: controllers, toys, tools that
nobody photographed. A network may then take any compact thing for a gun. A thing here is symmetric about its
own axis, which a gun seen from the side is not.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from worker.training.image.areas import Area
from worker.training.image.looks import Random, colour

WAVES = 6
"""Cosines that make an outline."""
POINTS = 96
FINER = 2
"""Things are drawn larger and made smaller, for soft edges."""
CHANCE_SHADED, CHANCE_SHADOW = 0.7, 0.5
SHADOW = 20
"""A thing's side over how far its shadow falls."""
TRIES = 6


def strewn(image: Image.Image, taken: list[Area], random: Random) -> Image.Image:
    """Lay one to three things into a picture.

    Args:
        image: RGB; left as it is.
        taken: pixels that no thing may cover.
        random: decides everything.
    """
    image = image.copy()
    for _ in range(int(random.integers(1, 4))):
        side = round(min(image.size) * random.uniform(0.12, 0.6))
        for _ in range(TRIES):
            left, top = (int(random.integers(0, room - side + 1)) for room in image.size)
            place = Area(left, top, left + side, top + side)
            if not any(place.grown(side / SHADOW).cut(area).extent for area in taken):
                _lay(image, thing(side, random), (left, top), random)
                break
    return image


def thing(side: int, random: Random) -> Image.Image:
    """Draw a thing of side x side pixels, RGBA, on nothing."""
    large = side * FINER
    outline = _outline(large, random)
    shape = Image.new("L", (large, large))
    ImageDraw.Draw(shape).polygon([tuple(point) for point in outline], fill=255)
    drawn = Image.new("RGB", shape.size, _paint(random))
    _details(drawn, random)
    if random.random() < CHANCE_SHADED:
        drawn = _shaded(drawn, shape, random)
    drawn.putalpha(shape)
    turned = drawn.rotate(float(random.uniform(0, 360)), Image.Resampling.BILINEAR)
    return turned.resize((side, side), Image.Resampling.LANCZOS)


def _outline(side: int, random: Random) -> NDArray[np.float64]:
    """Return the corners (POINTS, 2) of an outline whose radius is of cosines alone: its own mirror image."""
    turns = np.linspace(0, 2 * np.pi, POINTS, endpoint=False)
    waves = np.arange(1, WAVES + 1)
    radius = 1 + np.cos(np.outer(turns, waves)) @ (random.normal(0, 0.35, WAVES) / np.sqrt(waves))
    ray = np.maximum(radius, 0.15)[:, None]
    corners = ray * np.stack([np.cos(turns), np.sin(turns) * random.uniform(0.35, 2)], axis=1)
    return np.asarray(side / 2 * (1 + 0.95 * corners / np.hypot(*corners.T).max()))


def _details(drawn: Image.Image, random: Random) -> None:
    """Draw knobs and plates on both sides of the axis."""
    draw, side = ImageDraw.Draw(drawn), drawn.width
    for _ in range(int(random.integers(0, 6))):
        along, across = random.uniform(0.15, 0.85), random.uniform(0, 0.3)
        wide, high = random.uniform(0.02, 0.1, 2)
        shape = draw.ellipse if random.random() < 1 / 2 else draw.rectangle
        ink = _paint(random)
        for middle in (0.5 - across, 0.5 + across):
            box = (along - wide, middle - high, along + wide, middle + high)
            shape([side * edge for edge in box], fill=ink)


def _paint(random: Random) -> tuple[int, int, int]:
    """Return a random colour, often nearly grey: black plastic, metal, bone."""
    strong, grey, share = np.array(colour(random)), int(random.integers(0, 256)), random.random() ** 2
    red, green, blue = (int(value) for value in share * strong + (1 - share) * grey)
    return red, green, blue


def _shaded(drawn: Image.Image, shape: Image.Image, random: Random) -> Image.Image:
    """Let light fall on a thing from one side: its edges there are bright, the others dark."""
    soft = shape.filter(ImageFilter.GaussianBlur(drawn.width * random.uniform(0.01, 0.06)))
    step = max(1, drawn.width // 40)
    light = ImageChops.subtract(soft, ImageChops.offset(soft, step, step), scale=1, offset=128)
    return ImageChops.overlay(drawn, Image.merge("RGB", [light] * 3))


def _lay(image: Image.Image, drawn: Image.Image, place: tuple[int, int], random: Random) -> None:
    """Put a thing on a picture, often with its shadow."""
    shape = drawn.getchannel("A")
    if random.random() < CHANCE_SHADOW:
        shadow = shape.filter(ImageFilter.GaussianBlur(drawn.width / SHADOW)).point(lambda value: value // 2)
        image.paste((0, 0, 0), (place[0], place[1] + drawn.width // SHADOW), shadow)
    image.paste(drawn, place, shape)
