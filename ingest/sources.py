"""Sources by name: the file of FLAGPOST_SOURCES says which there are, entry points which adapters read them.

    [fediverse]
    adapter = "files"
    every = 60
    path = "/srv/drops"

All but `adapter` and `every` is the adapter's own.
"""

import tomllib
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Any, TypeAlias

from pydantic import ConfigDict, Field, ValidationError

from ingest.adapter import Adapter
from ingest.fields import check_source
from triage.contracts import Contract
from triage.errors import ConfigurationError, InputError
from triage.settings import get_settings

GROUP = "flagpost.adapters"
Opener: TypeAlias = Callable[[str, Mapping[str, Any]], Adapter]
"""From a source's name and options to its adapter; it raises ValueError for an option that cannot be."""


class Source(Contract):
    """One entry of the file."""

    model_config = ConfigDict(extra="allow")

    name: str
    adapter: str
    every: float = Field(60, gt=0)
    """Seconds between one reading's end and the next one's beginning, where it is followed."""

    def open(self) -> Adapter:
        """Return its adapter, ready to read.

        Raises:
            ConfigurationError: no adapter of that name is installed, or it cannot use an option.
            InputError: there is nothing to read.
        """
        try:
            return _opener(self.adapter)(self.name, self.model_extra or {})
        except ValidationError as error:
            raise ConfigurationError(f"The source {self.name} cannot be opened: {wrong(error)}") from error
        except KeyError as error:
            raise ConfigurationError(f"The source {self.name} needs the option {error}.") from error
        except (TypeError, ValueError) as error:
            raise ConfigurationError(f"The source {self.name} cannot be opened: {error}") from error


def configured() -> dict[str, Source]:
    """Return all sources by name.

    Raises:
        ConfigurationError: the file is missing or wrong; the message names the entry.
    """
    path = get_settings().sources
    if path is None:
        raise ConfigurationError(
            "No sources are configured: set FLAGPOST_SOURCES. See docs/sources/README.md."
        )
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"The file of sources {path} cannot be read: {error}.") from error
    return {name: _entry(name, entry) for name, entry in entries.items()}


def find(name: str) -> Source:
    """Return a source by name.

    Raises:
        ConfigurationError: there is none; the message lists them.
    """
    known = configured()
    if name not in known:
        raise ConfigurationError(f"There is no source {name!r}. Known: {', '.join(known) or 'none'}.")
    return known[name]


def check_name(name: str) -> str:
    """Return the name of a source that is read by name, if it can be one.

    Raises:
        ConfigurationError: it cannot; the message says why.
    """
    try:
        return check_source(name)
    except InputError as error:
        raise ConfigurationError(str(error)) from error


def adapters() -> list[str]:
    """Return the names of the installed adapters."""
    return sorted({entry.name for entry in entry_points(group=GROUP)})


def _entry(name: str, entry: object) -> Source:
    if not isinstance(entry, dict):
        raise ConfigurationError(f"The sources' entry {name!r} is no table: write [{name}] and its options.")
    try:
        return Source.model_validate({**entry, "name": check_name(name)})
    except ValidationError as error:
        raise ConfigurationError(f"The source {name} is configured wrongly: {wrong(error)}") from error


def wrong(error: ValidationError) -> str:
    """Name each wrong option; what it was set to may be a secret."""
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())


def _opener(name: str) -> Opener:
    for entry in entry_points(group=GROUP):
        if entry.name == name:
            loaded: Opener = entry.load()
            return loaded
    raise ValueError(f"no adapter {name!r} is installed; there are: {', '.join(adapters())}")
