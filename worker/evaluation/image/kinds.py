"""How often the kind of thing that a model names is one that the dataset's label leaves open."""

from collections.abc import Sequence
from typing import Any

from worker.evaluation.kinds import counted
from worker.training.image.kinds import possible
from worker.training.image.pictures import Example


def by_kind(examples: Sequence[Example], named: Sequence[str | None]) -> list[dict[str, Any]]:
    """Count pictures by the kind that was named, most frequent first.

    Clear pictures are left out, for no kind is named to an analyst: see `GunImage`.

    Args:
        examples: (n,).
        named: what the model named, (n,); None where it named nothing.
    """
    return counted(
        (kind, kind in possible(example.kind, example.label))
        for example, kind in zip(examples, named, strict=True)
        if kind
    )
