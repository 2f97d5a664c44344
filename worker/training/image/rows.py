"""Rows of the CSV files that describe a dataset."""

import csv
from collections.abc import Iterator
from pathlib import Path

from triage.errors import TrainingError


def rows(path: Path, needed: set[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line numbers and rows of a CSV that has certain columns; cells that a row lacks are empty.

    Raises:
        TrainingError: it lacks one, or is no CSV in UTF-8.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            found = csv.DictReader(file, restval="")
            if missing := needed - set(found.fieldnames or ()):
                raise TrainingError(
                    f"{path} lacks the columns {', '.join(sorted(missing))}. Name them in its first line."
                )
            for row in found:
                yield found.line_num, row
    except (UnicodeDecodeError, csv.Error) as error:
        raise TrainingError(
            f"{path} is no CSV in UTF-8: {error}. Save it as one, or give a folder of pictures."
        ) from error
