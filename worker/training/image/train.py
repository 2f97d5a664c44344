"""`flagpost train image`: a dataset in, a verified gun_image artifact out."""

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
from rich.console import Console
from rich.progress import track

from triage.errors import TrainingError
from worker.manifest import Artifact
from worker.training.image.archs import find
from worker.training.image.fit import History, Run, fit
from worker.training.image.listing import divided, listed
from worker.training.image.pictures import Dataset, limited, readable
from worker.training.image.publish import publish
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
    weights: Path | None = None
    """ImageNet weights to start from; None starts at random."""
    precision: str = "float32"
    """Of the arithmetic in training; weights are kept, and the artifact computes, in float32."""
    base: Path | None = None
    """Artifact of the same network to go on from; None starts from `weights`."""


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
    return train_on(checked(data, plan.limit, plan.seed), out, plan, resume=resume)


def train_on(dataset: Dataset, out: Path, plan: Plan, *, resume: bool = False) -> Artifact:
    """As `train`, on a dataset that was checked before."""
    checkpoints = out.with_name(f"{out.name}.training")
    model, history = fitted(dataset, checkpoints, plan, resume=resume)
    notes = {"seed": plan.seed, "precision": plan.precision, **asdict(history)}
    if plan.base:
        notes["base"] = Trained.load(plan.base, plan.arch).summary()
    artifact = publish(model, dataset, out, plan.arch, notes)
    shutil.rmtree(checkpoints)
    keras.backend.clear_session()
    console.print(f"Wrote {out}: {artifact.manifest.metrics['test']}")
    return artifact


def fitted(dataset: Dataset, checkpoints: Path, plan: Plan, *, resume: bool) -> tuple[keras.Model, History]:
    """Train the planned network; return it in float32, and what each epoch brought."""
    arch = find(plan.arch)
    base = Trained.load(plan.base, plan.arch) if plan.base else None
    usual = arch.continued() if base else arch
    epochs = usual.epochs if plan.epochs is None else plan.epochs
    if epochs < 1:
        raise TrainingError(f"{epochs} epochs teach nothing. Give --epochs 1 or more.")
    if plan.precision not in PRECISIONS:
        raise TrainingError(f"No precision {plan.precision!r}. Choose from: {', '.join(PRECISIONS)}.")
    run = Run(plan.arch, epochs, plan.seed, plan.precision, base.version if base else "")
    weights = plan.weights if arch.pretrained and not base else None
    keras.config.set_dtype_policy(plan.precision)
    try:
        model, history = fit(
            dataset, checkpoints, run, resume=resume, weights=weights, base=base.model if base else None
        )
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
