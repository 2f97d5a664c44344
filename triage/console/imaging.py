"""Stored bytes to a picture a browser may have: never the bytes as they came, which may be hostile."""

from io import BytesIO
from threading import BoundedSemaphore

from PIL import Image

from triage import images

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


def _encode(data: bytes, side: int) -> bytes:
    with _decoding:
        picture = images.decode(data, max_side=side)
    out = BytesIO()
    Image.fromarray(picture).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
