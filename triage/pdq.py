"""PDQ: a fingerprint of what a picture looks like, which survives rescaling, mild blur and JPEG.

After Meta's "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm" (2019) and its
reference code in facebook/ThreatExchange. Fingerprints of pictures that look alike differ in few of their 256
bits, those of unrelated ones in about 128. It knows pictures, not what they show: it recognises no face.

The reference blurs a picture with two box filters each way and then keeps every n-th pixel. All that is
linear, rows and columns apart; so each pixel that is kept is made here of the few that it depends on.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from triage.images import Picture

BITS = 256
NEAR = 31
"""Most bits in which near copies differ: the threshold that the whitepaper recommends."""
USABLE = 50
"""Least quality of a fingerprint that says something; plainer pictures look like too many others."""
SMALLEST = 5
"""Least width and height, in pixels, that the reference looks at."""
SIDE = 64
"""Pixels a side after blur and decimation."""
WAVES = 16
"""Frequencies each way that are compared, the lowest without the constant one."""
DEPTH = 100 / 255
"""Steps of brightness (0 to 255) to the percents that quality counts."""
STEPS = 90
"""Percents of change between neighbours, over the whole picture, that make one point of quality."""

Matrix = NDArray[np.float32]


class Fingerprint(NamedTuple):
    """What a picture looks like."""

    bits: int
    """256 bits, as a number."""
    quality: int
    """How much there is to go by, 0 (one colour) to 100."""

    @property
    def usable(self) -> bool:
        """Whether there is enough in the picture to tell it from others."""
        return self.quality >= USABLE

    def __str__(self) -> str:
        """Return 64 hex digits, as ThreatExchange writes them."""
        return f"{self.bits:064x}"


def fingerprint(picture: Picture) -> Fingerprint:
    """Take a picture's fingerprint.

    Args:
        picture: height x width x 3, uint8. A large one may be scaled down before; see `images.decode`.

    Returns:
        The fingerprint; with quality 0 for a picture narrower or lower than 5 pixels.
    """
    height, width = picture.shape[:2]
    if min(height, width) < SMALLEST:
        return Fingerprint(0, 0)
    luminance = np.asarray(Image.fromarray(picture).convert("L"))
    small = _decimate(_decimate(luminance).T).T
    waves = (_cosines() @ small @ _cosines().T).ravel()
    median = np.partition(waves, BITS // 2 - 1)[BITS // 2 - 1]  # the lower of the two in the middle
    bits = np.packbits(waves > median, bitorder="little")
    return Fingerprint(int.from_bytes(bits.tobytes(), "little"), _quality(small))


def distance(one: Fingerprint, other: Fingerprint) -> int:
    """Count the bits in which two fingerprints differ, 0 to 256."""
    return (one.bits ^ other.bits).bit_count()


def _quality(small: Matrix) -> int:
    """Sum the brightness' changes between neighbours, those under a percent left out: 0 to 100."""
    changes = [np.trunc(np.diff(small, axis=axis) * DEPTH) for axis in (0, 1)]
    return min(int(sum(np.abs(each).sum() for each in changes)) // STEPS, 100)


def _decimate(lines: NDArray[np.uint8] | Matrix) -> Matrix:
    """Blur lines into each other and keep 64 of them: height x width to 64 x width.

    Sums by hand, for the threads of a matrix product get into each other's way in many worker processes.
    """
    taps, weights = _taps(len(lines))
    kept: Matrix = np.einsum("tk,tkw->kw", weights, lines[taps].astype(np.float32))
    return kept


@lru_cache(maxsize=1024)
def _taps(length: int) -> tuple[NDArray[np.intp], Matrix]:
    """Return of which lines each of the 64 is made, and their shares: both taps x 64; shares add up to 1.

    The blur is a tent: the mean over a window of means over a window, each cut off at the picture's edge. The
    window is half a step wide, rounded up, and where its width is even it reaches one further to the right.
    """
    window = -(-length // (2 * SIDE))
    left, right = (window - 1) // 2, window // 2
    centres = ((np.arange(SIDE) + 0.5) * length / SIDE).astype(np.intp)[:, None]
    means = centres + np.arange(-left, right + 1)  # 64 x window: the places whose means are averaged
    taps = centres + np.arange(-2 * left, 2 * right + 1)  # 64 x taps: all that those means are made of
    away = taps[:, None, :] - means[:, :, None]
    within = (away >= -left) & (away <= right) & _inside(taps, length)[:, None, :]
    shares = within / np.maximum(within.sum(axis=2, keepdims=True), 1)
    counted = _inside(means, length)
    weights = (shares * counted[:, :, None]).sum(axis=1) / counted.sum(axis=1, keepdims=True)
    return taps.clip(0, length - 1).T, weights.astype(np.float32).T


def _inside(places: NDArray[np.intp], length: int) -> NDArray[np.bool_]:
    return (places >= 0) & (places < length)


@lru_cache(maxsize=1)
def _cosines() -> Matrix:
    """Return the rows 1 to 16 of the discrete cosine transform of 64 values, not scaled: 16 x 64."""
    rows, columns = np.arange(1, WAVES + 1)[:, None], np.arange(SIDE)
    waves: Matrix = np.cos(np.pi / (2 * SIDE) * rows * (2 * columns + 1), dtype=np.float32)
    return waves
