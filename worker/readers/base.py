"""The one interface of all readers: a version, and one method."""

from typing import Protocol

from triage.images import Picture
from triage.wording import Line


class Reader(Protocol):
    """Reads the text in a picture."""

    version: str
    """Changes when the same picture could be read differently. An attribute of the class."""

    def read(self, picture: Picture) -> list[Line]:
        """Return the lines of text in a picture, in any order; none where there is no text."""
        ...
