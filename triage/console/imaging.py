"""Stored bytes to a picture a browser may have: never the bytes as they came, which may be hostile."""

from collections.abc import Sequence
from io import BytesIO
from threading import BoundedSemaphore

from PIL import Image

from triage import heatmap, images
from triage.evidence import Box, Sighting

SHARP_SIDE = 1280
BLURRED_SIDE = 10
"""Longest side of a blurred picture, in pixels. Scaled up by the browser it shows colours, no things."""
QUALITY = 85

_decoding = BoundedSemaphore(2)
"""A picture at the pixel limit takes hundreds of MB while it is decoded."""


def blurred(data: bytes) -> bytes:
    """Return a JPEG of at most 10 x 10 pixels.

    Raises:
        MediaError: the bytes are no picture, or one with too many pixels.
    """
    return _encode(data, BLURRED_SIDE)


def sharp(data: bytes) -> bytes:
    """Return an upright JPEG of at most 1280 x 1280 pixels, without any of the file's metadata.

    Raises:
        MediaError: the bytes are no picture, or one with too many pixels.
    """
    return _encode(data, SHARP_SIDE)


def where(data: bytes, sighting: Sighting, floor: float) -> bytes:
    """Return a PNG to lay over the picture: heat map and boxes on glass, not a pixel of the picture itself.

    Args:
        data: the picture's bytes.
        sighting: what to draw.
        floor: probability (0 to 1) up to which the map is transparent.

    Raises:
        MediaError: the bytes are no picture, or one with too many pixels.
    """
    return _png(heatmap.layer(sighting, _size(data), floor))


def frames(data: bytes, boxes: Sequence[Box]) -> bytes:
    """Return a PNG to lay over the picture: numbered frames on glass, not a pixel of the picture itself.

    Args:
        data: the picture's bytes.
        boxes: where the frames go; their order gives their numbers, from 1.

    Raises:
        MediaError: the bytes are no picture, or one with too many pixels.
    """
    return _png(heatmap.frames(boxes, _size(data)))


def _size(data: bytes) -> tuple[int, int]:
    height, width, _ = _decode(data, images.MAX_SIDE).shape
    return width, height


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _encode(data: bytes, side: int) -> bytes:
    out = BytesIO()
    Image.fromarray(_decode(data, side)).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _decode(data: bytes, side: int) -> images.Picture:
    with _decoding:
        return images.decode(data, max_side=side)
