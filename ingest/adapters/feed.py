"""A file of RSS or Atom. See docs/sources/feed.md."""

from collections.abc import Iterator

from ingest.adapters.export import ExportAdapter, Step
from ingest.feed import MAX_FEED_BYTES, read_feed
from ingest.lines import fingerprint


class FeedAdapter(ExportAdapter):
    """Reads the entries of one feed in its order."""

    def _fingerprint(self) -> str:
        return fingerprint(self.path)

    def _steps(self) -> Iterator[Step]:
        with self.path.open("rb") as file:
            raw = file.read(MAX_FEED_BYTES + 1)
        for found in read_feed(raw, self.source, str(self.path)):
            yield 0.5, found  # parsing is most of the time, and it is over
