"""Hostile bytes to pixels: one decoder for training, scoring and the console, so all see the same picture."""

import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from triage.errors import MediaError
from triage.settings import get_settings

Picture = NDArray[np.uint8]
"""A decoded picture: height x width x 3, RGB, 0 to 255."""
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")
"""What Pillow may try. Its other readers are larger targets, and some start programs."""
SMOOTH = ("L", "LA", "RGB", "RGBA", "CMYK", "YCbCr")
"""Modes whose pixels can be averaged as they are."""
PILLOWS_OWN_LIMIT = Image.MAX_IMAGE_PIXELS or 0
MAX_SIDE = 640
"""Longest side kept, in pixels: enough for every model here, small enough to hold a batch in memory."""

warnings.filterwarnings("ignore", module=r"PIL\.")  # about odd files, on stderr; what matters raises


def decode(data: bytes, max_side: int = MAX_SIDE) -> Picture:
    """Decode the first frame of a picture file: upright, RGB, transparency on white.

    Args:
        data: the file's bytes, from anybody.
        max_side: longest side of the result in pixels; larger pictures are scaled down.

    Returns:
        height x width x 3, uint8.

    Raises:
        MediaError: too large, of no allowed format, or broken; the message says which.
    """
    _check_size(len(data))
    image = _open(data)
    kind = image.format
    try:
        if image.mode in SMOOTH:  # first, for each later step copies the picture
            _shrink(image, max_side)
        image.load()
        rgb = _rgb(_upright(image))
        _shrink(rgb, max_side)
        return np.asarray(rgb)
    except Exception as error:  # Pillow answers hostile bytes with a dozen exception types
        raise MediaError(f"broken or truncated {kind} picture: {error}") from error


def load(path: Path) -> Picture:
    """Decode a picture file.

    Raises:
        MediaError: the file cannot be read, or `decode` refuses it.
    """
    try:
        _check_size(path.stat().st_size)  # before it fills the memory
        return decode(path.read_bytes())
    except OSError as error:
        raise MediaError(f"cannot be read: {error.strerror or error}") from error


def measure(data: bytes) -> tuple[int, int] | tuple[None, None]:
    """Read width and height in pixels from a picture's header, nothing else; None where there is none."""
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            return image.size
    except Exception:  # as in decode
        return None, None


def resize(picture: Picture, width: int, height: int) -> Picture:
    """Resize a picture to height x width x 3 (bilinear, antialiased)."""
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR))


def _check_size(size: int) -> None:
    limit = get_settings().max_media_bytes
    if not size:
        raise MediaError("empty file (0 bytes)")
    if size > limit:
        raise MediaError(f"file of {size} bytes, more than {limit} (FLAGPOST_MAX_MEDIA_BYTES)")


def _open(data: bytes) -> Image.Image:
    """Read the header alone and refuse what would be too large to decode."""
    limit = get_settings().max_image_pixels
    Image.MAX_IMAGE_PIXELS = max(limit, PILLOWS_OWN_LIMIT)  # ours is checked below
    try:
        image = Image.open(BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise MediaError(f"more pixels than {limit} (FLAGPOST_MAX_IMAGE_PIXELS)") from error
    except Exception as error:  # as in decode
        raise MediaError(f"not a picture, or cut off in its header (known: {', '.join(FORMATS)})") from error
    if image.width * image.height > limit:
        raise MediaError(
            f"{image.width} x {image.height} pixels, more than {limit} (FLAGPOST_MAX_IMAGE_PIXELS)"
        )
    return image


def _shrink(image: Image.Image, max_side: int) -> None:
    """Bring the longest side down to a limit; a big JPEG is decoded at 1/2, 1/4 or 1/8 to begin with."""
    image.thumbnail((max_side, max_side), Image.Resampling.BILINEAR, reducing_gap=2)


def _upright(image: Image.Image) -> Image.Image:
    """Apply the EXIF orientation; EXIF that cannot be read is no reason to lose the picture."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # as in decode
        return image


def _rgb(image: Image.Image) -> Image.Image:
    """Convert any mode to RGB."""
    if image.mode.startswith(("I", "F")):
        return _eight_bit(image).convert("RGB")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image.convert("RGB")


def _eight_bit(image: Image.Image) -> Image.Image:
    """Bring 16-bit grey to 0..255; wider values have no fixed white, so their own range is used."""
    values = np.nan_to_num(np.asarray(image, dtype=np.float64), posinf=0, neginf=0)
    low, high = (0.0, 65535.0) if image.mode.startswith("I;16") else (np.min(values), np.max(values))
    return Image.fromarray(((values - low) * (255 / max(high - low, 1e-9))).astype(np.uint8))
