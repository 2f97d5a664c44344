"""Draws where a model saw a gun and where words stand, to be laid over the picture."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from triage.evidence import Box, Sighting

COLOURS = ((87, 16, 110), (188, 55, 84), (249, 142, 9))
"""From the lowest shown to certain: part of the "inferno" scale by van der Walt and Smith. It gets lighter
all the way, so it reads the same to the colour-blind and in grey."""
OPACITY = 0.6
"""Where the map is certain; the picture must be seen through it."""
OUTLINE, EDGE = (0, 0, 0, 255), (255, 255, 255, 255)
"""Of a box: white between black lines is seen on any picture."""


def layer(sighting: Sighting, size: tuple[int, int], floor: float) -> Image.Image:
    """Draw a sighting on glass.

    Args:
        sighting: the map is coloured, the boxes are outlined.
        size: width and height of the picture below, in pixels.
        floor: probability (0 to 1) up to which the map is transparent.

    Returns:
        An RGBA image of that size.
    """
    image = Image.new("RGBA", size)
    if sighting.map:
        coarse = Image.fromarray(sighting.map.probabilities.astype(np.float32))
        image = colour(np.asarray(coarse.resize(size, Image.Resampling.BILINEAR)), floor)
    for box in reversed(sighting.boxes):  # the highest last, above the others
        _outline(image, box)
    return image


def frames(boxes: Sequence[Box], size: tuple[int, int]) -> Image.Image:
    """Draw numbered frames on glass, from 1, each number to the left of its frame where there is room.

    Args:
        boxes: where the frames go.
        size: width and height of the picture below, in pixels.

    Returns:
        An RGBA image of that size.
    """
    image = Image.new("RGBA", size)
    pen = ImageDraw.Draw(image)
    height = max(10, max(size) // 30)
    for number, box in enumerate(boxes, 1):
        _outline(image, box)
        room = pen.textlength(str(number), font_size=height) + 3
        place = max(room, box.left * size[0] - 4), box.top * size[1]
        left, top, right, bottom = pen.textbbox(place, str(number), font_size=height, anchor="ra")
        pen.rectangle((left - 3, top - 3, right + 3, bottom + 3), fill=OUTLINE)
        pen.text(place, str(number), fill=EDGE, font_size=height, anchor="ra")
    return image


def colour(probabilities: NDArray[np.float32], floor: float) -> Image.Image:
    """Paint probabilities, (height, width), from transparent at `floor` to orange at 1."""
    strength = np.clip((probabilities - floor) / max(1 - floor, 1e-6), 0, 1)
    stops = np.linspace(0, 1, len(COLOURS))
    channels = [np.interp(strength, stops, values) for values in zip(*COLOURS, strict=True)]
    alpha = 255 * OPACITY * np.sqrt(strength)  # the root: the lowest that counts is seen, too
    return Image.fromarray(np.stack([*channels, alpha], axis=-1).astype(np.uint8))


def _outline(image: Image.Image, box: Box) -> None:
    width, height = image.size
    line = max(1, max(image.size) // 300)
    left, top, right, bottom = box.left * width, box.top * height, box.right * width, box.bottom * height
    pen = ImageDraw.Draw(image)
    for inset, color in ((0, OUTLINE), (line, EDGE), (2 * line, OUTLINE)):
        corners = (left + inset, top + inset, right - 1 - inset, bottom - 1 - inset)
        if corners[0] < corners[2] and corners[1] < corners[3]:
            pen.rectangle(corners, outline=color, width=line)
