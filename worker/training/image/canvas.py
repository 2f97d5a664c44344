"""A scene in the making: pictures are pasted, and the books say where their guns ended up."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from worker.framing import GREY
from worker.training.image.areas import Area
from worker.training.image.kinds import possible
from worker.training.image.looks import Random, altered, colour, decorated, tilted
from worker.training.image.pictures import Example
from worker.training.image.things import strewn

STRIDE = 16
"""Pixels between two cells of the target map."""
VISIBLE, LOST = 0.5, 0.12
"""A gun of which at least the first share is seen counts as one; below the second it is none,"""
TRACE = 0.03
"""if what is left of it also covers no more than this share of the crop: a muzzle up close is no nothing."""
SMALLEST = 9.0
"""Longer side, in pixels, of a gun that can still be recognised."""
CORE = 0.7
"""The inner share of a box's sides that surely shows the gun."""
NEARLY_ALL = 0.6
"""Share of a picture that surely holds its gun when nobody marked where it is."""
CHANCE_THINGS = 0.12
"""Of the scenes, those into which made-up things are laid."""


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
            cells[_inside(area.grown(STRIDE / 2), side)] = -1  # a cell that holds a rim of gun is neither
        for area in self.guns:
            cells[_inside(area.core(CORE), side)] = 1
        return cells


class Part:
    """An example's picture, perhaps tilted, with its guns in pixels."""

    def __init__(self, example: Example, random: Random) -> None:
        self.example = example
        self.image, self.guns = tilted(Image.fromarray(example.picture()), example.boxes, random)
        self.vague = bool(example.label and not self.guns)  # never marked, or turned out of the picture
        self.whole = Area.of(*self.image.size)


class Canvas:
    """A square on which parts are pasted."""

    def __init__(self, size: int, random: Random) -> None:
        background = (GREY,) * 3 if random.random() < 1 / 2 else colour(random)
        self.image = Image.new("RGB", (size, size), background)
        self.room = Area.of(size, size)
        self.guns: list[Area] = []
        self.vague: list[Area] = []
        self.gun_kinds: set[str] = set()
        self.other_kinds: set[str] = set()

    def paste(self, part: Part, window: Area, target: Area) -> bool:
        """Paste a window of a part over a target, unless that would leave a gun neither in nor out."""
        guns = seen(part.guns, window, target)
        if guns is None or (part.vague and window.extent < NEARLY_ALL * part.whole.extent):
            return False
        self.put(part, window, target, guns)
        return True

    def put(self, part: Part, window: Area, target: Area, guns: Sequence[Area]) -> None:
        """Paste a window of a part, and enter its guns and kinds into the books."""
        size = round(target.width), round(target.height)
        image = part.image.resize(size, Image.Resampling.BILINEAR, box=window)
        self.image.paste(image, (round(target.left), round(target.top)))
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
        if random.random() < CHANCE_THINGS:
            image = strewn(image, [*guns, *vague], random)
        if random.random() < 1 / 2:
            image = ImageOps.mirror(image)
            guns, vague = ([area.mirrored(image.width) for area in areas] for areas in (guns, vague))
        image = altered(decorated(image, random), random)
        kinds = self.gun_kinds or self.other_kinds
        return Scene(np.asarray(image.convert("RGB")), tuple(guns), tuple(vague), tuple(sorted(kinds)))


def seen(guns: Sequence[Area], window: Area, target: Area, smallest: float = SMALLEST) -> list[Area] | None:
    """Return the guns of a window as they lie in the target, or None if one is neither in nor out."""
    found = []
    for gun in guns:
        rest = gun.cut(window)
        share = rest.extent / gun.extent
        if share < LOST and rest.extent < TRACE * window.extent:
            continue
        place = rest.moved(window, target)
        if share < VISIBLE or max(place.width, place.height) < smallest:
            return None
        found.append(place)
    return found


def _inside(area: Area, side: int) -> tuple[NDArray[np.bool_], ...]:
    """Mark the cells whose middle lies in an area; at least the one at the area's own middle."""
    middles = (np.arange(side) + 0.5) * STRIDE
    marks = []
    for low, high in ((area.top, area.bottom), (area.left, area.right)):
        mark = (middles >= low) & (middles <= high)
        mark[min(side - 1, max(0, int((low + high) / 2 // STRIDE)))] = True
        marks.append(mark)
    return np.ix_(*marks)
