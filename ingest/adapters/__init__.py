"""One source per file. `for_path` finds the adapter of a file or folder."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from ingest.adapter import Adapter
from ingest.adapters.csv import CsvAdapter
from ingest.adapters.feed import FeedAdapter
from ingest.adapters.folder import FolderAdapter
from ingest.adapters.jsonl import JsonlAdapter
from ingest.adapters.mail import EmlAdapter, MaildirAdapter, MboxAdapter
from ingest.adapters.meta_return import MetaReturnAdapter
from ingest.adapters.telegram import FILE as RESULT_JSON
from ingest.adapters.telegram import TelegramAdapter
from ingest.fields import check_source
from ingest.files import PICTURES
from triage.contracts import Contract
from triage.errors import InputError

Make: TypeAlias = Callable[[Path, str], Adapter]
"""Makes the adapter of a path, whose posts get a source's name."""

FILES: Mapping[str, Make] = {
    ".jsonl": JsonlAdapter,
    ".ndjson": JsonlAdapter,
    ".csv": CsvAdapter,
    ".mbox": MboxAdapter,
    ".eml": EmlAdapter,
    ".xml": FeedAdapter,
    ".rss": FeedAdapter,
    ".atom": FeedAdapter,
    ".zip": MetaReturnAdapter,
}
"""Adapters of files, by their endings."""


def _is_telegram(names: set[str]) -> bool:
    """A picture of the same name would make it the picture's caption."""
    return RESULT_JSON in names and not any(f"result{ending}" in names for ending in PICTURES)


def _is_maildir(names: set[str]) -> bool:
    return {"cur", "new", "tmp"} <= names


def _holds_mails(names: set[str]) -> bool:
    return any(name.lower().endswith(".eml") for name in names)


FOLDERS: tuple[tuple[Callable[[set[str]], bool], Make], ...] = (
    (_is_telegram, TelegramAdapter),
    (_is_maildir, MaildirAdapter),
    (_holds_mails, EmlAdapter),
)
"""Adapters of folders, by the names in them; the first that fits. A folder of none is one of pictures."""


class Options(Contract):
    """What a source that is a file or folder may say."""

    path: Path


def for_path(path: Path, source: str | None = None) -> tuple[Adapter, str]:
    """Return the adapter that reads a path, by what lies there, and the name of its source.

    Args:
        path: a file of a known ending, or a folder.
        source: the source's name; by default the file's stem or the folder's name.

    Raises:
        InputError: there is nothing at the path, no adapter reads such a file, or the name cannot be one.

    """
    name = check_source(_name(path) if source is None else source)
    return _maker(path)(path, name), name


def _maker(path: Path) -> Make:
    if path.is_dir():
        names = {one.name for one in path.glob("*")}
        return next((make for fits, make in FOLDERS if fits(names)), FolderAdapter)
    if not path.is_file():
        raise InputError(f"There is no file or folder {path}.")
    if path.name == RESULT_JSON:
        return TelegramAdapter
    if make := FILES.get(path.suffix.lower()):
        return make
    raise InputError(
        f"{path} is of no known kind: give a folder, {RESULT_JSON}, or a file {', '.join(FILES)}."
    )


def from_options(source: str, options: Mapping[str, Any]) -> Adapter:
    """Return the adapter of a configured source: its one option is the `path` of a file or folder.

    Raises:
        ValueError: an option cannot be used.
        InputError: see `for_path`.
    """
    return for_path(Options.model_validate(options).path, source)[0]


def _name(path: Path) -> str:
    resolved = path.resolve()
    return (resolved.name if path.is_dir() else resolved.stem) or "posts"
