"""Training scenes: pictures cropped, set small into others, put side by side.

Phones' pictures show guns large and tiny, cut off, in collages and in screenshots of other pictures. A scene
imitates that and keeps the books: a crop that loses the gun becomes a picture *without* a gun, which teaches
the network the gun and not its surroundings.
"""

from collections.abc import Sequence
from itertools import product

import numpy as np

from worker.framing import placement
from worker.training.image.areas import Area
from worker.training.image.canvas import Canvas, Part, Scene, seen
from worker.training.image.looks import Random
from worker.training.image.pictures import Example

WILD = (0.3, 0.4, 0.15)
CALM = (0.6, 0.25, 0.1)
"""Shares of whole pictures, crops and pictures set small; the rest are collages. Training ends calm,
with scenes as most pictures are. Source of the idea: Ge et al., "YOLOX", 2021: no collages at the end."""
CHANCE_CLOSE_UP = 0.5
"""Of the crops of a picture with a gun, those that must hold a whole gun."""
CHANCE_FOUR = 0.75
"""Of the collages, those of four pictures; the others have two."""
TRIES = 8
NARROWEST = 8
"""Pixels of a crop's shorter side."""


def scene(
    example: Example,
    pool: Sequence[Example],
    size: int,
    random: Random,
    shares: tuple[float, float, float] = WILD,
) -> Scene:
    """Compose a random scene of size x size pixels.

    Args:
        example: what it is about.
        pool: others, with and without guns, for backgrounds and collages.
        size: of its sides.
        random: decides everything.
        shares: see WILD.
    """
    draw = random.random()
    whole, crop, small = np.cumsum(shares)
    if draw < whole:
        composed = _whole(Part(example, random), size, random)
    elif draw < crop:
        composed = _crop(Part(example, random), size, random)
    elif draw < small:
        composed = _small(Part(example, random), pool, size, random)
    else:
        composed = _collage(example, pool, size, random)
    return composed.finished(random)


def _whole(part: Part, size: int, random: Random) -> Canvas:
    """The picture as serving frames it."""
    canvas = Canvas(size, random)
    left, top, width, height = placement(part.image.height, part.image.width, size)
    target = Area(left, top, left + width, top + height)
    # nothing is cut off here, and a gun too small to recognise is one all the same
    canvas.put(part, part.whole, target, seen(part.guns, part.whole, target, smallest=0) or [])
    return canvas


def _crop(part: Part, size: int, random: Random) -> Canvas:
    """A part of the picture."""
    for _ in range(TRIES):
        canvas = Canvas(size, random)
        window = _window(part, random)
        if canvas.paste(part, window, _fitted(window, canvas.room, random)):
            return canvas
    return _whole(part, size, random)


def _small(part: Part, pool: Sequence[Example], size: int, random: Random) -> Canvas:
    """The picture set small on a plain ground or into a picture without a gun."""
    for _ in range(TRIES):
        canvas = Canvas(size, random)
        if random.random() < 1 / 2:
            ground = Part(_drawn([example for example in pool if not example.label], random), random)
            canvas.put(ground, ground.whole, canvas.room, [])
            canvas.other_kinds.clear()  # it is the background
        side = round(size * random.uniform(0.25, 0.85))
        left, top = (int(value) for value in random.integers(0, size - side + 1, 2))
        room = Area(left, top, left + side, top + side)
        if canvas.paste(part, part.whole, _fitted(part.whole, room, random)):
            return canvas
    return _whole(part, size, random)


def _collage(example: Example, pool: Sequence[Example], size: int, random: Random) -> Canvas:
    """Two or four pictures side by side, the example among them."""
    canvas = Canvas(size, random)
    across, down = (round(size * share) for share in random.uniform(0.35, 0.65, 2))
    rows = ((0, down), (down, size)) if random.random() < CHANCE_FOUR else ((0, size),)
    columns = ((0, across), (across, size))
    tiles = [Area(left, top, right, bottom) for (left, right), (top, bottom) in product(columns, rows)]
    shown = [example, *(_drawn(pool, random) for _ in tiles[1:])]
    for at, tile in zip(random.permutation(len(tiles)), tiles, strict=True):
        part = Part(shown[at], random)
        windows = (_window(part, random) for _ in range(TRIES))
        any(canvas.paste(part, window, _fitted(window, tile, random)) for window in windows)
    return canvas


def _window(part: Part, random: Random) -> Area:
    """Choose a part of the picture; of a picture with guns often one that holds a gun."""
    whole, least = part.whole, Area(0, 0, 0, 0)
    if part.vague:
        share = random.uniform(0.85, 1)
    elif part.guns and random.random() < CHANCE_CLOSE_UP:
        least, share = part.guns[int(random.integers(len(part.guns)))], random.uniform(0.2, 1)
    else:
        share = random.uniform(0.3, 1)
    stretch = random.uniform(0.8, 1.25)
    wide = min(whole.width, max(least.width, whole.width * min(1, share * stretch), NARROWEST))
    high = min(whole.height, max(least.height, whole.height * min(1, share / stretch), NARROWEST))
    left = _start(least.left, least.right, wide, whole.width, random)
    top = _start(least.top, least.bottom, high, whole.height, random)
    return Area(left, top, left + wide, top + high).cut(whole)  # rounding must not leave the picture


def _start(first: float, last: float, length: float, whole: float, random: Random) -> float:
    """Choose where a window begins that lies in 0..whole and, if last > 0, covers first..last."""
    low, high = (max(0.0, last - length), min(first, whole - length)) if last else (0.0, whole - length)
    return float(random.uniform(low, max(low, high)))


def _fitted(window: Area, room: Area, random: Random) -> Area:
    """Fit a window somewhere into a room, keeping its shape but for a little."""
    wide, high = window.width, window.height * random.uniform(0.85, 1.18)
    scale = min(room.width / wide, room.height / high)
    width, height = max(1, int(wide * scale)), max(1, int(high * scale))
    left = int(random.integers(int(room.left), int(max(room.left, room.right - width)) + 1))
    top = int(random.integers(int(room.top), int(max(room.top, room.bottom - height)) + 1))
    return Area(left, top, left + width, top + height)


def _drawn(pool: Sequence[Example], random: Random) -> Example:
    return pool[int(random.integers(len(pool)))]
