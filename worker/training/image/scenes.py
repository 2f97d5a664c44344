"""Training scenes: pictures cropped, set small into others, put side by side, and where their guns end up.

Phones' pictures show guns large and tiny, cut off, in collages and in screenshots of other pictures. A scene
imitates that and keeps the books: a crop that loses the gun becomes a picture *without* a gun, which teaches
the network the gun and not its surroundings.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from worker.framing import GREY, placement
from worker.training.image.kinds import possible
from worker.training.image.looks import Area, Random, altered, colour, decorated, tilted
from worker.training.image.pictures import Example

STRIDE = 16
"""Pixels between two cells of the target map."""
WILD = (0.25, 0.4, 0.2)
CALM = (0.6, 0.25, 0.1)
"""Shares of whole pictures, crops and pictures set small; the rest are collages. Training ends calm,
with scenes as most pictures are. Source of the idea: Ge et al., "YOLOX", 2021: no collages at the end."""
CHANCE_CLOSE_UP = 0.5
"""Of the crops of a picture with a gun, those that must hold a whole gun."""
VISIBLE, LOST = 0.5, 0.12
"""A gun of which at least the first share is seen counts as one; below the second it is none,"""
TRACE = 0.03
"""if what is left of it also covers no more than this share of the crop: a muzzle up close is no nothing."""
TRIES = 8
SMALLEST = 9.0
"""Longer side, in pixels, of a gun that can still be recognised."""
CORE = 0.7
"""The inner share of a box's sides that surely shows the gun."""


@dataclass(frozen=True)
class Scene:
    """A training picture, where its guns are, and what it may show."""

    picture: NDArray[np.uint8]
    """size x size x 3."""
    guns: tuple[Area, ...]
    vague: tuple[Area, ...]
    """Areas with a gun somewhere: its place was never marked."""
    kinds: tuple[str, ...]

    @property
    def label(self) -> int:
        """1 with a gun, else 0."""
        return int(bool(self.guns or self.vague))

    def cells(self) -> NDArray[np.float32]:
        """Return the target map: 1 gun, 0 none, -1 not to be judged; (size / 16, size / 16, 1)."""
        side = len(self.picture) // STRIDE
        cells = np.zeros((side, side, 1), np.float32)
        for area in (*self.vague, *self.guns):
            cells[_inside(_grown(area, STRIDE / 2), side)] = -1  # a cell that holds a rim of gun is neither
        for area in self.guns:
            cells[_inside(_core(area), side)] = 1
        return cells


def scene(
    example: Example,
    pool: Sequence[Example],
    size: int,
    random: Random,
    shares: tuple[float, float, float] = WILD,
) -> Scene:
    """Compose a random scene from an example and, for backgrounds and collages, from others of a pool."""
    draw = random.random()
    whole, crop, small = np.cumsum(shares)
    if draw < whole:
        composed = _whole(example, size, random)
    elif draw < crop:
        composed = _crop(example, size, random)
    elif draw < small:
        composed = _small(example, pool, size, random)
    else:
        composed = _collage(example, pool, size, random)
    return composed.finished(random)


class _Canvas:
    """A scene in the making."""

    def __init__(self, size: int, random: Random) -> None:
        background = (GREY,) * 3 if random.random() < 1 / 2 else colour(random)
        self.image = Image.new("RGB", (size, size), background)
        self.guns: list[Area] = []
        self.vague: list[Area] = []
        self.gun_kinds: set[str] = set()
        self.other_kinds: set[str] = set()

    def paste(self, part: "_Part", window: Area, target: tuple[int, int, int, int]) -> bool:
        """Paste a window of a part into a target area, unless it would leave a gun neither in nor out."""
        guns = _seen(part.guns, window, target)
        if guns is None or (part.vague and not _nearly_all(window, part.image.size)):
            return False
        self.put(part, window, target, guns)
        return True

    def put(self, part: "_Part", window: Area, target: tuple[int, int, int, int], guns: list[Area]) -> None:
        """Paste a window of a part, and enter its guns and kinds into the books."""
        left, top, right, bottom = target
        self.image.paste(
            part.image.resize((right - left, bottom - top), Image.Resampling.BILINEAR, box=window),
            (left, top),
        )
        self.guns += guns
        self.vague += [target] if part.vague else []
        if guns or part.vague:
            self.gun_kinds.update(possible(part.example.kind, 1))
        else:
            # of a gun picture whose gun was cut away nobody knows what is left
            self.other_kinds.update(possible("" if part.example.label else part.example.kind, 0))

    def finished(self, random: Random) -> Scene:
        """Mirror, alter and decorate the picture, and hand it over with its books."""
        image, guns, vague = self.image, self.guns, self.vague
        if random.random() < 1 / 2:
            image = ImageOps.mirror(image)
            guns, vague = (
                [_mirrored(area, image.width) for area in guns],
                [_mirrored(area, image.width) for area in vague],
            )
        image = altered(decorated(image, random), random)
        kinds = self.gun_kinds or self.other_kinds
        return Scene(np.asarray(image.convert("RGB")), tuple(guns), tuple(vague), tuple(sorted(kinds)))


