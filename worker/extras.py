"""Libraries that the default install leaves out."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from triage.errors import ConfigurationError

TENSORFLOW = {
    "TF_CPP_MIN_LOG_LEVEL": "2",  # it greets at length
    "TF_ENABLE_ONEDNN_OPTS": "1",  # its own choice on some processors only; AMD's take half the time with it
}
"""Environment in which TensorFlow is loaded, unless it says otherwise."""


@contextmanager
def train_extra() -> Iterator[None]:
    """Say how to get the libraries of the extra `train` where an import inside the block misses them.

    Raises:
        ConfigurationError: one is not installed.
    """
    prepare_tensorflow()
    try:
        yield
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"This needs {error.name}, which is not installed: pip install 'flagpost[train]'."
        ) from error


def prepare_tensorflow() -> None:
    """Set the environment in which TensorFlow works best; call it before TensorFlow is loaded."""
    for name, value in TENSORFLOW.items():
        os.environ.setdefault(name, value)
