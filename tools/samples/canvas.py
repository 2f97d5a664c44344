"""A canvas for drawn sample pictures: shaded shapes, drawn three times too large and scaled down."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import cos, pi, radians, sin
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIZE = (640, 480)
SCALE = 3
Point: TypeAlias = tuple[float, float]
Tone: TypeAlias = tuple[int, int, int]
Array: TypeAlias = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Place:
    """Where on the canvas a thing drawn around 0..640 x 0..480 goes: turned, scaled, moved, mirrored."""

    x: float = 0
    y: float = 0
    scale: float = 1
    angle: float = 0
    mirror: bool = False

    def __call__(self, points: Iterable[Point]) -> list[Point]:
        """Move points; they are turned around the canvas's middle first."""
        turn = radians(self.angle)
        moved = []
        for x, y in points:
            dx, dy = (320 - x if self.mirror else x - 320) * self.scale, (y - 240) * self.scale
            moved.append(
                (
                    320 + self.x + dx * cos(turn) - dy * sin(turn),
                    240 + self.y + dx * sin(turn) + dy * cos(turn),
                )
            )
        return moved


@dataclass(frozen=True)
class Look:
    """How a surface takes the light that comes from the upper left.

    Attributes:
        bevel: width of the rounded edge in pixels; strength: how much it catches the light.
        fall: change of brightness from top to bottom; grain: roughness of the surface.

    """

    bevel: float = 5
    strength: float = 0.9
    fall: float = -0.25
    grain: float = 0.03
    round: float = 3


PLAIN = Look()


class Canvas:
    """Pixels as 0..1, 3 times as large as the picture. Every random number comes from the seed."""

    def __init__(self, background: Array, seed: int) -> None:
        self.pixels = background
        self.random = np.random.default_rng(seed)
        self.place = Place()

    def paint(self, points: Sequence[Point], tone: Tone, look: Look = Look()) -> None:
        """Paint a closed shape with rounded corners."""
        mask, left, top = self._mask(points, 12 * SCALE, _fill)
        if look.round:
            soft = mask.filter(ImageFilter.GaussianBlur(look.round * SCALE * self.place.scale))
            mask = soft.point(lambda value: min(255, max(0, (value - 112) * 8)))
        self._shade(mask, left, top, tone, look)

    def disc(self, x: float, y: float, rx: float, ry: float, tone: Tone, look: Look = Look()) -> None:
        """Paint an ellipse."""
        self.paint(ellipse(x, y, rx, ry), tone, look)

    def stroke(self, points: Sequence[Point], width: float, tone: Tone, look: Look = Look()) -> None:
        """Paint a thick line with round ends."""
        wide = max(1, round(width * SCALE * self.place.scale))

        def draw(pen: ImageDraw.ImageDraw, moved: list[Point]) -> None:
            pen.line(moved, fill=255, width=wide, joint="curve")
            for x, y in (moved[0], moved[-1]):
                pen.ellipse((x - wide / 2, y - wide / 2, x + wide / 2, y + wide / 2), fill=255)

        self._shade(*self._mask(points, wide + 12 * SCALE, draw), tone, look)

    def shadow(
        self, points: Sequence[Point], shift: Point = (8, 14), blur: float = 10, dark: float = 0.45
    ) -> None:
        """Darken the ground below a shape."""
        mask, left, top = self._mask(points, round(blur * 3 * SCALE), _fill)
        soft = np.asarray(mask.filter(ImageFilter.GaussianBlur(blur * SCALE)), np.float32) / 255
        self._under(left + round(shift[0] * SCALE), top + round(shift[1] * SCALE), soft, dark)

    def _under(self, left: int, top: int, soft: Array, dark: float) -> None:
        height, width = self.pixels.shape[:2]
        cut = soft[max(0, -top) : height - top, max(0, -left) : width - left, None]
        under = self.pixels[max(0, top) : top + soft.shape[0], max(0, left) : left + soft.shape[1]]
        under *= 1 - dark * cut

    def text(self, x: float, y: float, text: str, size: float, tone: Tone) -> None:
        """Write text; its upper left corner is at x, y."""
        image = Image.fromarray((self.pixels * 255).astype(np.uint8))
        font = ImageFont.load_default(round(size * SCALE))
        ImageDraw.Draw(image).text((x * SCALE, y * SCALE), text, fill=tone, font=font)
        self.pixels = np.asarray(image, np.float32) / 255

    def save(self, path: Path, quality: int = 84) -> None:
        """Scale down, soften and roughen a little as a camera does, and write a JPEG."""
        image = Image.fromarray((self.pixels.clip(0, 1) * 255).astype(np.uint8))
        small = image.resize(SIZE, Image.Resampling.LANCZOS).filter(ImageFilter.GaussianBlur(0.6))
        noisy = np.asarray(small, np.float32) + self.random.normal(0, 2.2, (SIZE[1], SIZE[0], 1))
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(path, quality=quality, optimize=True)

    def _mask(
        self, points: Sequence[Point], margin: int, draw: Callable[[ImageDraw.ImageDraw, list[Point]], None]
    ) -> tuple[Image.Image, int, int]:
        """Draw points on a mask just large enough; return it and the place of its upper left corner."""
        moved = np.asarray(self.place(points)) * SCALE
        left, top = (int(part) - margin for part in moved.min(axis=0))
        width, height = (int(part) + 2 * margin for part in np.ptp(moved, axis=0))
        mask = Image.new("L", (width, height))
        draw(ImageDraw.Draw(mask), [(float(x), float(y)) for x, y in moved - (left, top)])
        return mask, left, top

    def _shade(self, mask: Image.Image, left: int, top: int, tone: Tone, look: Look) -> None:
        edge = look.bevel * SCALE * self.place.scale
        blurred = np.asarray(mask.filter(ImageFilter.GaussianBlur(max(0.5, edge))), np.float32) / 255
        down, right = np.gradient(blurred)
        light = (down + 0.6 * right) * edge * look.strength * 1.6
        height = np.linspace(-0.5, 0.5, mask.height, dtype=np.float32)[:, None]
        rough = self.random.normal(0, look.grain, blurred.shape)
        bright = (1 + height * look.fall + light + rough)[..., None]
        colour = np.asarray(tone) / 255 * bright + 0.35 * np.maximum(light, 0)[..., None]
        self._over(left, top, np.asarray(mask, np.float32)[..., None] / 255, colour.clip(0, 1))

    def _over(self, left: int, top: int, cover: Array, colour: Array) -> None:
        """Lay colour over the pixels; what lies beyond the canvas is cut off."""
        height, width = self.pixels.shape[:2]
        cut = np.s_[max(0, -top) : height - top, max(0, -left) : width - left]
        under = self.pixels[max(0, top) : top + cover.shape[0], max(0, left) : left + cover.shape[1]]
        under += ((colour[cut] - under) * cover[cut]).astype(np.float32)


def _fill(pen: ImageDraw.ImageDraw, points: list[Point]) -> None:
    pen.polygon(points, fill=255)


def ellipse(x: float, y: float, rx: float, ry: float, begin: float = 0, end: float = 360) -> list[Point]:
    """Return points of an ellipse or of a part of it, degrees clockwise from the right."""
    steps = np.linspace(begin * pi / 180, end * pi / 180, 60)
    return [(x + rx * float(np.cos(step)), y + ry * float(np.sin(step))) for step in steps]


def brighter(tone: Tone, by: int) -> Tone:
    """Return a tone made brighter, or with a negative number darker."""
    red, green, blue = (min(255, max(0, part + by)) for part in tone)
    return red, green, blue


def box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    """Return the corners of a rectangle."""
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
