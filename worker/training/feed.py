"""Batches for Keras: varied and shuffled by the seed alone, so that a resumed run sees the same data."""

from collections.abc import Iterator, Sequence
from math import ceil

import keras
import numpy as np
from numpy.typing import NDArray

from triage.images import resize
from worker.training.augment import augment
from worker.training.network import SIZE
from worker.training.pictures import Example

BATCH = 32


class Feed(keras.utils.PyDataset):  # type: ignore[misc]
    """Shuffled, augmented training batches. Epoch and position decide every random choice."""

    def __init__(self, examples: Sequence[Example], seed: int, epoch: int = 0) -> None:
        super().__init__(workers=1)
        self.examples, self.seed = examples, seed
        self._start(epoch)

    def _start(self, epoch: int) -> None:
        self.epoch = epoch
        self.order = np.random.default_rng((self.seed, epoch)).permutation(len(self.examples))

    def __len__(self) -> int:
        """Batches in an epoch."""
        return ceil(len(self.examples) / BATCH)

    def __getitem__(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Return one batch: pictures (n, 224, 224, 3) and labels (n, 1)."""
        chosen = [int(number) for number in self.order[index * BATCH : (index + 1) * BATCH]]
        pictures = np.stack([self._picture(number) for number in chosen])
        labels = np.array([[self.examples[number].label] for number in chosen], np.float32)
        return pictures, labels

    def on_epoch_end(self) -> None:
        """Shuffle for the next epoch."""
        self._start(self.epoch + 1)

    def _picture(self, number: int) -> NDArray[np.uint8]:
        random = np.random.default_rng((self.seed, self.epoch, number))
        return augment(self.examples[number].picture(), SIZE, random)


def class_weights(examples: Sequence[Example]) -> dict[int, float]:
    """Weigh the classes so that both count the same."""
    counts = np.bincount([example.label for example in examples], minlength=2)
    return {label: len(examples) / (2 * int(count)) for label, count in enumerate(counts)}


def plain_batches(examples: Sequence[Example]) -> Iterator[NDArray[np.uint8]]:
    """Yield batches as serving would make them, in order."""
    for start in range(0, len(examples), BATCH):
        yield np.stack([resize(example.picture(), SIZE) for example in examples[start : start + BATCH]])


def labels(examples: Sequence[Example]) -> NDArray[np.int64]:
    """Return the labels (n,), 0 or 1."""
    return np.array([example.label for example in examples])
