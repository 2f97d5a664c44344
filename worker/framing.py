"""How a picture of any shape becomes a network's square: one definition for training and serving."""

from enum import StrEnum

import numpy as np

from triage.images import Picture, resize

GREY = 127
"""Of the bars beside a letterboxed picture; the networks see it as 0."""


class Framing(StrEnum):
    """SQUASH changes the picture's shape to the square, LETTERBOX keeps it between grey bars."""

    SQUASH = "squash"
    LETTERBOX = "letterbox"


def placement(height: int, width: int, size: int) -> tuple[int, int, int, int]:
    """Return left, top, width and height, in pixels, of a letterboxed picture inside its square."""
    scale = size / max(height, width)
    wide, high = max(1, round(width * scale)), max(1, round(height * scale))
    return (size - wide) // 2, (size - high) // 2, wide, high


def frame(picture: Picture, size: int, framing: Framing) -> Picture:
    """Fit a picture into a square of size x size x 3."""
    if framing is Framing.SQUASH:
        return resize(picture, size, size)
    tall, broad = picture.shape[:2]
    left, top, width, height = placement(tall, broad, size)
    square = np.full((size, size, 3), GREY, np.uint8)
    square[top : top + height, left : left + width] = resize(picture, width, height)
    return square
