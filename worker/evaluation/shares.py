"""Shares of small groups, and how sure they are."""

from dataclasses import dataclass
from math import sqrt

LEAST = 10
"""Groups with fewer members are marked: their shares are mostly chance."""
Z = 1.959964
"""Standard deviations on each side of a 95 % interval."""


@dataclass(frozen=True)
class Share:
    """The share of a slice's members of one class that were flagged, with its 95 % interval (Wilson)."""

    section: str
    """What the slice is made by, such as `kind` or `source`."""
    name: str
    label: str
    """The class."""
    n: int
    flagged: int
    share: float
    low: float
    high: float
    few: bool
    """Whether there are fewer than LEAST members."""


def share(section: str, name: str, label: str, n: int, flagged: int) -> Share:
    """Return the share of `flagged` among `n` > 0."""
    return Share(section, name, label, n, flagged, flagged / n, *wilson(flagged, n), few=n < LEAST)


def wilson(hits: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of the share of `hits` among `n` > 0, 0 to 1; sound for extreme shares too.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    """
    share, spread = hits / n, Z * Z / n
    middle = share + spread / 2
    reach = Z * sqrt(share * (1 - share) / n + spread / (4 * n))
    return max(0.0, (middle - reach) / (1 + spread)), min(1.0, (middle + reach) / (1 + spread))
