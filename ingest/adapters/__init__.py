"""One source per file. `for_path` finds the adapter of a file or folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ingest.adapter import Adapter
from ingest.adapters.csv import CsvAdapter
from ingest.adapters.folder import FolderAdapter
from ingest.adapters.jsonl import JsonlAdapter
from ingest.fields import check_source
from triage.errors import InputError


def for_path(path: Path, source: str | None = None) -> tuple[Adapter, str]:
    """Return the adapter that reads a path, by its ending, and the name of its source.

    Args:
        path: a .jsonl or .csv file, or a folder.
        source: the source's name; by default the file's stem or the folder's name.

    Raises:
        InputError: there is nothing at the path, no adapter reads such a file, or the name cannot be one.

    """
    name = check_source(_name(path) if source is None else source)
    if path.is_dir():
        return FolderAdapter(path, name), name
    if not path.is_file():
        raise InputError(f"There is no file or folder {path}.")
    match path.suffix.lower():
        case ".jsonl" | ".ndjson":
            return JsonlAdapter(path, name), name
        case ".csv":
            return CsvAdapter(path, name), name
    raise InputError(f"{path} is of no known kind: give a .jsonl or .csv file, or a folder of pictures.")


def from_options(source: str, options: Mapping[str, Any]) -> Adapter:
    """Return the adapter of a configured source: its one option is the `path` of a file or folder.

    Raises:
        TypeError: another option is given.
        InputError: see `for_path`.
    """
    return _at(source, **options)


def _at(source: str, *, path: str) -> Adapter:
    return for_path(Path(path), source)[0]


def _name(path: Path) -> str:
    resolved = path.resolve()
    return (resolved.name if path.is_dir() else resolved.stem) or "posts"