class _Part:
    """An example's picture, perhaps tilted, with its guns in pixels."""

    def __init__(self, example: Example, random: Random) -> None:
        self.example = example
        self.image, self.guns = tilted(Image.fromarray(example.picture()), example.boxes, random)
        self.vague = bool(example.label and not self.guns)  # never marked, or turned out of the picture


def _whole(example: Example, size: int, random: Random) -> _Canvas:
    """The picture as serving frames it."""
    canvas, part = _Canvas(size, random), _Part(example, random)
    left, top, width, height = placement(part.image.height, part.image.width, size)
    window, target = (0, 0, *part.image.size), (left, top, left + width, top + height)
    # nothing is cut off here, and a gun too small to recognise is one all the same
    canvas.put(part, window, target, _seen(part.guns, window, target, smallest=0) or [])
    return canvas


def _crop(example: Example, size: int, random: Random) -> _Canvas:
    part = _Part(example, random)
    for _ in range(TRIES):
        canvas = _Canvas(size, random)
        window = _window(part, random)
        if canvas.paste(part, window, _fitted(window, (0, 0, size, size), random)):
            return canvas
    return _whole(example, size, random)


def _small(example: Example, pool: Sequence[Example], size: int, random: Random) -> _Canvas:
    """The picture set small on a plain ground or into a picture without a gun."""
    part = _Part(example, random)
    for _ in range(TRIES):
        canvas = _Canvas(size, random)
        if random.random() < 1 / 2:
            ground = _drawn(pool, random, label=0)
            canvas.paste(_Part(ground, random), (0, 0, *_size_of(ground)), (0, 0, size, size))
            canvas.other_kinds = set()
        side = round(size * random.uniform(0.25, 0.85))
        left, top = (int(value) for value in random.integers(0, size - side + 1, 2))
        target = _fitted((0, 0, *part.image.size), (left, top, left + side, top + side), random)
        if canvas.paste(part, (0, 0, *part.image.size), target):
            return canvas
    return _whole(example, size, random)


def _collage(example: Example, pool: Sequence[Example], size: int, random: Random) -> _Canvas:
    """Two or four pictures side by side, the example among them."""
    canvas = _Canvas(size, random)
    across, down = (round(size * share) for share in random.uniform(0.35, 0.65, 2))
    rows = ((0, down), (down, size)) if random.random() < 3 / 4 else ((0, size),)
    tiles = [
        (left, top, right, bottom) for left, right in ((0, across), (across, size)) for top, bottom in rows
    ]
    shown = [example, *(_drawn(pool, random) for _ in tiles[1:])]
    for at, tile in zip(random.permutation(len(tiles)), tiles, strict=True):
        part = _Part(shown[at], random)
        for _ in range(TRIES):
            window = _window(part, random)
            if canvas.paste(part, window, _fitted(window, tile, random)):
                break
    return canvas


