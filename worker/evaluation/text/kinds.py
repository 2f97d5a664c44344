"""How often the kind of threat that a model names is one that the caption's label leaves open."""

from collections.abc import Iterator, Sequence
from typing import Any

from worker.evaluation.kinds import counted
from worker.training.text.captions import Split
from worker.training.text.kinds import KINDS, possible


def by_kind(captions: Split, named: Sequence[str | None]) -> list[dict[str, Any]]:
    """Count violent captions by the kind that was named, most frequent first.

    Captions whose label leaves every kind open are left out, for no name would be wrong; so are those that
    no kind was named for.

    Args:
        captions: (n,).
        named: what the model named, (n,).
    """
    return counted(_judged(captions, named))


def _judged(captions: Split, named: Sequence[str | None]) -> Iterator[tuple[str, bool]]:
    for label, fine, group, kind in zip(captions.labels, captions.fine, captions.groups, named, strict=True):
        open_to = possible(fine, group)
        if label and kind and not open_to.all():
            yield kind, kind in KINDS and bool(open_to[KINDS.index(kind)])
