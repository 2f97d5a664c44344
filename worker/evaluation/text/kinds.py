"""How often the kind of threat that a model names is one that the caption's label leaves open."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from worker.evaluation.shares import LEAST, wilson
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
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for label, fine, group, kind in zip(captions.labels, captions.fine, captions.groups, named, strict=True):
        open_to = possible(fine, group)
        if label and kind and not open_to.all():
            total[kind] += 1
            right[kind] += kind in KINDS and bool(open_to[KINDS.index(kind)])
    return [_row(kind, count, right[kind]) for kind, count in total.most_common()]


def _row(kind: str, n: int, right: int) -> dict[str, Any]:
    low, high = wilson(right, n)
    return {"kind": kind, "n": n, "share": right / n, "low": low, "high": high, "few": n < LEAST}