def _window(part: _Part, random: Random) -> Area:
    """Choose a part of the picture; of a picture with guns often one that holds a gun."""
    width, height = part.image.size
    least: Area = (0, 0, 0, 0)
    if part.vague:
        share = random.uniform(0.85, 1)
    elif part.guns and random.random() < CHANCE_CLOSE_UP:
        left, top, right, bottom = part.guns[random.integers(len(part.guns))]
        least, share = (left, top, right, bottom), random.uniform(0.2, 1)
    else:
        share = random.uniform(0.3, 1)
    stretch = random.uniform(0.8, 1.25)
    wide = min(width, max(least[2] - least[0], width * min(1, share * stretch), 8))
    high = min(height, max(least[3] - least[1], height * min(1, share / stretch), 8))
    left = _start(least[0], least[2], wide, width, random)
    top = _start(least[1], least[3], high, height, random)
    return left, top, left + wide, top + high


def _start(first: float, last: float, length: float, whole: float, random: Random) -> float:
    """Choose where a window begins that lies in 0..whole and, if last > 0, covers first..last."""
    low, high = (max(0.0, last - length), min(first, whole - length)) if last else (0.0, whole - length)
    return float(random.uniform(low, max(low, high)))


def _fitted(window: Area, room: tuple[int, int, int, int], random: Random) -> tuple[int, int, int, int]:
    """Fit a window somewhere into a room, keeping its shape but for a little."""
    wide, high = window[2] - window[0], (window[3] - window[1]) * random.uniform(0.85, 1.18)
    scale = min((room[2] - room[0]) / wide, (room[3] - room[1]) / high)
    width, height = max(1, int(wide * scale)), max(1, int(high * scale))
    left = int(random.integers(room[0], max(room[0], room[2] - width) + 1))
    top = int(random.integers(room[1], max(room[1], room[3] - height) + 1))
    return left, top, left + width, top + height


def _seen(guns: Sequence[Area], window: Area, target: Area, smallest: float = SMALLEST) -> list[Area] | None:
    """Return the guns of a window as they lie in the target, or None if one is neither in nor out."""
    across = (target[2] - target[0]) / (window[2] - window[0])
    down = (target[3] - target[1]) / (window[3] - window[1])
    found = []
    for gun in guns:
        cut = max(gun[0], window[0]), max(gun[1], window[1]), min(gun[2], window[2]), min(gun[3], window[3])
        share = _extent(cut) / _extent(gun)
        if share < LOST and _extent(cut) < TRACE * _extent(window):
            continue
        left, top = target[0] + (cut[0] - window[0]) * across, target[1] + (cut[1] - window[1]) * down
        right, bottom = target[0] + (cut[2] - window[0]) * across, target[1] + (cut[3] - window[1]) * down
        if share < VISIBLE or max(right - left, bottom - top) < smallest:
            return None
        found.append((left, top, right, bottom))
    return found


def _extent(area: Area) -> float:
    return max(0.0, area[2] - area[0]) * max(0.0, area[3] - area[1])


def _nearly_all(window: Area, size: tuple[int, int]) -> bool:
    return _extent(window) > 0.6 * size[0] * size[1]


def _mirrored(area: Area, width: int) -> Area:
    return width - area[2], area[1], width - area[0], area[3]


def _core(area: Area) -> Area:
    across, down = ((area[at + 2] - area[at]) * (1 - CORE) / 2 for at in (0, 1))
    return area[0] + across, area[1] + down, area[2] - across, area[3] - down


def _grown(area: Area, by: float) -> Area:
    return area[0] - by, area[1] - by, area[2] + by, area[3] + by


def _inside(area: Area, side: int) -> tuple[NDArray[np.bool_], ...]:
    """Mark the cells whose middle lies in an area; at least the one at the area's own middle."""
    middles = (np.arange(side) + 0.5) * STRIDE
    marks = []
    for low, high in ((area[1], area[3]), (area[0], area[2])):
        mark = (middles >= low) & (middles <= high)
        mark[min(side - 1, max(0, int((low + high) / 2 // STRIDE)))] = True
        marks.append(mark)
    return np.ix_(*marks)


def _drawn(pool: Sequence[Example], random: Random, label: int | None = None) -> Example:
    while True:
        example = pool[int(random.integers(len(pool)))]
        if label is None or example.label == label:
            return example


def _size_of(example: Example) -> tuple[int, int]:
    height, width = example.picture().shape[:2]
    return width, height
