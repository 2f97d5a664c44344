"""`flagpost train transfer text`: how good is a recipe on sources it never saw?"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from rich.console import Console

from worker.training import kept
from worker.training.folds import Fold, folds, measured, write
from worker.training.text.captions import Corpus, Split, collect
from worker.training.text.lessons import read
from worker.training.text.model import load, predict
from worker.training.text.train import Recipe, fitted

LEAST_VIOLENT = 100
"""Sources with fewer violent captions join a fold instead of making one."""

console = Console(stderr=True)


def leave_out(data: Path, out: Path, recipe: Recipe) -> list[Fold]:
    """Train once per fold on the train split of all other sources, and measure on every caption of the fold.

    Args:
        data: folder with train, validation and test that names sources.
        out: folder for `transfer.json`, `transfer.md` and checkpoints; an interrupted run goes on.
        recipe: what to train and how. Written texts belong to no source and are learned from in every fold.

    Raises:
        TrainingError: fewer than two sources have violent captions enough to be left out.
    """
    corpus = collect(data, recipe.limit)
    whole = Split.joined([corpus.train, corpus.validation, corpus.test])
    found: list[Fold] = []
    for sources in folds(_sources(whole), whole.labels.tolist(), LEAST_VIOLENT):
        console.print(f"Leaving out {', '.join(sources)}")
        found.append(_fold(corpus, whole, out / f"fold-{len(found)}", sources, recipe))
        write(out, found)
    return found


def _fold(corpus: Corpus, whole: Split, folder: Path, sources: Sequence[str], recipe: Recipe) -> Fold:
    known, checkpoint = folder / "fold.json", folder / "run.pt"
    asked = asdict(recipe) | {"data": corpus.digest(), "sources": sources}
    if (before := kept.read(known, asked)) is not None:
        return Fold(**before)
    model, tokenizer = load(recipe.base)
    rest = Corpus(
        _without(corpus.train, sources), _without(corpus.validation, sources), corpus.test, corpus.synthetic
    )
    fitted(model, tokenizer, rest, recipe, checkpoint, resume=checkpoint.is_file())
    left = whole.where(np.isin(_sources(whole), sources))
    result = measured(sources, left.labels, predict(model, read(tokenizer, left, recipe.choices)))
    kept.write(known, asked, asdict(result))
    checkpoint.unlink()
    return result


def _without(split: Split, sources: Sequence[str]) -> Split:
    return split.where(~np.isin(_sources(split), sources))


def _sources(split: Split) -> list[str]:
    return [source for source, _licence in split.origins]
