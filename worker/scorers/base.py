"""The one interface of all scorers: a name, the kind of item it takes, and one method."""

from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias

from triage.contracts import Score
from triage.errors import InputError
from triage.images import Picture

Item: TypeAlias = Picture | str


class Scorer(Protocol):
    """Scores items of one kind. One item never changes or fails its neighbours' scores."""

    name: str
    version: str
    """Names all that decides a score, for a picture is scored only once by each version."""
    kind: Literal["image", "text"]

    def score(self, items: Sequence[Item | InputError]) -> list[Score]:
        """Score a batch.

        Args:
            items: pictures or texts by `kind`; an item that could not be prepared comes as its error.

        Returns:
            One score per item, in order. `media_sha256` is left for the caller to fill.
        """
        ...
