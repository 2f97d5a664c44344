"""The fitting loop: validation AUC after each epoch, the best epoch kept, stopped early, resumable."""

import json
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from triage.errors import TrainingError
from worker.training.feed import BATCH, Feed, class_weights, labels, plain_batches
from worker.training.network import build
from worker.training.pictures import Dataset, Example

LEARNING_RATE = 1.2e-4
PATIENCE = 3
"""Epochs without a better validation AUC before training stops."""


class Checkpoint(keras.callbacks.Callback):  # type: ignore[misc]
    """Measures each epoch on validation data and keeps the best and the last model in a folder."""

    def __init__(self, folder: Path, run: dict[str, Any], examples: Sequence[Example]) -> None:
        super().__init__()
        self.folder, self.run, self.examples = folder, run, examples
        self.aucs: list[float] = []

    def restore(self) -> keras.Model | None:
        """Load the last model and its history, or None when nothing was begun.

        Raises:
            TrainingError: the folder belongs to a run with other data or options.
        """
        if not self._path("run.json").is_file():
            return None
        saved = json.loads(self._path("run.json").read_text())
        if saved["run"] != self.run:
            raise TrainingError(
                f"{self.folder} was begun with {saved['run']}, not {self.run}. "
                "Use those options, or leave out --resume."
            )
        self.aucs = saved["aucs"]
        return keras.models.load_model(self._path("last.keras"))

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras's own
        """Measure and save; called by Keras."""
        self.aucs.append(float(roc_auc_score(labels(self.examples), logits(self.model, self.examples))))
        if self.aucs[-1] == max(self.aucs):
            self.model.save_weights(self._path("best.weights.h5"))
        self.model.save(self._path("next.keras"))
        self._path("next.keras").replace(self._path("last.keras"))
        self._path("run.json").write_text(json.dumps({"run": self.run, "aucs": self.aucs}))
        self.model.stop_training = self.done

    @property
    def done(self) -> bool:
        """Whether the best epoch lies PATIENCE epochs back."""
        return bool(self.aucs) and len(self.aucs) - 1 - int(np.argmax(self.aucs)) >= PATIENCE

    def load_best(self, model: keras.Model) -> keras.Model:
        """Give a model the weights of the best epoch."""
        model.load_weights(self._path("best.weights.h5"))
        return model

    def _path(self, name: str) -> Path:
        return self.folder / name


def fit(
    dataset: Dataset, folder: Path, *, epochs: int, seed: int, resume: bool, weights: Path | None
) -> tuple[keras.Model, list[float]]:
    """Train on the train split and choose the epoch by the validation split.

    Args:
        dataset: checked examples.
        folder: for checkpoints; made if needed.
        epochs: most epochs.
        seed: of shuffling, augmentation and the first weights.
        resume: go on from the folder's last checkpoint, if there is one.
        weights: ImageNet weights to start from; None starts at random.

    Returns:
        The model of the best epoch and every epoch's validation ROC AUC.
    """
    keras.utils.set_random_seed(seed)
    folder.mkdir(parents=True, exist_ok=True)
    examples = dataset.split("train")
    run = {"epochs": epochs, "seed": seed, "examples": len(dataset.examples)}
    keeper = Checkpoint(folder, run, dataset.split("validation"))
    model = keeper.restore() if resume else None
    model = model or build(weights, LEARNING_RATE, epochs * ceil(len(examples) / BATCH))
    begun = len(keeper.aucs)
    if begun < epochs and not keeper.done:
        model.fit(
            Feed(examples, seed, begun),
            initial_epoch=begun,
            epochs=epochs,
            class_weight=class_weights(examples),
            callbacks=[keeper],
        )
    return keeper.load_best(model), keeper.aucs


def logits(model: keras.Model, examples: Sequence[Example]) -> NDArray[np.float32]:
    """Run the model on unaltered pictures; (n,) raw outputs."""
    return np.concatenate([model.predict_on_batch(batch) for batch in plain_batches(examples)]).ravel()
