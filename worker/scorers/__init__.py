"""The scorers by name. Each is loaded once per process, when first needed: models do not survive a fork."""

from functools import cache
from importlib import import_module
from typing import Literal

from triage.errors import ConfigurationError
from triage.settings import get_settings
from worker.scorers.base import Scorer

KNOWN = {
    "gun_image": ("image", "worker.scorers.gun_image:GunImage"),
    "violence_text": ("text", "worker.scorers.violence_text:ViolenceText"),
    "toy_image": ("image", "worker.scorers.toy:ToyImage"),
    "toy_text": ("text", "worker.scorers.toy:ToyText"),
}
"""Scorer names to the kind of item they take and the class that makes them when called."""


def configured(kind: Literal["image", "text"]) -> list[Scorer]:
    """Return the scorers of `FLAGPOST_SCORERS` that take items of a kind, without loading the others.

    Raises:
        ConfigurationError: there is none, or a name is unknown.
    """
    names = [name for name in get_settings().scorers if _known(name)[0] == kind]
    if not names:
        raise ConfigurationError(f"No scorer for {kind}s is configured. Add one to FLAGPOST_SCORERS.")
    return [load(name) for name in names]


@cache
def load(name: str) -> Scorer:
    """Return this process's scorer of a name.

    Raises:
        ConfigurationError: there is no scorer of that name.
        ArtifactError: its model is missing or altered.
    """
    module, _, factory = _known(name)[1].partition(":")
    scorer: Scorer = getattr(import_module(module), factory)()
    return scorer


def _known(name: str) -> tuple[str, str]:
    if name not in KNOWN:
        names = ", ".join(sorted(KNOWN))
        raise ConfigurationError(f"No scorer is named {name!r}. Known: {names}. Check FLAGPOST_SCORERS.")
    return KNOWN[name]
