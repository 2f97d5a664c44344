"""What a setting names: one of ours by its name, or anybody's class as `module:Class`."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from triage.errors import ConfigurationError


def find(name: str, known: Mapping[str, str], what: str, setting: str) -> Callable[[], Any]:
    """Return the class of a name.

    Args:
        name: one of `known`, or `module:Class`.
        known: names to `module:Class`.
        what: what is looked for, as an error calls it.
        setting: where the name came from.

    Raises:
        ConfigurationError: there is none of that name.
    """
    module, _, factory = known.get(name, name).partition(":")
    try:
        made: Callable[[], Any] = getattr(import_module(module), factory)
    except (ImportError, AttributeError, ValueError) as error:
        names = ", ".join(sorted(known))
        raise ConfigurationError(f"No {what} is named {name!r}. Known: {names}. Check {setting}.") from error
    return made
