"""What scorers with a model of their own share: a verified artifact, a session, calibrated probabilities."""

import numpy as np

from triage.contracts import Score
from worker import manifest
from worker.manifest import Artifact
from worker.runtime import open_network
from worker.scorers.batch import AnyItem, BatchScorer


class ModelScorer(BatchScorer[AnyItem]):
    """A scorer whose model is a verified artifact."""

    has_artifact = True

    def __init__(self, artifact: Artifact | None = None, threads: int | None = None) -> None:
        """Verify and load a model.

        Args:
            artifact: by default the one that `worker.manifest.load` finds.
            threads: threads inside the model; by default `FLAGPOST_MODEL_THREADS`.

        Raises:
            ArtifactError: the artifact is missing, altered or no model.
        """
        self.artifact = artifact or manifest.load(self.name)
        self.manifest = self.artifact.manifest
        self.network = open_network(self.artifact, threads)
        self.version = self.manifest.version + self.network.variant

    def calibrated(self, raw: np.ndarray) -> list[Score]:
        """Make scores of the model's logits, (n,), by the manifest's calibration and operating points."""
        return self.to_scores(raw, self.manifest.calibration(raw), self.manifest.operating_points)
