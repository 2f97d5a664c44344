"""gun_image: does a picture show a gun, where, and what kind? A convolutional network."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage.contracts import Level, Score
from triage.evidence import Kind, Sighting
from triage.images import Picture
from worker.framing import Framing, frame
from worker.manifest import Artifact
from worker.scorers import sighting
from worker.scorers.model import ModelScorer

GPU_BATCH = 64
CPU_BATCH = 1
"""Pictures in one call of the network. One by one is fastest on a CPU, where the layers' outputs then stay in
its cache: 7.5 ms a picture with one thread, as worker processes run it, against 8.7 in 32s (medians on a
shared 2-core AMD EPYC). A score is the same in any batch, too."""


@dataclass(frozen=True)
class Reading:
    """What the network says about one picture, all logits."""

    logit: float
    cells: NDArray[np.float32] | None
    """(side, side) over the framed square; None from a network that judges the picture as a whole."""
    kinds: NDArray[np.float32] | None
    """(kinds,) in the order of the manifest; None from a network that knows none."""


class GunImage(ModelScorer[Picture]):
    """Scores pictures; a picture's score does not depend on its batch.

    The evidence holds the thresholds and, unless the level is clear, where the gun is and what it looks like.
    """

    name = "gun_image"
    kind = "image"

    def __init__(self, artifact: Artifact | None = None, threads: int | None = None) -> None:
        """See `ModelScorer`."""
        super().__init__(artifact, threads)
        self._batch = GPU_BATCH if self.network.on_gpu else CPU_BATCH
        self._size: int = self.manifest.input["size"]
        self._framing = Framing(self.manifest.input.get("framing", Framing.SQUASH))

    def score_good(self, items: list[Picture]) -> list[Score]:
        """See `BatchScorer`."""
        readings = self.read(items)
        scores = self.calibrated(np.array([reading.logit for reading in readings]))
        return [self._explained(*each) for each in zip(scores, readings, items, strict=True)]

    def read(self, pictures: Sequence[Picture]) -> list[Reading]:
        """Run the network on pictures of any size."""
        starts = range(0, len(pictures), self._batch)
        return [reading for at in starts for reading in self._run(pictures[at : at + self._batch])]

    @property
    def has_map(self) -> bool:
        """Whether the network can say where."""
        return "map" in self.network.outputs

    def logits(self, pictures: Sequence[Picture]) -> NDArray[np.float64]:
        """Return the pictures' logits alone, (n,)."""
        return np.array([reading.logit for reading in self.read(pictures)])

    def sighting(self, reading: Reading, picture: Picture) -> Sighting:
        """Say where in a picture the gun is and what it looks like, as far as the network knows."""
        kinds = self.kinds(reading)
        name = max(kinds, key=lambda kind: kinds[kind], default=None)
        kind = Kind(name=name, probability=round(kinds[name], 4)) if name else None
        if reading.cells is None:
            return Sighting(kind=kind)
        cells = self.manifest.calibration(reading.cells)
        within = sighting.window(picture, self._framing, self._size, len(cells))
        places = sighting.boxes(cells, within, self.manifest.operating_points.likely)
        return Sighting(map=sighting.heat_map(cells, within), boxes=places, kind=kind)

    def kinds(self, reading: Reading) -> dict[str, float]:
        """Return the probability of each kind, adding up to 1; empty where the network knows none."""
        if reading.kinds is None:
            return {}
        weights = np.exp(reading.kinds.astype(np.float64) - reading.kinds.max())
        return dict(zip(self.manifest.input["kinds"], (weights / weights.sum()).tolist(), strict=True))

    def _run(self, pictures: Sequence[Picture]) -> Iterator[Reading]:
        """Run one batch. A network with a single output may call it anything; others say `logit`."""
        batch = np.stack([frame(picture, self._size, self._framing) for picture in pictures])
        said = self.network(pictures=batch)
        logits = said["logit" if "logit" in said else self.network.outputs[0]][:, 0]
        maps, kinds = said.get("map"), said.get("kinds")
        for at, logit in enumerate(logits.tolist()):
            yield Reading(
                logit=logit,
                cells=None if maps is None else maps[at, :, :, 0],
                kinds=None if kinds is None else kinds[at],
            )

    def _explained(self, score: Score, reading: Reading, picture: Picture) -> Score:
        """Add the sighting, except to clear scores: those are most, and nobody looks at them."""
        if score.level is Level.CLEAR:
            return score
        evidence = {**score.evidence, **self.sighting(reading, picture).evidence()}
        return score.model_copy(update={"evidence": evidence})
