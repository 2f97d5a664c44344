"""What adapters of web APIs share: one place that asks, heeds rate limits, and explains refusals."""

from collections.abc import Mapping
from time import monotonic

from ingest.http.fetched import Fetched
from ingest.http.fetcher import OK, Fetcher
from ingest.http.rates import pause
from triage.errors import FetchFailed

MAX_ANSWER_BYTES = 16 * 2**20
DENIED = (401, 403, 422)
"""What servers answer that want a token, or another one."""
QUOTA = b'"quotaExceeded"'
"""What Google says to whom it has answered often enough for a day."""


class Api:
    """One server's API."""

    def __init__(
        self,
        base: str,
        fetcher: Fetcher,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Ask below `base`, such as `https://host/api`, with a bearer token or headers if given."""
        self.base = base.rstrip("/")
        self._fetcher = fetcher
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._headers |= headers or {}
        self._ready_at = 0.0

    def ask(self, path: str, params: Mapping[str, str | int]) -> Fetched:
        """Return the answer to a GET.

        Raises:
            FetchFailed: the server wants to be left alone, refuses, or answers anything but 200. It carries
                the seconds to wait, where the server says so.
            FetchRefused: the address may not be opened.
        """
        if (left := self._ready_at - monotonic()) > 0:
            raise FetchFailed(f"{self.base}: its rate limit is used up; not asked again yet", None, left)
        found = self._fetcher.call(
            "GET", self.base + path, headers=self._headers, params=params, limit=MAX_ANSWER_BYTES
        )
        self._ready_at = monotonic() + pause(found.headers)
        if found.status != OK:
            raise FetchFailed(
                f"{found.name}: the server answers {found.status}; {_advice(found)}",
                found.status,
                pause(found.headers) or None,
            )
        return found


def _advice(found: Fetched) -> str:
    if found.status in DENIED and QUOTA in found.body:
        return "its quota is used up; read it less often, or ask for more"
    if found.status in DENIED:
        return "give the source a token that may read this"
    later = found.status == 429 or found.status >= 500  # noqa: PLR2004
    return "try again later" if later else "check the source's options"
