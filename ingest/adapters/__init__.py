"""One source per file. `for_path` finds the adapter of a file or folder."""

from pathlib import Path

from ingest.adapter import Adapter
from ingest.adapters.csv import CsvAdapter
from ingest.adapters.folder import FolderAdapter
from ingest.adapters.jsonl import JsonlAdapter
from triage.errors import InputError


def source_name(path: Path) -> str:
    """Return the source of posts that name none: the file's stem or the folder's name."""
    path = path.absolute()
    return (path.name if path.is_dir() else path.stem) or "posts"


def for_path(path: Path, source: str) -> Adapter:
    """Return the adapter that reads a path, by its ending.

    Raises:
        InputError: there is nothing at the path, or no adapter reads such a file.
    """
    if path.is_dir():
        return FolderAdapter(path, source)
    if not path.is_file():
        raise InputError(f"There is no file or folder {path}.")
    match path.suffix.lower():
        case ".jsonl" | ".ndjson":
            return JsonlAdapter(path, source)
        case ".csv":
            return CsvAdapter(path, source)
    raise InputError(f"{path} is of no known kind: give a .jsonl or .csv file, or a folder of pictures.")
