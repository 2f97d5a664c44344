"""Trained artifacts as a start for more: to go on from, or to join."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import keras

from triage.errors import TrainingError
from worker import manifest
from worker.manifest import Manifest
from worker.runtime import KERAS
from worker.scorers.gun_image import GunImage


@dataclass(frozen=True)
class Trained:
    """A network as an artifact keeps it."""

    model: keras.Model
    manifest: Manifest

    @classmethod
    def load(cls, folder: Path, arch: str) -> Self:
        """Load the network of a verified artifact.

        Raises:
            ArtifactError: the folder holds no verified artifact of gun_image.
            TrainingError: it holds another network than `arch`, or not its Keras file.
        """
        artifact = manifest.load(GunImage.name, folder)
        found = artifact.manifest.metrics.get("arch")
        if found != arch or not artifact.path(KERAS).is_file():
            raise TrainingError(
                f"{folder} holds {found or 'a network without a name'}, not {arch} with its {KERAS}. "
                f"Train one: flagpost train image --arch {arch}."
            )
        return cls(keras.models.load_model(artifact.path(KERAS), compile=False), artifact.manifest)

    @property
    def version(self) -> str:
        """The artifact's."""
        return self.manifest.version

    def summary(self) -> dict[str, Any]:
        """Return what a card notes about it."""
        metrics = self.manifest.metrics
        return {"arch": metrics["arch"], "version": self.version, "training": metrics["training"]}
