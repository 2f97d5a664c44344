"""The scorers by name. Each is loaded once per process, when it is first needed: models do not survive a fork."""

from functools import cache
from importlib import import_module

from triage.errors import ConfigurationError
from worker.scorers.base import Scorer

KNOWN = {
    "gun_image": "worker.scorers.gun_image:GunImage",
    "violence_text": "worker.scorers.violence_text:ViolenceText",
    "toy_image": "worker.scorers.toy:ToyImage",
    "toy_text": "worker.scorers.toy:ToyText",
}
"""Scorer names to the class that a call without arguments turns into the scorer."""


@cache
def load(name: str) -> Scorer:
    """Return this process's scorer of a name.

    Raises:
        ConfigurationError: there is no scorer of that name.
        ArtifactError: its model is missing or altered.
    """
    if name not in KNOWN:
        raise ConfigurationError(
            f"There is no scorer named {name!r}. Known: {', '.join(sorted(KNOWN))}. Check FLAGPOST_SCORERS."
        )
    module, _, factory = KNOWN[name].partition(":")
    scorer: Scorer = getattr(import_module(module), factory)()
    return scorer
