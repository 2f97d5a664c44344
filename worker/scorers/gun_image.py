"""gun_image: does a picture show a gun? A MobileNetV2 on ONNX Runtime."""

from collections.abc import Sequence

import numpy as np

from triage.contracts import Score
from triage.images import Picture, resize
from worker.manifest import Artifact
from worker.scorers.model import ModelScorer

CUDA_BATCH = 64
CPU_BATCH = 1
"""Pictures in one call of the network. One by one is fastest on a CPU, where the layers' outputs then stay in
its cache: 4.4 ms a picture with one thread, against 6.1 in eights and 6.5 in 32s; 2.0 with two,
against 2.7 and 11 (best of 4 s each on a shared 2-core AMD EPYC). A score is the same in any batch, too."""


class GunImage(ModelScorer[Picture]):
    """Scores pictures; a picture's score does not depend on its batch. The evidence holds the thresholds."""

    name = "gun_image"
    kind = "image"

    def __init__(self, artifact: Artifact | None = None, threads: int | None = None) -> None:
        """See `ModelScorer`."""
        super().__init__(artifact, threads)
        self._input = self.session.get_inputs()[0].name
        on_cuda = "CUDAExecutionProvider" in self.session.get_providers()
        self._batch = CUDA_BATCH if on_cuda else CPU_BATCH

    def score_good(self, items: list[Picture]) -> list[Score]:
        """See `BatchScorer`."""
        return self.calibrated(self.logits(items))

    def logits(self, pictures: Sequence[Picture]) -> np.ndarray:
        """Run the model on at least one picture of any size; (n,) raw outputs."""
        size = self.manifest.input["size"]
        parts = (pictures[start : start + self._batch] for start in range(0, len(pictures), self._batch))
        batches = (np.stack([resize(picture, size) for picture in part]) for part in parts)
        return np.concatenate([self.session.run(None, {self._input: batch})[0][:, 0] for batch in batches])
