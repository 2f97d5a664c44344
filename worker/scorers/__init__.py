"""The scorers by name. Each is loaded once per process, when first needed: models do not survive a fork."""

from collections.abc import Callable
from functools import cache
from typing import Literal

from triage.errors import ConfigurationError
from triage.settings import get_settings
from worker import manifest, named
from worker.scorers.base import Scorer

KNOWN = {
    "gun_image": "worker.scorers.gun_image:GunImage",
    "violence_text": "worker.scorers.violence_text:ViolenceText",
    "toy_image": "worker.scorers.toy:ToyImage",
    "toy_text": "worker.scorers.toy:ToyText",
}
"""Scorer names to their classes. Your own class works too, named as `module:Class`."""


def configured(kind: Literal["image", "text"], *, required: bool = True) -> list[Scorer]:
    """Return the scorers of `FLAGPOST_SCORERS` that take items of a kind, without loading the others' models.

    Raises:
        ConfigurationError: there is none though one is required, or a name is unknown.
    """
    names = [name for name in get_settings().scorers if getattr(_class(name), "kind", None) == kind]
    if required and not names:
        raise ConfigurationError(f"No scorer for {kind}s is configured. Add one to FLAGPOST_SCORERS.")
    return [load(name) for name in names]


@cache
def load(name: str) -> Scorer:
    """Return this process's scorer of a name.

    Raises:
        ConfigurationError: there is no scorer of that name.
        ArtifactError: its model is missing or altered.
    """
    return _class(name)()


def check(name: str) -> None:
    """Verify what a scorer needs without loading it: a process that will fork must not load a model.

    Raises:
        ConfigurationError: there is no scorer of that name.
        ArtifactError: its model is missing or altered.
    """
    if getattr(_class(name), "has_artifact", False):
        manifest.load(name)


def _class(name: str) -> Callable[[], Scorer]:
    return named.find(name, KNOWN, "scorer", "FLAGPOST_SCORERS")
