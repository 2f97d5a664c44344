"""Where training pictures came from and what they show, as far as the dataset's index says."""

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from worker.training.pictures import CLASSES, Example

LEAST = 20
"""Kinds with fewer pictures are not reported: their shares would be noise."""


@dataclass(frozen=True)
class Origin:
    """One picture's source, the licence found there, and its kind (pistol, phone, ...)."""

    source: str = "not stated"
    licence: str = "not stated"
    kind: str = "not stated"


Origins = dict[Path, Origin]


def read_origins(data: Path) -> Origins:
    """Read the columns `source_repo`, `license` and `fine_class`, where there are any, by picture path.

    Args:
        data: a manifest CSV, or a dataset folder with an `index.csv`.
    """
    index = data / "index.csv" if data.is_dir() else data
    if not index.is_file():
        return {}
    with index.open(newline="", encoding="utf-8-sig") as file:
        return {index.parent / row["path"]: _origin(row) for row in csv.DictReader(file)}


def by_source(examples: Iterable[Example], origins: Origins) -> list[tuple[str, str, int]]:
    """Count pictures by source and licence, most first."""
    found = (origins.get(example.path, Origin()) for example in examples)
    counts = Counter((origin.source, origin.licence) for origin in found)
    return [(*key, count) for key, count in counts.most_common()]


def by_kind(
    examples: Iterable[Example], flagged: Iterable[bool], origins: Origins
) -> list[tuple[str, str, int, float]]:
    """Return class, kind, number of pictures and flagged share of each kind, the commonest first."""
    total: Counter[tuple[str, str]] = Counter()
    hits: Counter[tuple[str, str]] = Counter()
    for example, hit in zip(examples, flagged, strict=True):
        key = CLASSES[example.label], origins.get(example.path, Origin()).kind
        total[key] += 1
        hits[key] += bool(hit)
    return [(*key, count, hits[key] / count) for key, count in total.most_common() if count >= LEAST]


def _origin(row: dict[str, str]) -> Origin:
    columns = (row.get(name) or Origin.source for name in ("source_repo", "license", "fine_class"))
    return Origin(*columns)
