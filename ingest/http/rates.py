"""How long a server wants to be left alone, by the rate-limit headers it sends, in any of their dialects."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from math import isfinite

from ingest.http.fetched import MAX_RETRY_AFTER, retry_after

REMAINING = ("X-RateLimit-Remaining", "X-Rate-Limit-Remaining", "RateLimit-Remaining")
RESET = ("X-RateLimit-Reset", "X-Rate-Limit-Reset", "RateLimit-Reset")


def pause(headers: Mapping[str, str], now: datetime | None = None) -> float:
    """Return the seconds to wait before the next request: 0 unless the allowance is used up.

    Mastodon writes the end of the window in ISO 8601, Bluesky and X in seconds since 1970, Reddit in seconds
    from now; many answers of each carry no such header at all.

    Args:
        headers: as the server gave them.
        now: with a zone; by default the clock's time.
    """
    if (asked := retry_after(_first(headers, ("Retry-After",)))) is not None:
        return asked
    remaining = _number(_first(headers, REMAINING))
    if remaining is None or remaining >= 1:
        return 0.0
    seconds = _until(_first(headers, RESET), now or datetime.now(UTC))
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def _first(headers: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((headers[name].strip() for name in names if name in headers), "")


def _number(text: str) -> float | None:
    with suppress(ValueError):
        number = float(text)
        return number if isfinite(number) else None
    return None


def _until(text: str, now: datetime) -> float:
    """Return the seconds until a reset; 0 where it cannot be read."""
    number = _number(text)
    if number is not None:
        return number - now.timestamp() if number > MAX_RETRY_AFTER else number
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
    return 0.0
