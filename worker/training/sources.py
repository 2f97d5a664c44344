"""Where training pictures came from, as far as the dataset's index says."""

import csv
from collections import Counter
from pathlib import Path

from worker.training.pictures import Dataset

Source = tuple[str, str, int]
"""Source, licence found, number of pictures used."""


def sources(data: Path, dataset: Dataset) -> list[Source]:
    """Count the used pictures by source and licence, most first.

    Args:
        data: a manifest CSV, or a dataset folder with an `index.csv`; its columns `source_repo` and `license`
            are read where they exist.
        dataset: the examples used.
    """
    index = data / "index.csv" if data.is_dir() else data
    origins: dict[Path, tuple[str, str]] = {}
    if index.is_file():
        with index.open(newline="", encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                origins[index.parent / row["path"]] = (row.get("source_repo", ""), row.get("license", ""))
    unknown = ("not stated", "not stated")
    found = Counter(origins.get(example.path, unknown) for example in dataset.examples)
    return [(source, licence, count) for (source, licence), count in found.most_common()]
