"""`flagpost train image`: a dataset in, a verified gun_image artifact out."""

import shutil
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

import keras
from rich.console import Console
from rich.progress import track

from triage.errors import TrainingError
from worker.manifest import Artifact, sha256
from worker.training.image.archs import find
from worker.training.image.fit import History, Run, begun, fit
from worker.training.image.listing import divided, listed
from worker.training.image.pictures import Dataset, limited, readable
from worker.training.image.publish import publish
from worker.training.image.starts import Body
from worker.training.image.trained import Trained

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
SHOWN_PROBLEMS = 20

console = Console(stderr=True)


@dataclass(frozen=True)
class Plan:
    """What to train and how; every choice that changes the result."""

    arch: str
    epochs: int | None = None
    """Most epochs; None for the network's own number."""
    seed: int = 7
    limit: int | None = None
    """Most pictures of each class and split; None for all."""
    weights: dict[Body, Path] = field(default_factory=dict)
    """ImageNet weights to start from, by the body that they are of; a network without starts at random."""
    precision: str = "float32"
    """Of the arithmetic in training; weights are kept, and the artifact computes, in float32."""
    base: Path | None = None
    """Artifact of the same network, or of a pair with it, to go on from; None starts from `weights`."""

    def __post_init__(self) -> None:
        """Refuse what would only be found after hours.

        Raises:
            TrainingError: no such precision, or no epochs.
        """
        if self.precision not in PRECISIONS:
            raise TrainingError(f"No precision {self.precision!r}. Choose from: {', '.join(PRECISIONS)}.")
        if self.epochs is not None and self.epochs < 1:
            raise TrainingError(f"{self.epochs} epochs teach nothing. Give --epochs 1 or more.")

    @cached_property
    def start(self) -> Trained | None:
        """The network to go on from."""
        return Trained.load(self.base, self.arch) if self.base else None

    @property
    def imagenet(self) -> Path | None:
        """The weights to start from, where the network takes some."""
        body = find(self.arch).starts
        return self.weights.get(body) if body and not self.base else None

    def run(self, dataset: Dataset) -> Run:
        """Name everything that decides what this plan makes of a dataset."""
        arch = find(self.arch)
        usual = arch.continued() if self.start else arch
        return Run(
            arch=self.arch,
            epochs=usual.epochs if self.epochs is None else self.epochs,
            seed=self.seed,
            precision=self.precision,
            base=self.start.version if self.start else "",
            weights=sha256(self.imagenet) if self.imagenet else "",
            data=dataset.digest,
        )


def train(data: Path, out: Path, plan: Plan, *, resume: bool = False) -> Artifact:
    """Train, calibrate, measure and write a gun_image artifact.

    Args:
        data: dataset folder or index CSV (see `listing.listed`).
        out: artifact folder to write. Checkpoints lie beside it, in `<out>.training`, until it is done.
        plan: what to train.
        resume: go on after an interrupted run with the same plan.

    Raises:
        TrainingError: there is no such network, the dataset lacks a class or leaks between its splits, or the
            weights do not fit.
    """
    if resume and not begun(_checkpoints(out)):
        raise TrainingError(f"Nothing to resume: {_checkpoints(out)} is missing. Start without --resume.")
    return train_on(checked(data, plan.limit, plan.seed), out, plan, resume=resume)


def _checkpoints(out: Path) -> Path:
    return out.with_name(f"{out.name}.training")


def train_on(dataset: Dataset, out: Path, plan: Plan, *, resume: bool = False) -> Artifact:
    """As `train`, on a dataset that was checked before; `resume` goes on with what there is, if anything."""
    model, history = fitted(dataset, _checkpoints(out), plan, resume=resume)
    notes = asdict(plan.run(dataset)) | asdict(history)
    if plan.start:
        notes["base"] = plan.start.summary
    artifact = publish(model, dataset, out, plan.arch, notes)
    shutil.rmtree(_checkpoints(out))
    keras.backend.clear_session()
    console.print(f"Wrote {out}: {artifact.manifest.metrics['test']}")
    return artifact


def fitted(dataset: Dataset, checkpoints: Path, plan: Plan, *, resume: bool) -> tuple[keras.Model, History]:
    """Train the planned network; return it in float32, and what each epoch brought."""
    arch, run, base = find(plan.arch), plan.run(dataset), plan.start.model if plan.start else None
    keras.config.set_dtype_policy(plan.precision)
    try:
        model, history = fit(dataset, checkpoints, run, resume=resume, weights=plan.imagenet, base=base)
    finally:
        keras.config.set_dtype_policy("float32")
    exact = arch.build(None, arch.size)
    exact.set_weights(model.get_weights())
    return exact, history


def checked(data: Path, limit: int | None, seed: int) -> Dataset:
    """List a dataset, divide it if need be, leave out and name what cannot be used."""
    dataset = limited(divided(listed(data)), limit, seed)
    progress = track(dataset.examples, "Checking pictures", console=console, disable=not console.is_terminal)
    dataset = readable(dataset, progress)
    for problem in dataset.problems[:SHOWN_PROBLEMS]:
        console.print(f"left out: {problem}", soft_wrap=True, markup=False)
    if (more := len(dataset.problems) - SHOWN_PROBLEMS) > 0:
        console.print(f"left out: {more} more")
    console.print(f"Pictures: {dataset.counts()}")
    return dataset
