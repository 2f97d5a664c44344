"""Trained artifacts as a start for more: to go on from, or to join."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import keras

from triage.errors import TrainingError
from worker import manifest
from worker.runtime import KERAS
from worker.scorers.gun_image import GunImage


@dataclass(frozen=True)
class Trained:
    """A network as an artifact keeps it, alone or as a part of a pair."""

    arch: str
    model: keras.Model
    summary: dict[str, Any]
    """What a card notes about it: arch, version and training."""

    @classmethod
    def load(cls, folder: Path, *archs: str) -> Self:
        """Load a network of a verified artifact, or of a part of it: the first of `archs` that is there.

        Raises:
            ArtifactError: the folder holds no verified artifact of gun_image.
            TrainingError: it holds none of `archs`, or not its Keras file.
        """
        artifact = manifest.load(GunImage.name, folder)
        metrics, file = artifact.manifest.metrics, artifact.path(KERAS)
        found, training = metrics.get("arch"), metrics.get("training", {})
        whole = {"arch": found, "version": artifact.manifest.version, "training": training}
        summaries = {one["arch"]: one for one in (whole, *training.get("parts", {}).values())}
        arch = next((name for name in archs if name in summaries), None)
        if not arch or not file.is_file():
            wanted = " or ".join(archs)
            raise TrainingError(
                f"{folder} holds {found or 'a network without a name'}, not {wanted} with its {KERAS}. "
                f"Give --arch one of those in it ({', '.join(map(str, summaries))}), or train another first."
            )
        model = keras.models.load_model(file, compile=False)
        part = model if arch == found else model.get_layer(arch.replace("-", "_"))  # as its builder named it
        return cls(arch, part, summaries[arch])

    @property
    def version(self) -> str:
        """The artifact's that it was trained as."""
        return str(self.summary["version"])
