"""The fitting loop: measured after each epoch, the best epoch kept, stopped early, resumable."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from sklearn.metrics import roc_auc_score

from triage.errors import TrainingError
from triage.screen import note
from worker.training.image.archs import Arch, compiled, find, resized
from worker.training.image.feed import Draw, labels, plain_batches
from worker.training.image.pictures import Dataset, Example

MINED_EVERY = 4
"""Epochs between two looks at which pictures without a gun are mistaken for one."""
LEAST_GAIN = 0.01
"""Of the training accuracy, that counts as a gain for the seed networks."""

console = Console(stderr=True)


@dataclass(frozen=True)
class Run:
    """What is trained; a run goes on only with the same."""

    arch: str
    epochs: int
    """At most."""
    seed: int
    precision: str = "float32"
    """Of the arithmetic."""
    base: str = ""
    """Version of the artifact whose weights are trained on."""
    weights: str = ""
    """Digest of the ImageNet weights to start from."""
    data: str = ""
    """Digest of the dataset."""

    def differences(self, noted: Mapping[str, Any]) -> str:
        """Say in what an earlier run was another one, by what it noted; empty where it was the same."""
        mine = asdict(self)
        return ", ".join(name for name in mine if name in noted and noted[name] != mine[name])

    @property
    def recipe(self) -> Arch:
        """The network and how it is trained."""
        arch = find(self.arch)
        return arch.continued() if self.base else arch


@dataclass
class History:
    """What each epoch brought."""

    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    validation_auc: list[float] = field(default_factory=list)

    @property
    def epochs(self) -> int:
        """Epochs done."""
        return len(self.loss)

    def stale(self, arch: Arch) -> bool:
        """Whether the last gain lies `patience` epochs back."""
        watched, least = (self.validation_auc, 0.0) if arch.varied else (self.accuracy, LEAST_GAIN)
        best, at = -np.inf, 0
        for epoch, value in enumerate(watched):
            if value > best + least:
                best, at = value, epoch
        return bool(watched) and len(watched) - 1 - at >= arch.patience


class Checkpoint:
    """The last and the best model of a run, with its history, in a folder."""

    def __init__(self, folder: Path, run: Run, examples: int) -> None:
        self.folder, self.run, self.examples = folder, run, examples
        self.history = History()
        self.hardness: NDArray[np.float64] | None = None

    def restore(self) -> keras.Model | None:
        """Load the last model and its history, or None when nothing was begun.

        Raises:
            TrainingError: the folder belongs to a run with other data or options.
        """
        if not begun(self.folder):
            return None
        saved = json.loads(self._path("run.json").read_text())
        noted = saved["run"]
        other = self.run.differences(noted) or ("data" if noted.get("examples") != self.examples else "")
        if other:
            raise TrainingError(
                f"{self.folder} was begun with other data or options ({other}). "
                "Give the same, or another --out folder, or leave out --resume."
            )
        if "data" not in noted:
            note(f"{self.folder} does not say on which pictures it was begun; they are as many as these.")
        self.history = History(**saved["history"])
        if self._path("hardness.npy").is_file():
            self.hardness = np.load(self._path("hardness.npy"))
        return keras.models.load_model(self._path("last.keras"))

    def keep(self, model: keras.Model) -> None:
        """Save the model and the history after an epoch."""
        aucs = self.history.validation_auc
        if aucs[-1] == max(aucs):
            model.save_weights(self._path("best.weights.h5"))
        if self.hardness is not None:
            np.save(self._path("hardness.npy"), self.hardness)
        model.save(self._path("next.keras"))
        self._path("next.keras").replace(self._path("last.keras"))
        noted = asdict(self.run) | {"examples": self.examples}
        self._path("run.json").write_text(json.dumps({"run": noted, "history": asdict(self.history)}))

    def load_best(self, model: keras.Model) -> keras.Model:
        """Give a model the weights of the epoch with the best validation AUC."""
        model.load_weights(self._path("best.weights.h5"))
        return model

    def _path(self, name: str) -> Path:
        return self.folder / name


def begun(folder: Path) -> bool:
    """Whether a folder holds a run to go on with."""
    return (folder / "run.json").is_file()


def fit(
    dataset: Dataset,
    folder: Path,
    run: Run,
    *,
    resume: bool,
    weights: Path | None,
    base: keras.Model | None = None,
) -> tuple[keras.Model, History]:
    """Train on the train split and choose the epoch by the validation split.

    Args:
        dataset: checked examples.
        folder: for checkpoints; made if needed.
        run: what is trained.
        resume: go on from the folder's last checkpoint, if there is one.
        weights: ImageNet weights to start from; None starts at random.
        base: trained network to start from instead.

    Returns:
        The model of the best epoch, and every epoch's figures.
    """
    keras.utils.set_random_seed(run.seed)
    folder.mkdir(parents=True, exist_ok=True)
    arch = run.recipe
    keeper = Checkpoint(folder, run, len(dataset.examples))
    model = keeper.restore() if resume else None
    draw = Draw(dataset.split("train"), arch, run.seed, run.epochs)
    steps = run.epochs * draw.steps
    model = model or _begun(arch.at(0, run.epochs), weights, base, steps)
    while keeper.history.epochs < run.epochs and not keeper.history.stale(arch):
        now = arch.at(keeper.history.epochs, run.epochs)
        model = model if model.input_shape[1] == now.size else resized(model, now, steps)
        _epoch(model, replace(draw, arch=now), dataset.split("validation"), keeper)
        keeper.keep(model)
    return keeper.load_best(model), keeper.history


def _begun(arch: Arch, weights: Path | None, base: keras.Model | None, steps: int) -> keras.Model:
    model = compiled(arch, weights, steps)
    if base is not None:
        model.set_weights(base.get_weights())
    return model


def _epoch(model: keras.Model, draw: Draw, validation: Sequence[Example], keeper: Checkpoint) -> None:
    """Train and measure one epoch."""
    history, number = keeper.history, keeper.history.epochs
    knows = number > 0 or bool(keeper.run.base)
    if draw.arch.varied and knows and number % MINED_EVERY == 0:
        keeper.hardness = 1 / (
            1 + np.exp(-logits(model, draw.examples, draw.arch, "Looking for hard pictures"))
        )
    done = model.fit(
        draw.batches(number, keeper.hardness), initial_epoch=number, epochs=number + 1, verbose=0,
        shuffle=False,  # the feed has shuffled
        steps_per_epoch=draw.steps,
        callbacks=[Progress(f"Epoch {number + 1} of {draw.epochs}", draw.steps)],
    ).history  # fmt: skip
    accuracy = "accuracy" if "accuracy" in done else "logit_accuracy"
    auc = float(roc_auc_score(labels(validation), logits(model, validation, draw.arch)))
    history.loss.append(float(done["loss"][0]))
    history.accuracy.append(float(done[accuracy][0]))
    history.validation_auc.append(auc)
    console.print(
        f"Epoch {number + 1}: loss {history.loss[-1]:.4f}, training accuracy {history.accuracy[-1]:.4f}, "
        f"validation ROC AUC {auc:.4f}"
    )


class Progress(keras.callbacks.Callback):  # type: ignore[misc]
    """A progress bar over an epoch's batches."""

    def __init__(self, title: str, steps: int) -> None:
        super().__init__()
        self.bar = iter(track(range(steps), title, console=console, disable=not console.is_terminal))

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras's
        """Advance; called by Keras."""
        next(self.bar, None)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras's
        """Finish the bar; called by Keras."""
        for _ in self.bar:
            pass


def outputs(
    model: keras.Model, examples: Sequence[Example], arch: Arch, title: str = "Measuring"
) -> dict[str, NDArray[np.float32]]:
    """Run a model on unaltered pictures; every output by name, n rows each."""
    batches = track(
        plain_batches(examples, arch), title, total=-(-len(examples) // arch.batch), console=console,
        disable=not console.is_terminal,
    )  # fmt: skip
    found = [model.predict_on_batch(batch) for batch in batches]
    return {name: np.concatenate([np.asarray(part[name]) for part in found]) for name in found[0]}


def logits(
    model: keras.Model, examples: Sequence[Example], arch: Arch, title: str = "Measuring"
) -> NDArray[np.float32]:
    """Run a model on unaltered pictures; (n,) raw outputs."""
    return outputs(model, examples, arch, title)["logit"].ravel()
