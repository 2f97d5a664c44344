"""Drawn things that are no guns, some of them a little like one."""

import numpy as np

from tools.samples.canvas import Canvas, Look, Point, Tone, box, ellipse

SOFT = Look(bevel=14, strength=0.8, fall=-0.25, grain=0.03, round=8)
HARD = Look(bevel=4, strength=0.9, fall=-0.3, grain=0.02, round=3)
FLAT = Look(bevel=1, strength=0.2, fall=0.0, grain=0.02, round=0)
CREAM: Tone = (246, 232, 206)
BLACK: Tone = (28, 28, 32)
GREY: Tone = (140, 144, 150)


def drill(canvas: Canvas) -> None:
    """Draw a cordless drill: the tool most like a pistol."""
    canvas.shadow([(60, 130), (470, 90), (500, 220), (460, 430), (330, 430), (340, 240), (160, 210)])
    canvas.stroke([(24, 158), (110, 158)], 9, GREY, HARD)
    for number in range(6):
        canvas.stroke([(30 + number * 12, 152), (38 + number * 12, 164)], 3, (90, 92, 98), HARD)
    canvas.paint([(104, 144), (176, 124), (176, 192), (104, 172)], (60, 62, 66), HARD)
    canvas.paint([(174, 112), (214, 104), (214, 212), (174, 204)], BLACK, HARD)
    body: list[Point] = [(212, 100), (420, 92), (476, 110), (486, 160), (470, 208), (400, 222), (212, 214)]
    canvas.paint(body, (24, 128, 138), SOFT)
    canvas.paint([(300, 96), (420, 94), (440, 126), (300, 134)], (236, 186, 40), SOFT)
    canvas.paint(
        [(322, 210), (420, 214), (430, 300), (444, 372), (344, 376), (334, 300)], (24, 118, 128), SOFT
    )
    canvas.paint([(306, 222), (330, 222), (338, 276), (318, 270)], (196, 42, 38), HARD)
    canvas.paint([(300, 366), (476, 362), (486, 430), (296, 434)], BLACK, SOFT)
    canvas.paint(box(330, 388, 440, 410), (236, 186, 40), HARD)
    for number in range(6):
        canvas.stroke([(424 + number * 8, 128), (424 + number * 8, 182)], 3, BLACK, HARD)
    canvas.text(226, 148, "18 V", 30, (240, 240, 240))


def phone(canvas: Canvas) -> None:
    """Draw a telephone that shows a small landscape."""
    frame = box(216, 30, 424, 450)
    canvas.shadow(frame)
    canvas.paint(frame, BLACK, Look(bevel=5, strength=1, fall=-0.1, grain=0.01, round=16))
    canvas.paint(box(226, 52, 414, 428), (96, 160, 214), Look(1, 0.1, 0.5, 0.01, 6))
    canvas.paint(
        [(228, 330), (290, 240), (330, 292), (370, 220), (412, 300), (412, 360), (228, 360)],
        (70, 96, 92),
        FLAT,
    )
    canvas.paint(box(228, 340, 412, 426), (84, 132, 70), FLAT)
    canvas.disc(372, 110, 22, 22, (250, 230, 150), FLAT)
    canvas.disc(320, 41, 4, 4, (60, 62, 70), HARD)
    for row in range(2):
        for column in range(4):
            tone: Tone = ((220, 80, 70), (250, 250, 250), (70, 170, 110), (240, 180, 60))[(row + column) % 4]
            canvas.paint(
                box(238 + column * 45, 356 + row * 36, 266 + column * 45, 384 + row * 36), tone, HARD
            )


def cake(canvas: Canvas) -> None:
    """Draw a birthday cake with candles."""
    canvas.shadow(ellipse(320, 400, 240, 44), dark=0.35)
    canvas.disc(320, 400, 240, 42, (226, 228, 232), HARD)
    for top, wide, tone in ((250, 190, (176, 108, 70)), (170, 130, (240, 178, 190))):
        side: list[Point] = [(320 - wide, top), (320 + wide, top), *ellipse(320, top + 138, wide, 26, 0, 180)]
        canvas.paint(side, tone, SOFT)
        canvas.disc(320, top, wide, 30, CREAM, SOFT)
        for number in range(11):
            x = 320 - wide + 10 + number * (2 * wide - 20) / 10
            canvas.disc(x, top + 16 + 14 * np.sin(np.pi * number / 10), 14, 20, CREAM, SOFT)
    for number, x in enumerate((240, 280, 320, 360, 400)):
        canvas.stroke(
            [(x, 90), (x, 164)], 10, ((90, 150, 220), (240, 120, 110), (250, 210, 90))[number % 3], HARD
        )
        canvas.disc(x, 72, 8, 17, (255, 206, 90), FLAT)
        canvas.disc(x, 78, 4, 9, (255, 246, 210), FLAT)


