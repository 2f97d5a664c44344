"""`flagpost train text`: captions in, a verified violence_text artifact out."""

import shutil
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from tokenizers import Tokenizer

from triage.errors import TrainingError
from worker.manifest import Artifact
from worker.training.text_data import Corpus, Split, collect
from worker.training.text_fit import Examples, Plan, Run
from worker.training.text_model import Classifier, encode, load
from worker.training.text_publish import publish

console = Console(stderr=True)


def train(
    data: Path, out: Path, *, base: str | None, epochs: int, seed: int, resume: bool, limit: int | None
) -> Artifact:
    """Train, calibrate, measure and write a violence_text artifact.

    Args:
        data: folder with train, validation and test (see `text_data`).
        out: artifact folder to write. The checkpoint lies beside it, in `<out>.training`, until it is done.
        base: folder or Hub id of the encoder to start from; None finds all-MiniLM-L6-v2.
        epochs: at least 1; the one with the best average precision on validation is kept.
        seed: decides every random choice.
        resume: go on after an interrupted run with the same options.
        limit: most rows of each label and split; None for all.

    Raises:
        TrainingError: the dataset, the base or the checkpoint cannot be used; it says what to do.
    """
    if epochs < 1:
        raise TrainingError(f"{epochs} epochs teach nothing. Give --epochs 1 or more.")
    corpus = collect(data, limit)
    model, tokenizer = load(base)
    checkpoint = out.with_name(f"{out.name}.training") / "run.pt"
    run = prepare_run(model, tokenizer, corpus, Plan(epochs, seed, corpus.digest(), base or ""), checkpoint)
    if resume:
        run.resume()
    follow(run, examples(tokenizer, corpus.validation))
    model.load_state_dict(run.best_weights)
    history = {"seed": seed, "epochs": epochs, "average_precision": run.progress.average_precision}
    console.print("Exporting and measuring")
    artifact = publish(model, tokenizer, corpus, out, history)
    shutil.rmtree(checkpoint.parent)
    console.print(f"Wrote {out}: {artifact.manifest.metrics['test']}")
    return artifact


def prepare_run(model: Classifier, tokenizer: Tokenizer, corpus: Corpus, plan: Plan, checkpoint: Path) -> Run:
    """Set up a run: positives and synthetic rows are learned in every epoch, other negatives take turns."""
    taught = corpus.taught()
    always = taught.labels == 1
    always[len(corpus.train.texts) :] = True
    return Run(model, plan, examples(tokenizer, taught, always), checkpoint)


def examples(tokenizer: Tokenizer, split: Split, always: np.ndarray | None = None) -> Examples:
    """Encode a split for the network; `always` as in `Examples`, (n,) of bool."""
    ids = encode(tokenizer, split.prepared())
    return Examples(ids, split.labels, np.ones(len(ids), bool) if always is None else always)


def follow(run: Run, validation: Examples) -> None:
    """Train to the end and show how far it is."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("training", total=run.progress.total)
        for state in run(validation):
            bar.update(task, completed=state.done, description=f"training, loss {state.loss:.3f}")
            if state.step == 0:
                found = state.average_precision[-1]
                bar.console.print(f"Epoch {state.epoch}: average precision {found:.4f} on validation")
