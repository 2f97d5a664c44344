"""Contact sheets: many small pictures on one, each with its name and what the model said about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont

from triage.screen import printable
from worker.framing import Framing, frame, placement
from worker.training.image.pictures import Box, Example

SIDE = 190
"""Of a small picture, in pixels."""
GAP, LINE, ACROSS = 10, 16, 6
BOX, INK, FAINT = "#D55E00", "#111827", "#4B5563"


@dataclass(frozen=True)
class Entry:
    """A picture on the sheet, and the lines under it."""

    example: Example
    lines: Sequence[str]


def sheet(entries: Sequence[Entry], path: Path) -> None:
    """Write a PNG of at least one picture, in order, row by row; the dataset's boxes are drawn on guns."""
    across = min(ACROSS, len(entries))
    rows = -(-len(entries) // across)
    tall = SIDE + LINE * max(len(entry.lines) for entry in entries) + GAP
    canvas = Image.new("RGB", (GAP + across * (SIDE + GAP), GAP + rows * tall), "white")
    for number, entry in enumerate(entries):
        down, right = divmod(number, across)
        _paste(canvas, entry, GAP + right * (SIDE + GAP), GAP + down * tall)
    canvas.save(path)


def _paste(canvas: Image.Image, entry: Entry, left: int, top: int) -> None:
    picture = entry.example.picture()
    small = Image.fromarray(frame(picture, SIDE, Framing.LETTERBOX))
    height, width = picture.shape[:2]
    _outline(small, entry.example.boxes, placement(height, width, SIDE))
    canvas.paste(small, (left, top))
    draw, font = ImageDraw.Draw(canvas), _font()
    for number, line in enumerate(entry.lines):
        place = left, top + SIDE + 2 + number * LINE
        draw.text(place, _fitted(printable(line), font), INK if number else FAINT, font)


def _outline(small: Image.Image, boxes: Iterable[Box], area: tuple[int, int, int, int]) -> None:
    left, top, width, height = area
    draw = ImageDraw.Draw(small)
    for box in boxes:
        edges = (
            start + edge * size
            for edge, start, size in zip(box, (left, top) * 2, (width, height) * 2, strict=True)
        )
        draw.rectangle([round(edge) for edge in edges], outline=BOX, width=2)


def _fitted(line: str, font: ImageFont.FreeTypeFont) -> str:
    """Shorten a line at its start, where names are alike, until it is as wide as a picture."""
    if font.getlength(line) <= SIDE:
        return line
    while line and font.getlength(f"…{line}") > SIDE:
        line = line[1:]
    return f"…{line}"


def _font() -> ImageFont.FreeTypeFont:
    """Matplotlib's own, which knows more scripts than Pillow's."""
    return ImageFont.truetype(Path(get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"), 12)
