"""What reads the words in pictures. Its version is known without loading it, to the workers that ask."""

from collections.abc import Callable
from functools import cache

from triage.errors import ConfigurationError
from triage.settings import get_settings
from worker import named
from worker.readers.base import Reader

KNOWN = dict.fromkeys(("auto", "rapidocr"), "worker.readers.rapid:RapidReader")


def version() -> str:
    """Return the version of the configured reader.

    Raises:
        ConfigurationError: there is no reader of that name, or it names no version.
    """
    name = get_settings().reader
    found = getattr(_class(name), "version", None)
    if not isinstance(found, str):
        raise ConfigurationError(f"The reader {name!r} has no `version`; see docs/picture-text.md.")
    return found


def check() -> None:
    """Verify what the reader needs without loading it: a process that will fork must not load a model.

    Raises:
        ConfigurationError, ArtifactError: see `load`.
    """
    getattr(_class(get_settings().reader), "check", lambda: None)()


def load() -> Reader:
    """Return this process's reader, loaded when first needed: models do not survive a fork.

    Raises:
        ConfigurationError: there is no reader of that name, or what it needs is not installed.
        ArtifactError: its models are missing.
    """
    return _load(get_settings().reader)


@cache
def _load(name: str) -> Reader:
    return _class(name)()


def _class(name: str) -> Callable[[], Reader]:
    return named.find(name, KNOWN, "reader", "FLAGPOST_READER")
