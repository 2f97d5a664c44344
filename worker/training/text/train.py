"""`flagpost train text`: captions in, a verified violence_text artifact out."""

import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from tokenizers import Tokenizer

from triage.errors import TrainingError
from worker.manifest import Artifact
from worker.training.text.captions import Corpus, Split, collect
from worker.training.text.fit import Judge, Plan, Run
from worker.training.text.lessons import Choices, lessons, read
from worker.training.text.losses import Loss
from worker.training.text.model import BASE, Classifier, load, save_encoder
from worker.training.text.publish import publish
from worker.training.text.teachers import Teachers

console = Console(stderr=True)


@dataclass(frozen=True)
class Recipe:
    """What to train and how; every choice that changes the result."""

    base: str | None = None
    """Folder or Hub id of the encoder to start from; None finds all-MiniLM-L6-v2."""
    epochs: int = 5
    """The one with the best average precision on validation is kept."""
    seed: int = 7
    limit: int | None = None
    """Most rows of each label and split; None for all."""
    loss: Loss = Loss.PLAIN
    mined: float = 0.25
    """Share of each epoch's negatives that are the ones the network was most wrong about."""
    choices: Choices = field(default_factory=Choices)

    def plan(self, corpus: Corpus) -> Plan:
        """Return how a run on a dataset goes."""
        return Plan(
            self.epochs,
            self.seed,
            corpus.digest(),
            self.base or "",
            asdict(self.choices),
            self.loss,
            self.mined,
        )


def train(
    data: Path, out: Path, recipe: Recipe, *, resume: bool = False, encoder: Path | None = None
) -> Artifact:
    """Train, calibrate, measure and write a violence_text artifact.

    Args:
        data: folder with train, validation and test (see `captions`).
        out: artifact folder to write. The checkpoint lies beside it, in `<out>.training`, until it is done.
        recipe: what to train and how.
        resume: go on after an interrupted run with the same recipe.
        encoder: folder to write the trained encoder to, for another training to start from; None for none.

    Raises:
        TrainingError: the dataset, the base or the checkpoint cannot be used; it says what to do.
    """
    if recipe.epochs < 1:
        raise TrainingError(f"{recipe.epochs} epochs teach nothing. Give --epochs 1 or more.")
    corpus = collect(data, recipe.limit)
    model, tokenizer = load(recipe.base)
    checkpoint = out.with_name(f"{out.name}.training") / "run.pt"
    run = fitted(model, tokenizer, corpus, recipe, checkpoint, resume=resume)
    history = described(recipe) | {
        "encoder": {
            "layers": model.encoder.config.num_hidden_layers,
            "width": model.encoder.config.hidden_size,
        },
        "learned": run.lessons.counts,
        "average_precision": run.progress.average_precision,
    }
    console.print("Exporting and measuring")
    artifact = publish(model, tokenizer, corpus, out, history)
    if encoder:
        save_encoder(model, tokenizer, encoder)
    shutil.rmtree(checkpoint.parent)
    console.print(f"Wrote {out}: {artifact.manifest.metrics['test']}")
    return artifact


def described(recipe: Recipe) -> dict[str, Any]:
    """Return the recipe for the card: teachers by version and a base by name, not by where they lay."""
    whole, base = asdict(recipe), recipe.base or BASE
    whole["base"] = Path(base).name if Path(base).is_dir() else base
    whole["choices"]["teachers"] = Teachers(recipe.choices.teachers).versions
    return whole


def fitted(
    model: Classifier, tokenizer: Tokenizer, corpus: Corpus, recipe: Recipe, checkpoint: Path, *, resume: bool
) -> Run:
    """Train a model; it is left with the weights of its best epoch."""
    run = prepare_run(model, tokenizer, corpus, recipe, checkpoint)
    if resume:
        run.resume()
    follow(run, judge(tokenizer, corpus.validation, recipe.choices))
    model.load_state_dict(run.best_weights)
    return run


def prepare_run(
    model: Classifier, tokenizer: Tokenizer, corpus: Corpus, recipe: Recipe, checkpoint: Path
) -> Run:
    """Set up a run: positives and written texts are learned in every epoch, other negatives take turns."""
    taught = lessons(tokenizer, corpus, recipe.choices, recipe.seed)
    return Run(model, recipe.plan(corpus), taught, checkpoint)


def judge(tokenizer: Tokenizer, split: Split, choices: Choices) -> Judge:
    """Return a split as a run judges its epochs by it."""
    return Judge(read(tokenizer, split, choices), split.labels)


def follow(run: Run, validation: Judge) -> None:
    """Train to the end and show how far it is."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("training", total=run.progress.total)
        for state in run(validation):
            bar.update(task, completed=state.done, description=f"training, loss {state.loss:.3f}")
            if state.step == 0:
                found = state.average_precision[-1]
                bar.console.print(f"Epoch {state.epoch}: average precision {found:.4f} on validation")
