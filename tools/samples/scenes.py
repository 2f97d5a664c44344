"""Drawn places: mountains, the sea, a town at night, a shooting range, a newspaper."""

# ruff: noqa: PLR2004 - a drawing is made of coordinates

import numpy as np

from tools.samples.canvas import SCALE, Array, Canvas, Look, Point, Tone, box
from tools.samples.grounds import HEIGHT, clouds

FLAT = Look(bevel=1, strength=0.15, fall=-0.2, grain=0.03, round=0)
ROCK = Look(bevel=4, strength=0.5, fall=-0.5, grain=0.07, round=1)
HARD = Look(bevel=3, strength=0.7, fall=-0.2, grain=0.02, round=1)


def mountains(canvas: Canvas) -> None:
    """Draw three ranges, a meadow and a lake."""
    ranges: list[tuple[float, float, Tone]] = [
        (210, 120, (128, 146, 172)),
        (260, 90, (88, 110, 120)),
        (300, 50, (58, 82, 66)),
    ]
    for number, (base, tall, tone) in enumerate(ranges):
        ridge = base - tall * np.abs(clouds(40 + number, 3)[10 * number, :: 20 * SCALE])
        points: list[Point] = [(20 * at, float(y)) for at, y in enumerate(ridge)]
        canvas.paint([(-20, 360), *points, (660, points[-1][1]), (660, 360)], tone, ROCK)
    canvas.paint([(-20, 310), (660, 318), (660, 500), (-20, 500)], (92, 130, 62), FLAT)
    lake: list[Point] = [(120, 350), (300, 336), (520, 346), (610, 372), (470, 408), (220, 404), (90, 380)]
    canvas.paint(lake, (110, 160, 196), Look(2, 0.5, 0.3, 0.02, 10))
    for _ in range(70):
        x, y = canvas.random.uniform(0, 640), canvas.random.uniform(318, 470)
        high = 8 + (y - 310) * 0.25
        if not (90 < x < 610 and 336 < y < 412):
            canvas.paint([(x - high / 3, y), (x, y - high), (x + high / 3, y)], (40, 70, 44), ROCK)


def sea(canvas: Canvas) -> None:
    """Draw a calm sea with a low sun and a sailing boat."""
    canvas.disc(430, 150, 40, 40, (255, 226, 150), FLAT)
    canvas.paint(box(-10, 250, 650, 490), (40, 96, 132), Look(1, 0.1, -0.5, 0.03, 0))
    for _ in range(260):
        y = canvas.random.uniform(254, 478)
        x, wide = canvas.random.uniform(-20, 640), 6 + (y - 250) * 0.14
        near = abs(x - 430) < 70 + (y - 250) * 0.2
        canvas.stroke([(x, y), (x + wide, y)], 1.5, (250, 214, 150) if near else (70, 130, 164), FLAT)
    canvas.paint([(150, 262), (230, 262), (216, 282), (164, 282)], (120, 60, 40), HARD)
    canvas.paint([(188, 256), (188, 160), (236, 250)], (246, 242, 232), HARD)
    canvas.paint([(184, 256), (184, 176), (150, 250)], (226, 220, 208), HARD)


def vigil(canvas: Canvas) -> None:
    """Draw candles and flowers in front of a town at night."""
    for number in range(9):
        left, top = number * 74 - 10, 150 + 60 * float(np.sin(number * 2.3))
        canvas.paint(box(left, top, left + 70, 330), (34, 36, 52), FLAT)
        for row in range(int((320 - top) / 28)):
            for column in range(3):
                if canvas.random.uniform() < 0.4:
                    x, y = left + 12 + column * 18, top + 14 + row * 28
                    canvas.paint(box(x, y, x + 9, y + 13), (236, 196, 110), FLAT)
    canvas.paint(box(-10, 326, 650, 490), (48, 44, 48), FLAT)
    for number in range(14):
        _candle(
            canvas, 30 + number * 45 + 12 * float(np.sin(number * 5)), 400 + 34 * float(np.cos(number * 3))
        )
    for number in range(26):
        x, y = 14 + number * 25, 448 + 14 * float(np.sin(number * 7))
        tone: Tone = ((214, 90, 110), (246, 240, 236), (232, 190, 90))[number % 3]
        canvas.disc(x, y, 10, 9, tone, HARD)


def _candle(canvas: Canvas, x: float, y: float) -> None:
    glow(canvas, x, y - 52, 70)
    canvas.paint(box(x - 8, y - 34, x + 8, y + 26), (238, 226, 200), HARD)
    canvas.disc(x, y - 46, 5, 12, (255, 210, 110), FLAT)
    canvas.disc(x, y - 42, 2.5, 6, (255, 250, 226), FLAT)


