"""Drawn long guns, seen from the side with the muzzle to the left, across the whole canvas."""

from tools.samples.canvas import Canvas, Look, Point, box, ellipse
from tools.samples.guns import BLACK, DARK, FINE, HOLE, METAL, SILVER, STEEL, WALNUT

WOOD = Look(bevel=7, strength=0.9, fall=-0.3, grain=0.05, round=4)


def hunting_rifle(canvas: Canvas) -> None:
    """Draw a bolt-action rifle with a wooden stock and a telescopic sight."""
    canvas.shadow([(10, 218), (400, 220), (620, 240), (625, 320), (400, 280), (200, 250), (10, 230)])
    canvas.stroke([(8, 222), (300, 221)], 9, STEEL, METAL)
    canvas.stroke([(200, 221), (330, 221)], 13, STEEL, METAL)
    stock: list[Point] = [(168, 232), (178, 222), (300, 222), (392, 224), (432, 232), (470, 248), (622, 246)]
    stock += [(628, 322), (612, 328), (500, 284), (462, 282), (446, 296), (428, 292), (424, 268), (396, 262)]
    stock += [(300, 256), (190, 246)]
    canvas.paint(stock, WALNUT, WOOD)
    for number in range(7):
        canvas.stroke([(480, 262 + number * 3), (612, 262 + number * 9)], 1.2, (78, 40, 20), FINE)
    canvas.paint([(614, 246), (628, 244), (634, 324), (618, 330)], BLACK, FINE)
    canvas.paint(box(296, 212, 412, 228), DARK, METAL)
    canvas.paint(box(330, 216, 372, 224), SILVER, FINE)
    canvas.stroke([(398, 222), (416, 240)], 6, SILVER, FINE)
    canvas.disc(419, 244, 7, 7, SILVER, FINE)
    canvas.stroke([(404, 262), *ellipse(382, 266, 22, 18, 20, 170), (360, 258)], 4, DARK, FINE)
    canvas.stroke([(386, 258), (380, 272)], 4, DARK, FINE)
    _telescope(canvas)


def _telescope(canvas: Canvas) -> None:
    canvas.stroke([(300, 190), (430, 190)], 13, BLACK, METAL)
    canvas.paint([(250, 174), (292, 176), (310, 184), (310, 196), (292, 204), (250, 206)], BLACK, METAL)
    canvas.paint([(420, 184), (436, 177), (468, 177), (468, 203), (436, 203), (420, 196)], BLACK, METAL)
    canvas.disc(250, 190, 4, 15, (70, 96, 120), FINE)
    canvas.paint(box(352, 174, 370, 186), BLACK, METAL)
    for x in (324, 396):
        canvas.paint(box(x - 8, 182, x + 8, 216), DARK, FINE)


def assault_rifle(canvas: Canvas) -> None:
    """Draw a black semi-automatic rifle with a curved magazine."""
    outline = [(10, 206), (440, 190), (620, 210), (626, 290), (440, 250), (330, 360), (270, 250), (10, 226)]
    canvas.shadow(outline)
    canvas.stroke([(6, 216), (140, 216)], 9, DARK, METAL)
    canvas.paint([(4, 208), (34, 208), (34, 224), (4, 224)], BLACK, METAL)
    canvas.paint([(70, 214), (78, 168), (88, 168), (104, 214)], BLACK, METAL)
    canvas.paint([(112, 194), (272, 192), (272, 240), (112, 236)], DARK, METAL)
    for number in range(8):
        canvas.paint(box(126 + number * 18, 204, 136 + number * 18, 212), BLACK, HOLE)
        canvas.stroke([(122 + number * 18, 194), (122 + number * 18, 187)], 7, BLACK, FINE)
    _receiver(canvas)
    _magazine(canvas)
    _stock(canvas)


def _receiver(canvas: Canvas) -> None:
    canvas.paint([(268, 188), (440, 186), (452, 200), (452, 246), (270, 250)], STEEL, METAL)
    canvas.paint([(262, 182), (430, 180), (430, 190), (262, 192)], BLACK, FINE)
    for number in range(13):
        canvas.stroke([(268 + number * 13, 183), (268 + number * 13, 178)], 6, BLACK, FINE)
    canvas.paint(
        [(300, 182), (308, 148), (404, 148), (412, 182), (390, 182), (384, 166), (324, 166), (318, 182)],
        BLACK,
        METAL,
    )
    canvas.disc(316, 157, 9, 11, DARK, FINE)
    canvas.paint(box(330, 204, 384, 224), BLACK, HOLE)
    canvas.stroke([(270, 228), (450, 228)], 2, BLACK, FINE)
    for x, y in ((292, 238), (420, 236), (440, 212)):
        canvas.disc(x, y, 4, 4, SILVER, FINE)
    canvas.paint(
        [(400, 246), (440, 246), (474, 328), (436, 338), (416, 290)], BLACK, Look(8, 0.8, -0.2, 0.08, 5)
    )
    canvas.stroke([(404, 250), *ellipse(374, 258, 30, 22, 10, 170), (346, 250)], 5, BLACK, FINE)
    canvas.stroke([(382, 250), (374, 268)], 5, DARK, FINE)


def _magazine(canvas: Canvas) -> None:
    canvas.paint([(288, 246), (340, 246), (340, 262), (288, 264)], DARK, METAL)
    curve: list[Point] = [(292, 258), (336, 256), (332, 300), (320, 340), (300, 372), (258, 352), (278, 318)]
    canvas.paint([*curve, (288, 290)], BLACK, METAL)
    for number in range(4):
        y = 282 + number * 20
        canvas.stroke([(290 - number * 6, y), (328 - number * 5, y + 5)], 3, DARK, FINE)


def _stock(canvas: Canvas) -> None:
    canvas.paint([(450, 206), (540, 208), (540, 226), (450, 228)], BLACK, METAL)
    canvas.paint(
        [(520, 200), (620, 198), (628, 214), (628, 300), (612, 304), (590, 262), (530, 238)], DARK, METAL
    )
    canvas.paint([(560, 214), (606, 214), (606, 250), (596, 250), (560, 230)], BLACK, HOLE)
    canvas.paint([(618, 198), (632, 200), (634, 304), (618, 306)], BLACK, METAL)
