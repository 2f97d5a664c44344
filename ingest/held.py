"""A picture that came inside its post: its bytes are held until the post is stored."""

from dataclasses import dataclass, field

from triage.errors import MediaError


@dataclass(frozen=True, slots=True)
class Held:
    """Bytes that were read with their post."""

    data: bytes = field(repr=False)

    def read(self, limit: int) -> bytes:
        """See `ingest.adapter.Content`."""
        if len(self.data) > limit:
            raise MediaError(
                f"the picture has {len(self.data)} bytes, more than {limit} (FLAGPOST_MAX_MEDIA_BYTES)"
            )
        return self.data
