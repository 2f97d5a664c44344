"""Batches for Keras by grain: seed and epoch alone decide them, so that a resumed run sees the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import grain
import numpy as np
from numpy.typing import NDArray

from worker.framing import frame
from worker.training.image.archs import Arch
from worker.training.image.kinds import targets
from worker.training.image.pictures import Example
from worker.training.image.scenes import CALM, WILD, scene

GUN_SHARE = 0.45
"""Of the examples drawn for varied training; crops that lose their gun join the rest."""
HARD = 3.0
"""How many times oftener than a surely gunless picture one is drawn that looks fully like a gun."""
CALM_SHARE = 0.35
"""Of the epochs, that end the training with scenes as most pictures are."""
PREFETCHED = 8
THREADS = 2

Batch = tuple[NDArray[np.uint8], dict[str, NDArray[np.float32]]]


@dataclass(frozen=True)
class Draw:
    """Which examples an epoch shows."""

    examples: tuple[Example, ...]
    arch: Arch
    seed: int
    epochs: int = 1
    """Of the whole training; the last CALM_SHARE of them are calm."""

    @property
    def steps(self) -> int:
        """Batches in an epoch."""
        return -(-len(self.examples) // self.arch.batch)

    def order(self, epoch: int, hardness: NDArray[np.float64] | None = None) -> NDArray[np.int64]:
        """Choose and shuffle the examples of an epoch.

        Args:
            epoch: from 0.
            hardness: how much each example looked like a gun when last measured, 0 to 1; None at first.

        Returns:
            Positions in `examples`, as many as there are examples. Plain training shows each
            once; varied training draws anew, guns for GUN_SHARE and hard negatives oftener.
        """
        random = np.random.default_rng((self.seed, epoch))
        if not self.arch.varied:
            return random.permutation(len(self.examples))
        truth = labels(self.examples).astype(bool)
        weights = np.ones(len(truth))
        if hardness is not None:
            weights[~truth] += HARD * hardness[~truth]
        for one, share in ((truth, GUN_SHARE), (~truth, 1 - GUN_SHARE)):
            weights[one] *= share / weights[one].sum()
        return random.choice(len(truth), len(truth), p=weights)

    def batches(self, epoch: int, hardness: NDArray[np.float64] | None = None) -> grain.IterDataset:
        """Return an epoch as grain batches of pictures and targets."""
        chosen = [self.examples[at] for at in self.order(epoch, hardness)]
        shares = CALM if epoch >= self.epochs * (1 - CALM_SHARE) else WILD
        prepare = (
            partial(varied, pool=self.examples, arch=self.arch, shares=shares)
            if self.arch.varied
            else partial(plain, arch=self.arch)
        )
        dataset = grain.MapDataset.source(chosen).seed(self.seed * 1000 + epoch).random_map(prepare)
        options = grain.ReadOptions(num_threads=THREADS, prefetch_buffer_size=self.arch.batch * PREFETCHED)
        return dataset.to_iter_dataset(options).batch(self.arch.batch)


def varied(
    example: Example,
    random: np.random.Generator,
    *,
    pool: Sequence[Example],
    arch: Arch,
    shares: tuple[float, float, float] = WILD,
) -> Batch:
    """Return an example inside a random scene, with its targets."""
    composed = scene(example, pool, arch.size, random, shares)
    answers = {"logit": np.array([composed.label], np.float32)}
    if arch.maps:
        answers |= {"map": composed.cells(), "kinds": targets(composed.kinds)}
    return composed.picture, answers


def plain(example: Example, random: np.random.Generator, *, arch: Arch) -> Batch:  # noqa: ARG001 - grain gives it
    """Return an example as serving sees it, with its label."""
    return framed(example, arch), {"logit": np.array([example.label], np.float32)}


def framed(example: Example, arch: Arch) -> NDArray[np.uint8]:
    """Return an example's picture as serving frames it."""
    return frame(example.picture(), arch.size, arch.framing)


def plain_batches(examples: Sequence[Example], arch: Arch) -> Iterator[NDArray[np.uint8]]:
    """Yield batches as serving would make them, in order."""
    for start in range(0, len(examples), arch.batch):
        yield np.stack([framed(example, arch) for example in examples[start : start + arch.batch]])


def labels(examples: Sequence[Example]) -> NDArray[np.int64]:
    """Return the labels (n,), 0 or 1."""
    return np.array([example.label for example in examples])