def glow(canvas: Canvas, x: float, y: float, reach: float) -> None:
    """Lay warm light around a point."""
    rows, columns = np.ogrid[: canvas.pixels.shape[0], : canvas.pixels.shape[1]]
    far: Array = np.hypot(columns - x * SCALE, rows - y * SCALE) / (reach * SCALE)
    light = 0.4 * np.exp(-3 * far**2)[..., None] * np.array([1.0, 0.72, 0.36])
    canvas.pixels += ((1 - canvas.pixels) * light).astype(np.float32)


def target(canvas: Canvas, x: float, y: float, size: float) -> None:
    """Draw a paper target with holes."""
    canvas.paint(
        box(x - size * 1.15, y - size * 1.15, x + size * 1.15, y + size * 1.15), (240, 236, 222), HARD
    )
    for ring in range(6):
        part = size * (1 - ring / 6)
        canvas.disc(x, y, part, part, (30, 30, 32) if ring % 2 == 0 else (236, 232, 220), FLAT)
    for _ in range(7):
        away = canvas.random.normal(0, size * 0.14, 2)
        canvas.disc(x + away[0], y + away[1], 4, 4, (120, 110, 100), HARD)


def television(canvas: Canvas) -> None:
    """Draw a television on a low table, showing a game of jumping over blocks."""
    canvas.paint(box(-20, 360, 660, 500), (122, 84, 56), Look(2, 0.3, 0.3, 0.04, 0))
    canvas.paint(box(290, 340, 350, 372), (40, 42, 48), HARD)
    canvas.paint(
        box(96, 30, 544, 346), (26, 28, 32), Look(bevel=4, strength=0.8, fall=-0.1, grain=0.02, round=6)
    )
    canvas.paint(box(108, 42, 532, 334), (120, 190, 240), FLAT)
    for x, y, wide in ((170, 90, 34), (330, 76, 44), (470, 104, 30)):
        canvas.disc(x, y, wide, wide * 0.4, (250, 252, 255), FLAT)
    canvas.paint(box(108, 290, 532, 334), (110, 180, 80), FLAT)
    for left, top in ((150, 250), (190, 250), (230, 210), (330, 220), (370, 220), (450, 250)):
        canvas.paint(box(left, top, left + 36, top + 36), (208, 136, 64), HARD)
    for x in (212, 348, 388):
        canvas.disc(x, 180, 10, 12, (250, 214, 70), HARD)
    canvas.paint(box(284, 252, 304, 290), (210, 60, 70), HARD)
    canvas.disc(294, 242, 13, 13, (246, 206, 170), HARD)
    canvas.text(120, 48, "LEVEL 3    SCORE 4200", 16, (255, 255, 255))


def newspaper(canvas: Canvas, headline: tuple[str, str]) -> None:
    """Draw the front page of a newspaper with a grey picture of a street."""
    sheet: list[Point] = [(70, 20), (570, 20), (570, 470), (70, 470)]
    canvas.shadow(sheet)
    canvas.paint(sheet, (238, 234, 222), Look(3, 0.5, -0.06, 0.02, 0))
    canvas.text(150, 26, "THE MORNING PAPER", 34, (30, 30, 30))
    canvas.stroke([(90, 74), (550, 74)], 2, (40, 40, 40), FLAT)
    canvas.text(92, 84, headline[0], 30, (20, 20, 20))
    canvas.text(92, 120, headline[1], 30, (20, 20, 20))
    canvas.paint(box(92, 170, 330, 330), (176, 178, 180), FLAT)
    for number in range(5):
        left = 96 + number * 46
        canvas.paint(box(left, 200 + 12 * (number % 3), left + 42, 300), (110 + 14 * (number % 2),) * 3, FLAT)
    canvas.paint(box(92, 298, 330, 330), (84, 84, 86), FLAT)
    for row in range(27):
        y = 176 + row * 10.6
        if y > 340:
            canvas.stroke([(94, y), (326 - 40 * (row % 5 == 0), y)], 3, (120, 118, 112), FLAT)
        canvas.stroke([(346, y), (548 - 50 * (row % 6 == 0), y)], 3, (120, 118, 112), FLAT)


def floor(canvas: Canvas, top: float, tone: Tone) -> None:
    """Draw a floor or a table from a height down, lighter towards the front."""
    canvas.paint(box(-20, top, 660, HEIGHT / SCALE + 20), tone, Look(2, 0.3, 0.3, 0.04, 0))
