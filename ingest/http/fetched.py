"""What a server answered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from ingest.http.addresses import shown
from triage.errors import FetchFailed

MAX_RETRY_AFTER = 86_400.0
"""Longest wait that a server can ask for, in seconds: a day."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer, read to its end."""

    url: str = field(repr=False)
    """Where it came from in the end, after redirects. It may hold a secret: not for messages."""
    status: int
    headers: Mapping[str, str] = field(repr=False)
    """As the server gave them; names in any case. Believe none of them."""
    body: bytes = field(repr=False)
    media_type: str
    """What the body is, by its first bytes."""
    sha256: str

    @property
    def name(self) -> str:
        """The address as messages may show it."""
        return shown(self.url)

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asks to be left alone, 0 to a day; None: it does not say."""
        return retry_after(self.headers.get("Retry-After", ""))

    def json(self) -> Any:  # noqa: ANN401
        """Return the body, read as JSON.

        Raises:
            FetchFailed: it is none.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise FetchFailed(
                f"{self.name}: the answer is no JSON; check the address", self.status
            ) from error


def retry_after(text: str) -> float | None:
    """Read a Retry-After header: seconds, or a date."""
    try:
        seconds = float(text) if text.isdigit() else _until(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def _until(text: str) -> float:
    date = parsedate_to_datetime(text)
    return ((date if date.tzinfo else date.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
