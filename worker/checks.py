"""What `flagpost doctor` asks of the worker: are the models there, unaltered, and do they load?"""

from triage.settings import get_settings
from worker import scorers


def models() -> str:
    """Load every configured scorer.

    Raises:
        ArtifactError: a model is missing or altered.
        ConfigurationError: a scorer is not known.
    """
    active = [scorers.load(name) for name in get_settings().scorers]
    return ", ".join(f"{scorer.name} {scorer.version}" for scorer in active)