def controller(canvas: Canvas) -> None:
    """Draw a game controller."""
    body: list[Point] = [(170, 130), (250, 120), (390, 120), (470, 130), (540, 220), (590, 350), (560, 400)]
    body += [(520, 396), (440, 300), (200, 300), (120, 396), (80, 400), (50, 350), (100, 220)]
    canvas.shadow(body)
    canvas.paint(body, (232, 234, 238), Look(bevel=18, strength=0.7, fall=-0.2, grain=0.02, round=16))
    for x in (240, 400):
        canvas.disc(x, 268, 42, 40, (60, 64, 72), HARD)
        canvas.disc(x, 264, 30, 28, (96, 100, 110), SOFT)
    for x, y, tone in (
        (470, 160, (240, 190, 60)),
        (506, 194, (210, 60, 60)),
        (470, 228, (80, 180, 90)),
        (434, 194, (70, 120, 220)),
    ):
        canvas.disc(x, y, 17, 17, tone, HARD)
    canvas.paint(box(158, 156, 184, 236), (60, 64, 72), HARD)
    canvas.paint(box(132, 183, 210, 209), (60, 64, 72), HARD)
    canvas.paint(box(270, 140, 370, 196), (60, 64, 72), HARD)
    canvas.disc(320, 226, 14, 14, (110, 150, 220), HARD)


def pan(canvas: Canvas) -> None:
    """Draw a pan with vegetables on it."""
    canvas.shadow(ellipse(270, 250, 220, 200))
    canvas.stroke([(470, 300), (640, 350)], 40, BLACK, SOFT)
    canvas.disc(270, 240, 222, 204, (56, 58, 62), SOFT)
    canvas.disc(270, 238, 190, 172, (84, 60, 40), SOFT)
    random = canvas.random
    tones: list[Tone] = [(196, 44, 36), (92, 150, 50), (240, 190, 70), (232, 120, 40), (240, 230, 200)]
    for number in range(120):
        angle, far = random.uniform(0, 6.28), 165 * random.uniform(0, 1) ** 0.5
        x, y = 270 + far * np.cos(angle), 238 + far * 0.9 * np.sin(angle)
        canvas.disc(x, y, random.uniform(9, 24), random.uniform(8, 18), tones[number % 5], SOFT)


def guitar(canvas: Canvas) -> None:
    """Draw an acoustic guitar."""
    body: list[Point] = [*ellipse(450, 250, 146, 152, -118, 118), (372, 352), (352, 350)]
    body += [*ellipse(290, 250, 108, 112, 60, 300), (352, 150), (372, 148)]
    canvas.shadow(body)
    canvas.paint(body, (96, 54, 24), SOFT)
    canvas.paint([(406 + (x - 406) * 0.96, 250 + (y - 250) * 0.96) for x, y in body], (196, 124, 58), SOFT)
    canvas.disc(330, 250, 52, 52, (60, 34, 18), HARD)
    canvas.disc(330, 250, 42, 42, (18, 12, 8), HARD)
    canvas.paint([(30, 232), (290, 228), (290, 272), (30, 268)], (74, 44, 26), HARD)
    canvas.paint([(0, 218), (44, 226), (44, 274), (0, 282)], (90, 52, 28), HARD)
    canvas.paint(box(476, 200, 494, 300), (60, 34, 20), HARD)
    for number in range(6):
        y = 234 + number * 6.4
        canvas.stroke([(4, y), (486, y)], 1.4, (220, 214, 196), FLAT)
    for number in range(11):
        canvas.stroke([(60 + number * 21, 231), (60 + number * 21, 269)], 2, GREY, HARD)


def umbrella(canvas: Canvas) -> None:
    """Draw an open umbrella."""
    canvas.stroke([(320, 120), (320, 400)], 8, (92, 60, 36), HARD)
    canvas.stroke([(320, 396), *ellipse(296, 400, 24, 30, 0, 180)], 10, (92, 60, 36), HARD)
    for number in range(6):
        left, right = 90 + number * 76.7, 90 + (number + 1) * 76.7
        tone: Tone = (206, 52, 56) if number % 2 else (244, 240, 232)
        canvas.paint([(320, 80), (left, 250), ((left + right) / 2, 232), (right, 250)], tone, HARD)
    canvas.stroke([(320, 62), (320, 84)], 6, (92, 60, 36), HARD)
