"""`flagpost train text --variants`: what each choice brings, by training with it changed, all else the same.

Judged on validation and on the behavioural suite, never on test: the table is there to choose by.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from sklearn.metrics import average_precision_score
from tokenizers import Tokenizer

from worker.evaluation.behaviour import passed
from worker.texts import prepare
from worker.training import kept
from worker.training.behaviour.cases import Part, cases
from worker.training.calibrate import threshold
from worker.training.tables import table
from worker.training.text.captions import Corpus, collect
from worker.training.text.lessons import Choices, read, reader
from worker.training.text.losses import Loss
from worker.training.text.model import Classifier, encode, load, predict
from worker.training.text.train import Recipe, fitted

SUITE_SIZE = 20
"""Texts of each functionality."""
RECALL, RATE = 0.80, 0.01
HEAD = (
    "variant",
    "average precision",
    "recall at 1 % false positives",
    "suite passed",
    "worst functionality",
)

console = Console(stderr=True)


@dataclass(frozen=True)
class Found:
    """How a variant did."""

    average_precision: float
    recall: float
    """Of validation, where one in a hundred harmless texts is flagged."""
    suite: float
    """Share of the behavioural texts judged right, at the threshold for a validation recall of 0.80."""
    worst: str
    """The functionality with the lowest share, and that share."""


def variants(recipe: Recipe) -> Iterator[tuple[str, Recipe]]:
    """Yield the recipe itself, then each with one choice changed."""
    chosen = recipe.choices
    yield "as trained", recipe
    yield "focal loss", replace(recipe, loss=Loss.FOCAL)
    yield "no hard negatives", replace(recipe, mined=0.0)
    yield "labels in doubt 5 %", replace(recipe, choices=replace(chosen, doubt=0.05))
    yield "sources evened", replace(recipe, choices=replace(chosen, even_sources=True))
    yield "no spelling", replace(recipe, choices=replace(chosen, spelling=False))
    yield "no synthetic rows", replace(recipe, choices=replace(chosen, synthetic=False))
    yield "no behavioural texts", replace(recipe, choices=replace(chosen, cases=0))


def train_all(data: Path, out: Path, recipe: Recipe) -> Path:
    """Train every variant that is not there yet, and write `variants.md` and `variants.json`.

    Args:
        data: folder with train, validation and test.
        out: folder to write; what an interrupted run left there is gone on with.
        recipe: what the variants change.

    Returns:
        The table's path.
    """
    corpus = collect(data, recipe.limit)
    found = {
        name: _variant(corpus, out / name.replace(" ", "-"), name, one) for name, one in variants(recipe)
    }
    described = {name: asdict(figures) for name, figures in found.items()}
    (out / "variants.json").write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
    path = out / "variants.md"
    path.write_text(table(HEAD, [_shown(name, figures) for name, figures in found.items()]), encoding="utf-8")
    return path


def _variant(corpus: Corpus, folder: Path, name: str, recipe: Recipe) -> Found:
    """Train one variant, or read what it brought."""
    known, checkpoint = folder / "found.json", folder / "run.pt"
    asked = asdict(recipe) | {"data": corpus.digest()}
    if (before := kept.read(known, asked)) is not None:
        return Found(**before)
    console.print(f"Variant: {name}")
    model, tokenizer = load(recipe.base)
    fitted(model, tokenizer, corpus, recipe, checkpoint, resume=checkpoint.is_file())
    found = measured(model, tokenizer, corpus, recipe.choices)
    kept.write(known, asked, asdict(found))
    checkpoint.unlink()
    return found


def measured(model: Classifier, tokenizer: Tokenizer, corpus: Corpus, choices: Choices) -> Found:
    """Measure a trained network on validation and on the suite."""
    truth = corpus.validation.labels
    logits = predict(model, read(tokenizer, corpus.validation, choices))
    suite = cases(Part.HELD, SUITE_SIZE)
    spelling = reader(tokenizer, choices)
    said = predict(model, encode(tokenizer, [prepare(case.text, spelling).text for case in suite]))
    rates = passed(suite, said >= threshold(logits, truth, RECALL))
    worst = min(rates, key=lambda name: rates[name].share)
    return Found(
        average_precision=float(average_precision_score(truth, logits)),
        recall=recall_at(logits, truth, RATE),
        suite=sum(rate.passed for rate in rates.values()) / len(suite),
        worst=f"{worst} {rates[worst].share:.2f}",
    )


def recall_at(scores: NDArray[np.float32], truth: NDArray[np.int64], rate: float) -> float:
    """Return the share of violent texts that score higher than all but a share of the others."""
    return float((scores[truth == 1] > np.quantile(scores[truth == 0], 1 - rate)).mean())


def _shown(name: str, found: Found) -> tuple[str, ...]:
    return name, f"{found.average_precision:.4f}", f"{found.recall:.3f}", f"{found.suite:.3f}", found.worst
