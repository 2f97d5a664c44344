"""Pictures at outside addresses, as contents that the pump can read."""

import hashlib
from dataclasses import dataclass, field

from ingest.http.fetcher import Fetcher, shared
from triage.errors import FetchError, MediaError

PINNED = "sha256="
"""Begins the fragment of an address that also says what bytes are meant, as pip's addresses do."""


def pinned(url: str, sha256: str) -> str:
    """Return an address that is good for the bytes of one SHA-256 only, wherever it is kept meanwhile."""
    return f"{url}#{PINNED}{sha256}"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A picture at an address that anybody may have written; fetched when its post is stored."""

    url: str = field(repr=False)
    """Where it is; see `pinned`."""
    fetcher: Fetcher | None = field(default=None, repr=False, compare=False)
    """What fetches it; by default the process's own."""

    def read(self, limit: int) -> bytes:
        """See `ingest.adapter.Content`. The cause of the error says whether a later attempt may succeed."""
        url, _, fragment = self.url.partition("#")
        try:
            found = (self.fetcher or shared()).get(url, kind="image", limit=limit)
        except FetchError as error:
            raise MediaError(str(error)) from error
        if fragment.startswith(PINNED) and hashlib.sha256(found.body).hexdigest() != fragment[len(PINNED) :]:
            raise MediaError(f"{found.name}: the picture is not the one that the post names")
        return found.body
