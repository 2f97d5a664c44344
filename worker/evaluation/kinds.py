"""How often the kind that a model names is one that the label leaves open."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from worker.evaluation.shares import LEAST, wilson


def counted(named: Iterable[tuple[str, bool]]) -> list[dict[str, Any]]:
    """Count examples by the kind that was named, most frequent first.

    Args:
        named: of each example that a kind was named for, the kind and whether it may be that.
    """
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for kind, open_to in named:
        total[kind] += 1
        right[kind] += open_to
    return [_row(kind, count, right[kind]) for kind, count in total.most_common()]


def _row(kind: str, n: int, right: int) -> dict[str, Any]:
    low, high = wilson(right, n)
    return {"kind": kind, "n": n, "share": right / n, "low": low, "high": high, "few": n < LEAST}
