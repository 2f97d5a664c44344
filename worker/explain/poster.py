"""The picture that `flagpost explain` writes: the post's picture, the heat map over it, a legend below."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from triage import heatmap
from triage.evidence import Sighting
from triage.images import Picture
from worker.manifest import OperatingPoints

SIDE = 640
"""Longest side that the picture is brought to, in pixels: small ones too, or their map could not be read."""
NARROWEST = 480
"""So that the legend fits."""
MARGIN, LINE, BAR = 12, 22, 14
INK, PAPER = (20, 20, 20), (255, 255, 255)


def draw(picture: Picture, sighting: Sighting, points: OperatingPoints, title: str) -> Image.Image:
    """Draw a picture with what the model saw in it.

    Args:
        picture: as the model was given it, height x width x 3.
        sighting: with a map.
        points: `unsure` is where the colours begin.
        title: one line below the picture.

    Returns:
        An RGB image.
    """
    shown = _over(picture, sighting, points.unsure)
    sheet = Image.new("RGB", (max(NARROWEST, shown.width), shown.height + 2 * MARGIN + 2 * LINE + BAR), PAPER)
    sheet.paste(shown, ((sheet.width - shown.width) // 2, 0))
    pen = ImageDraw.Draw(sheet)
    pen.text((MARGIN, shown.height + MARGIN), title, INK, ImageFont.load_default(16))
    _legend(sheet, shown.height + MARGIN + LINE + 4, points)
    return sheet


def _over(picture: Picture, sighting: Sighting, floor: float) -> Image.Image:
    image = Image.fromarray(picture)
    scale = SIDE / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    image = image.resize((width, height), Image.Resampling.BILINEAR).convert("RGBA")
    return Image.alpha_composite(image, heatmap.layer(sighting, image.size, floor)).convert("RGB")


def _legend(sheet: Image.Image, top: int, points: OperatingPoints) -> None:
    """Draw the scale of colours from 0 to 1, with the thresholds marked on it."""
    width = sheet.width - 2 * MARGIN
    ramp = np.tile(np.linspace(0, 1, width, dtype=np.float32), (BAR, 1))
    colours = heatmap.colour(ramp, points.unsure)
    sheet.paste(colours, (MARGIN, top), colours)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    pen.rectangle((MARGIN, top, MARGIN + width - 1, top + BAR), outline=INK)
    free = MARGIN
    for name, value in points:
        x, label = MARGIN + round(value * (width - 1)), f"{name} {value:.0%}"
        pen.line((x, top, x, top + BAR + 3), INK)
        wide = round(font.getlength(label))
        free = min(max(free, x - wide // 2), MARGIN + width - wide)  # thresholds may lie close together
        pen.text((free, top + BAR + 5), label, INK, font)
        free += wide + MARGIN
