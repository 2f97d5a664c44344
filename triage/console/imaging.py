"""Stored bytes to pixels a browser may have: never the bytes as they came, which may be hostile."""

from io import BytesIO
from threading import BoundedSemaphore

from PIL import Image, ImageOps

from triage.errors import MediaError
from triage.settings import get_settings

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")
"""What Pillow may try; the same as the scorers read."""
SHARP_SIDE = 1280
BLURRED_SIDE = 10
"""Longest side of a blurred picture, in pixels. Scaled up by the browser it shows colours, no things."""

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
    out = BytesIO()
    try:
        with _decoding, Image.open(BytesIO(data), formats=FORMATS) as image:
            _check(image)
            _shrink(image, side).save(out, "JPEG", quality=85)
    except MediaError:
        raise
    except Exception as error:  # Pillow answers hostile bytes with a dozen exception types
        raise MediaError(f"This picture cannot be shown: {error}") from error
    return out.getvalue()


def _check(image: Image.Image) -> None:
    """Refuse a picture that would fill the memory; only its header has been read yet."""
    limit = get_settings().max_image_pixels
    if image.width * image.height > limit:
        raise MediaError(f"This picture has {image.width} x {image.height} pixels, more than {limit}.")


def _shrink(image: Image.Image, side: int) -> Image.Image:
    """Return the first frame: upright, RGB, without metadata."""
    image.draft("RGB", (side, side))
    rgb = _rgb(ImageOps.exif_transpose(image))
    rgb.thumbnail((side, side), Image.Resampling.BILINEAR, reducing_gap=2)
    rgb.info.clear()  # comments, profiles, EXIF: Pillow would write some of it again
    return rgb


def _rgb(image: Image.Image) -> Image.Image:
    """Convert any mode to RGB, transparency to white."""
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value / 256, "L")
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
