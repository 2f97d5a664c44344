"""gun_image: does a picture show a gun? A MobileNetV2 on ONNX Runtime."""

from collections.abc import Sequence
from typing import Literal, cast

import numpy as np

from triage.contracts import Score
from triage.errors import InputError
from triage.images import Picture, resize
from worker import manifest
from worker.manifest import Artifact
from worker.runtime import open_session
from worker.scorers.base import Item
from worker.scorers.batch import carry_errors, to_scores

CUDA_BATCH = 64
CPU_BATCH = 1
"""Pictures in one call of the network. One by one is fastest on a CPU, where the layers' outputs then stay in
its cache: 4.4 ms a picture with one thread, against 6.1 in eights and 6.5 in 32s; 2.0 with two,
against 2.7 and 11 (best of 4 s each on a shared 2-core AMD EPYC). A score is the same in any batch, too."""


class GunImage:
    """Scores pictures; a picture's score does not depend on its batch."""

    name = "gun_image"
    kind: Literal["image", "text"] = "image"
    has_artifact = True

    def __init__(self, artifact: Artifact | None = None, threads: int | None = None) -> None:
        """Verify and load a model.

        Args:
            artifact: by default the one that `worker.manifest.load` finds.
            threads: threads inside the model; by default `FLAGPOST_MODEL_THREADS`.

        Raises:
            ArtifactError: the artifact is missing, altered or no model.
        """
        self.manifest = (artifact := artifact or manifest.load(self.name)).manifest
        self.version = self.manifest.version
        self._session = open_session(artifact.path("model.onnx"), threads)
        self._input = self._session.get_inputs()[0].name
        on_cuda = "CUDAExecutionProvider" in self._session.get_providers()
        self._batch = CUDA_BATCH if on_cuda else CPU_BATCH

    def score(self, items: Sequence[Item | InputError]) -> list[Score]:
        """Score pictures; see `Scorer.score`. The evidence holds the operating points."""
        return carry_errors(self, items, self._score)

    def logits(self, pictures: Sequence[Picture]) -> np.ndarray:
        """Run the model on at least one picture of any size; (n,) raw outputs."""
        size = self.manifest.input["size"]
        parts = (pictures[start : start + self._batch] for start in range(0, len(pictures), self._batch))
        batches = (np.stack([resize(picture, size) for picture in part]) for part in parts)
        return np.concatenate([self._session.run(None, {self._input: batch})[0][:, 0] for batch in batches])

    def _score(self, items: list[Item]) -> list[Score]:
        raw = self.logits(cast(list[Picture], items))
        return to_scores(self, raw, self.manifest.calibration(raw), self.manifest.operating_points)
