"""What a server answered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.http.addresses import shown
from ingest.http.rates import retry_after
from ingest.http.refusals import refusal
from triage.errors import FetchFailed


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
        return retry_after(self.headers)

    def refused(self, instead: str = "", advice: str | None = None) -> FetchFailed:
        """Return the error that this is not the answer asked for; see `ingest.http.refusals`."""
        return refusal(self.name, self.status, self.headers, instead, advice)

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
