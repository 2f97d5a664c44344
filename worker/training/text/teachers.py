"""Learning from trained models as well as from labels.

Several models that were trained apart are right together more often than any of them, and one model can learn
most of what they know (Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network", 2015). Texts
that they were trained on they know by heart; so they are also asked about cuttings of them, which nobody has
labelled (Tang et al., "Distilling task-specific knowledge from BERT into simple neural networks", 2019).
"""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from worker import manifest
from worker.scorers.violence_text import ViolenceText
from worker.training.text.captions import Split

TRUST = 0.5
"""What the teachers' opinion counts against a label."""
CUTTINGS = 4
"""Of each violent text."""
SHORTEST = 0.3
"""Of a text, as a cutting."""
DROPPED = 0.1
"""Share of the words that a cutting lacks."""
WORDLESS = -8.0
"""Logit of a text without a word, which no model reads."""
ORIGIN = ("cuttings of the train split", "as the text")

console = Console(stderr=True)


class Teachers:
    """Trained violence_text artifacts, asked together."""

    def __init__(self, artifacts: Sequence[str]) -> None:
        """Load them.

        Raises:
            ArtifactError: a folder holds none, or one that was altered.
        """
        name = ViolenceText.name
        self._models = [
            ViolenceText(manifest.load(name, Path(folder)), os.cpu_count()) for folder in artifacts
        ]

    @property
    def versions(self) -> list[str]:
        """What they are, for the card."""
        return [model.version for model in self._models]

    def believe(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the probability of violence in each text, (n,): of the mean logit, as in training."""
        total = np.zeros(len(texts))
        for number, model in enumerate(self._models, 1):
            with console.status(f"Teacher {number} of {len(self._models)} reads {len(texts):,} texts"):
                total += [WORDLESS if found is None else found.logit for found in model.read(texts)]
        return (1 / (1 + np.exp(-total / len(self._models)))).astype(np.float32)


def cuttings(split: Split, seed: int) -> tuple[str, ...]:
    """Cut pieces out of texts and drop words from them: CUTTINGS of each violent text, as many of others."""
    chance = np.random.default_rng((seed, len(split.texts)))
    violent, others = np.flatnonzero(split.labels), np.flatnonzero(split.labels == 0)
    rows = np.concatenate([np.repeat(violent, CUTTINGS), chance.choice(others, CUTTINGS * len(violent))])
    pieces = (_cutting(split.texts[row], chance) for row in rows)
    return tuple(dict.fromkeys(piece for piece in pieces if piece))


def judged(texts: tuple[str, ...], believed: NDArray[np.float32]) -> Split:
    """Return texts with the label that the teachers lean to."""
    count = len(texts)
    return Split(
        texts=texts,
        labels=(believed > 0.5).astype(np.int64),  # noqa: PLR2004 - one or the other
        groups=("",) * count,
        origins=(ORIGIN,) * count,
        fine=("",) * count,
        reviewed=(True,) * count,
    )


def _cutting(text: str, chance: np.random.Generator) -> str:
    words = text.split()
    kept = max(1, round(len(words) * chance.uniform(SHORTEST, 1)))
    start = chance.integers(0, len(words) - kept + 1)
    piece = [word for word in words[start : start + kept] if chance.random() >= DROPPED]
    return " ".join(piece) if len(piece) < len(words) else ""
