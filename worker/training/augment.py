"""Variations of a training picture: framing, drawn looks, light, compression.

The drawn looks (grey, posters, flat colours, edges, silhouettes) are here so that the network learns shapes,
not the grain of a photo: posts hold drawings, screenshots and memes too.
"""

from collections.abc import Callable
from io import BytesIO

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from triage.images import Picture

Random = np.random.Generator
Look = Callable[[Image.Image, Random], Image.Image]

CHANCE_CROP, CHANCE_ZOOM_OUT, CHANCE_TILT = 0.4, 0.2, 0.3
CHANCE_LOOK, CHANCE_LIGHT, CHANCE_BLUR, CHANCE_JPEG = 0.3, 0.5, 0.1, 0.3


def augment(picture: Picture, size: int, random: Random) -> Picture:
    """Return a random variation of a picture, squashed to size x size x 3."""
    image = Image.fromarray(picture)
    if random.random() < CHANCE_TILT:
        image = image.rotate(random.uniform(-20, 20), Image.Resampling.BILINEAR, fillcolor=_colour(random))
    image = _frame(image, random).resize((size, size), Image.Resampling.BILINEAR)
    if random.random() < 1 / 2:
        image = ImageOps.mirror(image)
    for chance, change in (
        (CHANCE_LOOK, _look),
        (CHANCE_LIGHT, _light),
        (CHANCE_BLUR, _blur),
        (CHANCE_JPEG, _jpeg),
    ):
        if random.random() < chance:
            image = change(image, random)
    return np.asarray(image.convert("RGB"))


def _frame(image: Image.Image, random: Random) -> Image.Image:
    """Crop a little, or set the picture small on a plain background, or leave it."""
    kind = random.random()
    if kind < CHANCE_CROP:
        return _crop(image, random)
    return _zoom_out(image, random) if kind < CHANCE_CROP + CHANCE_ZOOM_OUT else image


def _crop(image: Image.Image, random: Random) -> Image.Image:
    """Keep 75 to 100 % of each side: a crop that loses the gun would be a lie about its label."""
    width, height = (max(1, round(side * random.uniform(0.75, 1))) for side in image.size)
    left, top = random.integers(0, image.width - width + 1), random.integers(0, image.height - height + 1)
    return image.crop((int(left), int(top), int(left) + width, int(top) + height))


def _zoom_out(image: Image.Image, random: Random) -> Image.Image:
    scale = random.uniform(1.1, 2.2)
    width, height = round(image.width * scale * random.uniform(1, 1.3)), round(image.height * scale)
    canvas = Image.new("RGB", (width, height), _colour(random))
    corner = random.integers(0, width - image.width + 1), random.integers(0, height - image.height + 1)
    canvas.paste(image, (int(corner[0]), int(corner[1])))
    return canvas


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
    return ImageOps.colorize(
        grey.point(lambda value: 255 * (value > middle)), _colour(random), _colour(random)
    )


def _negative(image: Image.Image, random: Random) -> Image.Image:  # noqa: ARG001 - every look takes both
    return ImageOps.invert(image)


def _light(image: Image.Image, random: Random) -> Image.Image:
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        image = enhance(image).enhance(random.uniform(0.6, 1.4))
    return image


def _blur(image: Image.Image, random: Random) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(random.uniform(0.5, 1.5)))


def _jpeg(image: Image.Image, random: Random) -> Image.Image:
    file = BytesIO()
    image.save(file, "JPEG", quality=int(random.integers(20, 85)))
    return Image.open(file)


def _colour(random: Random) -> tuple[int, int, int]:
    red, green, blue = (int(value) for value in random.integers(0, 256, 3))
    return red, green, blue


LOOKS: tuple[Look, ...] = (_grey, _poster, _flat, _flat, _edges, _silhouette, _negative)
"""Flat colours twice: the commonest drawn look."""
