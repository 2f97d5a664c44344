"""How long a server wants to be left alone, by the rate-limit headers it sends, in any of their dialects."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite

MAX_RETRY_AFTER = 86_400.0
"""Longest wait that a server can ask for, in seconds: a day."""
REMAINING = ("x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining")
RESET = ("x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset")


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return the seconds to wait before the next request, 0 to a day; None: the server asks for no pause.

    `Retry-After` says so itself; else the end of an allowance that is used up counts. Mastodon writes it in
    ISO 8601, Bluesky and X in seconds since 1970, Reddit in seconds from now; many answers of each carry no
    such header at all.

    Args:
        headers: as the server gave them; names in any case.
        now: with a zone; by default the clock's time.
    """
    given = {name.lower(): value.strip() for name, value in headers.items()}
    now = now or datetime.now(UTC)
    seconds = _asked(given.get("retry-after", ""), now)
    if seconds is None and (left := _number(_first(given, REMAINING))) is not None and left < 1:
        seconds = _until(_first(given, RESET), now)
    return None if seconds is None else min(max(seconds, 0.0), MAX_RETRY_AFTER)


def _first(given: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((given[name] for name in names if name in given), "")


def _asked(text: str, now: datetime) -> float | None:
    """Read a Retry-After header: seconds, or a date."""
    with suppress(ValueError, TypeError, OverflowError):
        return float(text) if text.isdigit() else _from(parsedate_to_datetime(text), now)
    return None


def _until(text: str, now: datetime) -> float | None:
    """Return the seconds until a reset; None where it cannot be read."""
    number = _number(text)
    if number is not None:
        return number - now.timestamp() if number > MAX_RETRY_AFTER else number
    with suppress(ValueError):
        return _from(datetime.fromisoformat(text), now)
    return None


def _from(moment: datetime, now: datetime) -> float:
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()


def _number(text: str) -> float | None:
    with suppress(ValueError):
        number = float(text)
        return number if isfinite(number) else None
    return None
