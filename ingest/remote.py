"""Pictures at outside addresses, as contents that the pump can read."""

from dataclasses import dataclass, field

from ingest.http.fetcher import Fetcher, shared
from triage.errors import FetchError, MediaError


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A picture at an address that anybody may have written; fetched when its post is stored."""

    url: str = field(repr=False)
    fetcher: Fetcher | None = field(default=None, repr=False, compare=False)
    """What fetches it; by default the process's own."""

    def read(self, limit: int) -> bytes:
        """See `ingest.adapter.Content`. The cause of the error says whether a later attempt may succeed."""
        try:
            return (self.fetcher or shared()).get(self.url, kind="image", limit=limit).body
        except FetchError as error:
            raise MediaError(str(error)) from error
