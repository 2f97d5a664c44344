"""Rectangles in a picture: what becomes of a gun's box when the picture is cropped, mirrored or turned."""

from typing import NamedTuple, Self

import numpy as np

DRAWN_IN = 0.04
"""Share by which the box about a turned box is drawn in on each side: its corners hold no gun."""


class Area(NamedTuple):
    """A rectangle, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """From left to right; negative where nothing is left of a cut."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom; negative where nothing is left of a cut."""
        return self.bottom - self.top

    @property
    def extent(self) -> float:
        """Its pixels."""
        return max(0.0, self.width) * max(0.0, self.height)

    def cut(self, window: "Area") -> "Area":
        """Return the part inside a window."""
        return Area(
            max(self.left, window.left),
            max(self.top, window.top),
            min(self.right, window.right),
            min(self.bottom, window.bottom),
        )

    def moved(self, window: "Area", target: "Area") -> "Area":
        """Return where it lies when a window of the picture is stretched over a target."""
        across, down = target.width / window.width, target.height / window.height
        return Area(
            target.left + (self.left - window.left) * across,
            target.top + (self.top - window.top) * down,
            target.left + (self.right - window.left) * across,
            target.top + (self.bottom - window.top) * down,
        )

    def mirrored(self, width: float) -> "Area":
        """Return where it lies in the mirrored picture of a width."""
        return Area(width - self.right, self.top, width - self.left, self.bottom)

    def grown(self, by: float) -> "Area":
        """Return it with its edges moved outwards."""
        return Area(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def core(self, share: float) -> "Area":
        """Return its middle, of a share of its sides."""
        across, down = self.width * (1 - share) / 2, self.height * (1 - share) / 2
        return Area(self.left + across, self.top + down, self.right - across, self.bottom - down)

    def turned(self, degrees: float, width: float, height: float) -> "Area":
        """Return the box about it after the picture was turned counter-clockwise around its middle."""
        middle, size = np.array((width, height)) / 2, np.array((width, height))
        corners = (
            np.array([(x, y) for x in (self.left, self.right) for y in (self.top, self.bottom)]) - middle
        )
        cosine, sine = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
        moved = corners @ np.array(((cosine, -sine), (sine, cosine))) + middle
        low, high = np.maximum(moved.min(axis=0), 0), np.minimum(moved.max(axis=0), size)
        shrink = (high - low) * DRAWN_IN
        return Area(*(low + shrink).tolist(), *(high - shrink).tolist())

    @classmethod
    def of(cls, width: float, height: float) -> Self:
        """Return the whole of a picture."""
        return cls(0, 0, width, height)
