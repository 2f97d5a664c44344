"""Results of long trainings, kept so that an interrupted command goes on, and never taken for another's."""

import json
from pathlib import Path
from typing import Any

from triage.errors import TrainingError


def read(path: Path, asked: dict[str, Any]) -> dict[str, Any] | None:
    """Return what was kept, or None where nothing is.

    Args:
        path: JSON file.
        asked: what decides the result: options, data, sources.

    Raises:
        TrainingError: it is the result of something else.
    """
    if not path.is_file():
        return None
    kept = json.loads(path.read_text(encoding="utf-8"))
    if kept.get("asked") != _plain(asked):
        raise TrainingError(
            f"{path} is from a run with other data or options. Give the same, or another --out folder."
        )
    found: dict[str, Any] = kept["found"]
    return found


def write(path: Path, asked: dict[str, Any], found: dict[str, Any]) -> None:
    """Keep a result."""
    path.write_text(json.dumps({"asked": asked, "found": found}, default=str) + "\n", encoding="utf-8")


def _plain(asked: dict[str, Any]) -> object:
    return json.loads(json.dumps(asked, default=str))
