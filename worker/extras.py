"""Libraries that the default install leaves out."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from triage.errors import ConfigurationError


@contextmanager
def train_extra() -> Iterator[None]:
    """Say how to get the libraries of the extra `train` where an import inside the block misses them.

    Raises:
        ConfigurationError: one is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        yield
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"This needs {error.name}, which is not installed: pip install 'flagpost[train]'."
        ) from error
