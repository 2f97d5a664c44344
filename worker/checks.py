"""What `flagpost doctor` asks of the worker: are the models there, unaltered, and do they load?"""

from importlib.util import find_spec

from triage import readings
from triage.settings import get_settings
from worker import readers, scorers


def models() -> str:
    """Load every configured scorer, and the reader where pictures are read.

    Raises:
        ArtifactError: a model is missing or altered.
        ConfigurationError: a scorer or the reader is not known, or what it needs is not installed.
    """
    active = [scorers.load(name) for name in get_settings().scorers]
    return ", ".join([*(f"{scorer.name} {scorer.version}" for scorer in active), _reader()])


def _reader() -> str:
    if readings.switched_on():
        here = find_spec(readings.LIBRARY) or get_settings().reader not in readers.KNOWN
        return f"reader {readers.load().version}" if here else f"reader {readers.version()}, on another host"
    return "no reader: words in pictures are not read (docs/picture-text.md)"
