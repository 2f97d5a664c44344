"""Figures and moments in words."""

from datetime import UTC, datetime

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))
_NEARLY_SURE = 0.995


def percent(probability: float) -> str:
    """Return a probability (0 to 1) as a whole percentage; never quite 0 or 100, for no model is sure."""
    if probability >= _NEARLY_SURE:
        return "> 99 %"
    if probability < 1 - _NEARLY_SURE:
        return "< 1 %"
    return f"{probability:.0%}".replace("%", " %")


def utc(moment: datetime) -> str:
    """Return a moment to the minute."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def age(moment: datetime) -> str:
    """Return the time since a moment in its largest unit, such as `3 h`."""
    seconds = (datetime.now(UTC) - moment).total_seconds()
    return next((f"{seconds // size:.0f} {unit}" for size, unit in _UNITS if seconds >= size), "just now")
