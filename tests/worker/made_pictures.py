"""Pictures made by program, in every format and mode that posts arrive in."""

from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image


def half_red(width: int = 40, height: int = 20) -> Image.Image:
    """Left half pure red, right half blue."""
    image = Image.new("RGB", (width, height), (255, 0, 0))
    image.paste((0, 0, 255), (width // 2, 0, width, height))
    return image


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The bytes of a picture file."""
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def grey16() -> Image.Image:
    """A 16-bit ramp from black to white, 256 x 4."""
    return Image.fromarray(np.tile(np.linspace(0, 65535, 256).astype(np.uint16), (4, 1)))


def transparent_palette() -> Image.Image:
    """A palette picture whose left half is transparent."""
    image = half_red().convert("P", palette=Image.Palette.ADAPTIVE, colors=2)
    image.info["transparency"] = image.getpixel((0, 0))
    return image


def every_kind() -> dict[str, bytes]:
    """One file of every format and mode."""
    red = half_red()
    clear = red.convert("RGBA")
    clear.putalpha(0)
    frames: dict[str, Any] = {"save_all": True, "append_images": [Image.new("RGB", (40, 20), "green")]}
    rotated = Image.Exif()
    rotated[0x0112] = 6
    return {
        "jpeg": encoded(red, "JPEG"),
        "jpeg progressive": encoded(red, "JPEG", progressive=True),
        "jpeg cmyk": encoded(red.convert("CMYK"), "JPEG"),
        "jpeg grey": encoded(red.convert("L"), "JPEG"),
        "jpeg rotated": encoded(red, "JPEG", exif=rotated),
        "png": encoded(red),
        "png 16-bit grey": encoded(grey16()),
        "png one bit": encoded(red.convert("1")),
        "png grey with alpha": encoded(clear.convert("LA")),
        "png transparent": encoded(clear),
        "png transparent palette": encoded(
            transparent_palette(), transparency=transparent_palette().info["transparency"]
        ),
        "png animated": encoded(red, **frames),
        "gif": encoded(red, "GIF"),
        "gif animated": encoded(red, "GIF", **frames),
        "webp": encoded(red, "WEBP"),
        "webp animated": encoded(red, "WEBP", **frames),
        "bmp": encoded(red, "BMP"),
        "tiff": encoded(red, "TIFF"),
        "tiff cmyk": encoded(red.convert("CMYK"), "TIFF"),
        "tiff float": encoded(red.convert("F"), "TIFF"),
        "tiff 32-bit grey": encoded(red.convert("I"), "TIFF"),
        "tiff multi-page": encoded(red, "TIFF", **frames),
    }
