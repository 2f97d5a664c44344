"""Drawn guns, seen from the side with the muzzle to the left, each filling about 640 x 480."""

from tools.samples.canvas import Canvas, Look, Point, Tone, box, brighter, ellipse

STEEL: Tone = (62, 64, 70)
DARK: Tone = (38, 39, 43)
BLACK: Tone = (24, 24, 27)
SILVER: Tone = (168, 170, 174)
WALNUT: Tone = (112, 62, 32)
RUBBER = Look(bevel=8, strength=0.55, fall=-0.2, grain=0.10)
METAL = Look(bevel=6, strength=1.0, fall=-0.35, grain=0.025)
FINE = Look(bevel=2, strength=0.8, fall=-0.2, grain=0.02, round=1)
HOLE = Look(bevel=2, strength=-0.8, fall=0.2, grain=0.02, round=1)


def pistol(canvas: Canvas, slide: Tone = STEEL, frame: Tone = DARK, grip: Tone = BLACK) -> None:
    """Draw a semi-automatic service pistol."""
    outline = [(52, 118), (545, 112), (560, 190), (530, 215), (585, 440), (452, 452), (400, 300), (60, 225)]
    canvas.shadow(outline)
    _pistol_frame(canvas, frame)
    _pistol_grip(canvas, grip)
    _pistol_slide(canvas, slide)
    _trigger(canvas, 352, 232, frame)


def _pistol_frame(canvas: Canvas, tone: Tone) -> None:
    canvas.stroke([(400, 222), *ellipse(345, 252, 56, 46, 20, 165), (288, 215)], 13, tone, METAL)
    canvas.paint(
        [(66, 180), (545, 180), (548, 212), (410, 232), (300, 222), (270, 214), (72, 214)], tone, METAL
    )
    for left in (96, 124, 152):
        canvas.paint(box(left, 202, left + 12, 216), BLACK, HOLE)
    canvas.paint([(510, 178), (556, 176), (590, 196), (586, 206), (545, 214), (505, 222)], tone, METAL)


def _pistol_grip(canvas: Canvas, tone: Tone) -> None:
    side: list[Point] = [(402, 206), (530, 200), (546, 250), (556, 310), (574, 372), (586, 434), (456, 446)]
    side += [(446, 398), (432, 360), (420, 330), (416, 296), (400, 262)]
    canvas.paint(side, tone, Look(bevel=12, strength=0.9, fall=-0.15, grain=0.05, round=6))
    panel: list[Point] = [(424, 246), (522, 240), (536, 300), (552, 366), (562, 412), (472, 420), (440, 320)]
    canvas.paint(panel, brighter(tone, 12), RUBBER)
    for row in range(13):
        for column in range(8):
            x, y = 436 + column * 12 + row * 4.2, 256 + row * 12.6 - column * 0.8
            canvas.disc(x, y, 2.6, 2.6, brighter(tone, -14), FINE)
    canvas.disc(470, 262, 6, 6, SILVER, FINE)
    canvas.disc(528, 398, 6, 6, SILVER, FINE)
    canvas.paint([(450, 442), (590, 430), (595, 448), (454, 462)], BLACK, METAL)


def _pistol_slide(canvas: Canvas, tone: Tone) -> None:
    canvas.paint([(50, 122), (64, 110), (536, 106), (552, 118), (556, 186), (52, 190)], tone, METAL)
    canvas.paint([(66, 114), (532, 110), (538, 120), (60, 125)], brighter(tone, 34), FINE)
    canvas.stroke([(58, 160), (550, 156)], 2, BLACK, FINE)
    for number in range(9):
        canvas.stroke([(440 + number * 10, 122), (434 + number * 10, 180)], 4, BLACK, HOLE)
    canvas.paint([(282, 112), (372, 111), (368, 142), (286, 143)], SILVER, FINE)
    canvas.stroke([(284, 142), (370, 141)], 2, BLACK, FINE)
    canvas.disc(54, 143, 7, 14, BLACK, HOLE)
    canvas.disc(54, 143, 3.5, 8, (8, 8, 9), HOLE)
    canvas.paint([(74, 110), (80, 97), (98, 97), (102, 110)], BLACK, FINE)
    canvas.paint([(500, 108), (504, 94), (530, 94), (536, 108)], BLACK, FINE)
    canvas.paint([(392, 196), (450, 193), (454, 202), (398, 206)], STEEL, FINE)
    canvas.disc(318, 200, 6, 6, STEEL, FINE)


def _trigger(canvas: Canvas, x: float, y: float, tone: Tone) -> None:
    canvas.stroke([(x + 8, y - 18), (x + 2, y), (x - 2, y + 14), (x - 12, y + 30)], 9, tone, FINE)


def revolver(canvas: Canvas, metal: Tone = STEEL, grip: Tone = WALNUT) -> None:
    """Draw a double-action revolver with a wooden grip."""
    canvas.shadow([(40, 130), (500, 130), (560, 250), (590, 440), (480, 450), (420, 260), (60, 200)])
    canvas.paint([(34, 126), (300, 118), (300, 186), (34, 182)], metal, METAL)
    canvas.paint([(44, 184), (300, 188), (300, 216), (70, 208)], metal, METAL)
    canvas.stroke([(40, 133), (300, 126)], 5, SILVER, FINE)
    canvas.paint([(52, 126), (60, 104), (78, 104), (92, 124)], BLACK, FINE)
    canvas.disc(37, 154, 6, 16, BLACK, HOLE)
    frame: list[Point] = [(292, 106), (470, 108), (512, 150), (524, 214), (470, 262), (420, 250), (300, 240)]
    canvas.paint(frame, metal, METAL)
    canvas.stroke([(424, 240), *ellipse(362, 276, 58, 48, 0, 175), (306, 236)], 12, metal, METAL)
    _cylinder(canvas, metal)
    _trigger(canvas, 372, 262, metal)
    canvas.paint([(490, 150), (520, 104), (552, 96), (556, 108), (532, 124), (522, 166)], metal, METAL)
    _revolver_grip(canvas, grip)


def _cylinder(canvas: Canvas, metal: Tone) -> None:
    bright = brighter(metal, 16)
    canvas.paint(
        box(308, 124, 424, 228), bright, Look(bevel=14, strength=1.1, fall=-0.4, grain=0.02, round=6)
    )
    for y in (140, 174, 208):
        canvas.paint([(312, y - 10), (376, y - 8), (390, y), (376, y + 8), (312, y + 10)], DARK, HOLE)
    canvas.stroke([(426, 122), (426, 230)], 3, BLACK, FINE)
    canvas.disc(452, 200, 5, 5, SILVER, FINE)
    canvas.disc(404, 240, 5, 5, SILVER, FINE)


def _revolver_grip(canvas: Canvas, tone: Tone) -> None:
    side: list[Point] = [(448, 222), (526, 196), (544, 226), (548, 270), (566, 330), (600, 398), (604, 438)]
    side += [(560, 462), (508, 456), (486, 410), (474, 350), (456, 300), (436, 262)]
    canvas.paint(side, tone, Look(bevel=16, strength=0.9, fall=-0.2, grain=0.05, round=8))
    for number in range(9):
        x = 470 + number * 11
        canvas.stroke([(x, 270 + number * 4), (x + 40, 424 - number * 2)], 1.5, (70, 36, 18), FINE)
    canvas.disc(520, 322, 7, 7, SILVER, FINE)
