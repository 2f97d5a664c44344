"""What happens to a picture on its way to a post: tilt, light, blur, compression, screenshots, drawn looks.

The drawn looks (grey, posters, flat colours, edges, silhouettes) are here so that the network learns shapes,
not the grain of a photo: posts hold drawings, screenshots and memes too.
"""

import string
from collections.abc import Callable, Sequence
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from worker.training.image.areas import Area
from worker.training.image.pictures import Box

Random = np.random.Generator
Look = Callable[[Image.Image, Random], Image.Image]
LETTERS = string.ascii_letters + string.digits + "     .,!?#@"

CHANCE_TILT, CHANCE_LOOK, CHANCE_LIGHT, CHANCE_DARK = 0.25, 0.2, 0.5, 0.1
CHANCE_BLUR, CHANCE_NOISE, CHANCE_JPEG, CHANCE_SCREENSHOT = 0.1, 0.1, 0.3, 0.12


def altered(image: Image.Image, random: Random) -> Image.Image:
    """Change light, sharpness, grain and compression, and now and then the whole look."""
    for chance, change in (
        (CHANCE_LOOK, _look),
        (CHANCE_LIGHT, _light),
        (CHANCE_DARK, _dark),
        (CHANCE_BLUR, _blur),
        (CHANCE_NOISE, _noise),
        (CHANCE_JPEG, _jpeg),
    ):
        if random.random() < chance:
            image = change(image, random)
    return image


def tilted(image: Image.Image, boxes: Sequence[Box], random: Random) -> tuple[Image.Image, list[Area]]:
    """Turn a picture by up to 15 degrees now and then; return it with its boxes in pixels."""
    areas = [
        Area(left * image.width, top * image.height, right * image.width, bottom * image.height)
        for left, top, right, bottom in boxes
    ]
    if random.random() >= CHANCE_TILT:
        return image, areas
    angle = float(random.uniform(-15, 15))
    turned = image.rotate(angle, Image.Resampling.BILINEAR, fillcolor=colour(random))
    moved = [area.turned(angle, *image.size) for area in areas]
    return turned, [area for area in moved if min(area.width, area.height) > 1]


def decorated(image: Image.Image, random: Random) -> Image.Image:
    """Lay bars with writing over the edges now and then, as in a screenshot of an app."""
    if random.random() >= CHANCE_SCREENSHOT:
        return image
    image = image.copy()
    draw = ImageDraw.Draw(image)
    ink, paper = colour(random), colour(random)
    high = round(image.height * random.uniform(0.04, 0.1))
    for top in (0, image.height - high) if random.random() < 1 / 2 else (image.height - high,):
        draw.rectangle((0, top, image.width, top + high), fill=paper)
        for line in range(top + 2, top + high - 8, 12):
            letters = random.choice(list(LETTERS), int(random.integers(8, 48)))
            draw.text((4, line), "".join(letters), fill=ink)
    return image


def _look(image: Image.Image, random: Random) -> Image.Image:
    return LOOKS[random.integers(len(LOOKS))](image, random)


def _grey(image: Image.Image, random: Random) -> Image.Image:  # noqa: ARG001 - every look takes both
    return image.convert("L").convert("RGB")


def _poster(image: Image.Image, random: Random) -> Image.Image:
    return ImageOps.posterize(image, int(random.integers(1, 4)))


def _flat(image: Image.Image, random: Random) -> Image.Image:
    """A few flat colours without texture, as in a cartoon."""
    return image.filter(ImageFilter.MedianFilter(5)).quantize(int(random.integers(3, 9))).convert("RGB")


def _edges(image: Image.Image, random: Random) -> Image.Image:
    """A line drawing: dark on light, or the other way round."""
    lines = image.convert("L").filter(ImageFilter.GaussianBlur(1)).filter(ImageFilter.FIND_EDGES)
    lines = ImageOps.autocontrast(lines)
    return (lines if random.random() < 1 / 4 else ImageOps.invert(lines)).convert("RGB")


def _silhouette(image: Image.Image, random: Random) -> Image.Image:
    """Two flat colours, parted at the picture's median brightness."""
    grey = ImageOps.autocontrast(image.convert("L").filter(ImageFilter.GaussianBlur(1)))
    middle = float(np.median(np.asarray(grey)))
    return ImageOps.colorize(grey.point(lambda value: 255 * (value > middle)), colour(random), colour(random))


def _negative(image: Image.Image, random: Random) -> Image.Image:  # noqa: ARG001 - every look takes both
    return ImageOps.invert(image)


def _light(image: Image.Image, random: Random) -> Image.Image:
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        image = enhance(image).enhance(random.uniform(0.6, 1.4))
    return image


def _dark(image: Image.Image, random: Random) -> Image.Image:
    """A picture taken at night: most of it near black."""
    gamma = random.uniform(1.6, 3)
    return image.point([round(255 * (value / 255) ** gamma) for value in range(256)] * 3)


def _noise(image: Image.Image, random: Random) -> Image.Image:
    grain = random.normal(0, random.uniform(4, 18), (image.height, image.width, 1))
    return Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))


def _blur(image: Image.Image, random: Random) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(random.uniform(0.5, 1.5)))


def _jpeg(image: Image.Image, random: Random) -> Image.Image:
    file = BytesIO()
    image.save(file, "JPEG", quality=int(random.integers(20, 85)))
    return Image.open(file)


def colour(random: Random) -> tuple[int, int, int]:
    """Return a random colour."""
    red, green, blue = (int(value) for value in random.integers(0, 256, 3))
    return red, green, blue


LOOKS: tuple[Look, ...] = (_grey, _poster, _flat, _flat, _edges, _silhouette, _negative)
"""Flat colours twice: the commonest drawn look."""
