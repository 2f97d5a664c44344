"""Does a picture look like text? Asked of every picture, for the reader takes hundreds of times longer.

Text is rows of narrow strokes with empty rows between them. The picture is cut into flat cells, and each is
given its share of pixels where a sharp edge meets the opposite edge a few pixels on. What counts is how much
denser two neighbours in a row are than the emptier rows near them, over the best few places.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from triage.images import Picture

SIDES = (320, 80)
"""Longest sides of what is looked at, in pixels: captions, and lettering as large as the picture."""
COLOUR_SIDE = 160
EDGE = 45
"""Least step between two neighbouring pixels that is an edge, of 255."""
STROKE = 4
"""Most pixels from one edge of a stroke to the other."""
CELL = (4, 24)
"""Height and width of a cell in pixels: lower than a line of text, as wide as a short word."""
NEAR = 2
"""Cells above and below in which a gap between lines is looked for."""
PLACES = 8
LOOKS_LIKE_TEXT = 0.038


def looks_like_text(picture: Picture) -> bool:
    """Whether it pays to read a picture, height x width x 3."""
    return likeness(picture) >= LOOKS_LIKE_TEXT


def likeness(picture: Picture) -> float:
    """Return how much a picture looks like text, from 0 to 1; a picture without text has about 0.02."""
    return max(_likeness(view) for view in _views(picture))


def _likeness(grey: NDArray[np.int16]) -> float:
    density = _cells(_strokes(grey))
    stands_out = density - _emptiest_side(density)
    pairs = np.minimum(stands_out[:, :-1], stands_out[:, 1:]).ravel()
    if not pairs.size:  # smaller than a short line of text
        return 0.0
    places = min(PLACES, len(pairs))
    return float(np.partition(pairs, -places)[-places:].mean())


def _views(picture: Picture) -> Iterator[NDArray[np.int16]]:
    """Yield the picture's brightness at each side, then its brightest channel: red is hardly bright."""
    colours = Image.fromarray(picture)
    grey = colours.convert("L")
    for side in SIDES:
        grey.thumbnail((side, side), Image.Resampling.BILINEAR, reducing_gap=1)
        yield np.asarray(grey, np.int16)
    red, green, blue = colours.reduce(-(-max(colours.size) // COLOUR_SIDE)).split()
    yield np.asarray(ImageChops.lighter(ImageChops.lighter(red, green), blue), np.int16)


def _strokes(grey: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Mark pixels where a stroke ends: its other edge, of the opposite sign, lies just to the left."""
    step = grey[:, 1:] - grey[:, :-1]
    up, down = step > EDGE, step < -EDGE
    return (_lately(up) & down) | (_lately(down) & up)


def _lately(edges: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark pixels with an edge at them or in the STROKE - 1 pixels to their left."""
    near = edges.copy()
    for back in range(1, STROKE):
        near[:, back:] |= edges[:, :-back]
    return near


def _cells(strokes: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the share of marked pixels in each cell, (rows, columns)."""
    high, wide = CELL
    rows, columns = strokes.shape[0] // high, strokes.shape[1] // wide
    inside = strokes[: rows * high, : columns * wide]
    down = np.add.reduce(inside.reshape(rows, high, columns * wide), axis=1, dtype=np.uint8)
    share: NDArray[np.float32] = down.reshape(rows, columns, wide).mean(axis=2, dtype=np.float32) / high
    return share


def _emptiest_side(density: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of each cell: the emptier of the cells just above, the same below, and the fuller of these two."""
    rows = len(density)
    around = np.pad(density, ((NEAR, NEAR), (0, 0)))
    above = np.minimum.reduce([around[at : at + rows] for at in range(NEAR)])
    below = np.minimum.reduce([around[at : at + rows] for at in range(NEAR + 1, 2 * NEAR + 1)])
    fuller: NDArray[np.float32] = np.maximum(above, below)
    return fuller
