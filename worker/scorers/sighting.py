"""From what a network says about each cell of its square to what an analyst is shown of the picture.

A box is drawn about connected cells (also diagonally) that all reach `likely`, so each could be part of what
flags the picture. A box is kept where it is clearly smaller than the picture: else it does not say where to
look. Thus a low or a flat map has no box, and two guns apart have two.
"""

from collections.abc import Iterator
from itertools import pairwise
from math import ceil, floor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from triage.evidence import Box, HeatMap
from triage.images import Picture
from worker.framing import Framing, placement

Cells = NDArray[np.float64]
"""Probabilities of a gun in the cells of a network's square, (side, side)."""
Place = tuple[int, int]
"""Row and column of a cell."""
MOST_BOXES = 5
LARGEST_BOX = 0.7
"""Share of the picture."""


class Window(NamedTuple):
    """What a picture takes of its square, measured in cells; the rest is bars."""

    left: float
    top: float
    right: float
    bottom: float


def window(picture: Picture, framing: Framing, size: int, side: int) -> Window:
    """Find a picture in its square of size x size pixels and side x side cells."""
    if framing is Framing.SQUASH:
        return Window(0, 0, side, side)
    height, width = picture.shape[:2]
    left, top, wide, high = (pixels * side / size for pixels in placement(height, width, size))
    return Window(left, top, left + wide, top + high)


def heat_map(cells: Cells, within: Window) -> HeatMap:
    """Cut the cells to the picture.

    Bars seldom end where a cell does. Each cell of the result holds the highest of those it touches, so that
    the peak that decided is never averaged away.
    """
    rows, columns = _spans(within.top, within.bottom), _spans(within.left, within.right)
    across = np.stack([cells[:, column].max(axis=1) for column in columns], axis=1)
    return HeatMap.of(np.stack([across[row].max(axis=0) for row in rows]))


def boxes(cells: Cells, within: Window, likely: float) -> tuple[Box, ...]:
    """Return the sharp places of a picture, the highest first, MOST_BOXES at most."""
    rows, columns = np.nonzero(cells >= likely)
    hot = {place for place in zip(rows.tolist(), columns.tolist(), strict=True) if _inside(place, within)}
    groups = sorted(_groups(hot), key=lambda group: -max(cells[place] for place in group))
    found = (_box(group, within) for group in groups)
    return tuple(box for box in found if box.area <= LARGEST_BOX)[:MOST_BOXES]


def _spans(start: float, end: float) -> list[slice]:
    """Split a stretch into equal parts of about a cell, and name the cells that each part touches."""
    edges = np.linspace(start, end, max(1, round(end - start)) + 1).round(6).tolist()
    return [slice(floor(low), ceil(high)) for low, high in pairwise(edges)]


def _inside(place: Place, within: Window) -> bool:
    row, column = place
    return within.top < row + 1 and row < within.bottom and within.left < column + 1 and column < within.right


def _groups(places: set[Place]) -> Iterator[set[Place]]:
    """Split cells into groups of neighbours; empties `places`."""
    while places:
        group = reached = {places.pop()}
        while reached:
            reached = places & {(r + y, c + x) for r, c in reached for y in (-1, 0, 1) for x in (-1, 0, 1)}
            places -= reached
            group = group | reached
        yield group


def _box(group: set[Place], within: Window) -> Box:
    """Return the box about some cells, in fractions of the picture."""
    rows, columns = zip(*group, strict=True)
    wide, high = within.right - within.left, within.bottom - within.top
    across = ((edge - within.left) / wide for edge in (min(columns), max(columns) + 1))
    down = ((edge - within.top) / high for edge in (min(rows), max(rows) + 1))
    (left, right), (top, bottom) = (
        (round(min(1, max(0, edge)), 4) for edge in edges) for edges in (across, down)
    )
    return Box(left, top, right, bottom)
