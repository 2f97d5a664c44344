"""What adapters of web APIs share: one place that asks, and explains refusals."""

from collections.abc import Mapping

from ingest.http.fetched import Fetched
from ingest.http.fetcher import OK, Fetcher

MAX_ANSWER_BYTES = 16 * 2**20
QUOTA = b'"quotaExceeded"'
"""What Google says to whom it has answered often enough for a day."""
LESS = "its quota is used up; read it less often, or ask for more"


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

    def ask(self, path: str, params: Mapping[str, str | int]) -> Fetched:
        """Return the answer to a GET.

        Raises:
            FetchFailed: the server wants to be left alone, refuses, or answers anything but 200. It carries
                the seconds to wait, where the server says so.
            FetchRefused: the address may not be opened.
        """
        found = self._fetcher.call(
            "GET", self.base + path, headers=self._headers, params=params, limit=MAX_ANSWER_BYTES
        )
        if found.status != OK:
            raise found.refused(advice=LESS if QUOTA in found.body else None)
        return found
