"""From a dataset to what a network learns: token ids, and what is known about each text."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from worker.spelling import Spelling
from worker.training.behaviour.cases import Part, cases
from worker.training.text.captions import Corpus, Split
from worker.training.text.kinds import KINDS, possible
from worker.training.text.model import encode
from worker.training.text.teachers import TRUST, Teachers, cuttings, judged

CASE = ("behavioural cases", "Apache-2.0")
"""Source and licence of the texts that Flagpost writes itself."""


@dataclass(frozen=True)
class Lessons:
    """Texts to learn from; every array has a row for each."""

    ids: Sequence[NDArray[np.int64]]
    labels: NDArray[np.int64]
    kinds: NDArray[np.bool_]
    """(n, kinds) that a violent text may be of; none for the others."""
    doubt: NDArray[np.float32]
    """Share by which a label may be wrong, 0 to 1."""
    weights: NDArray[np.float32]
    always: NDArray[np.bool_]
    """Rows that every epoch sees; the others take turns."""
    counts: dict[str, int]
    """How many there are of each sort, for the card."""

    def digest(self) -> str:
        """Name them by content: a run goes on only with the same."""
        whole = hashlib.sha256()
        for part in (*self.ids, self.labels, self.kinds, self.doubt, self.weights, self.always):
            whole.update(part.tobytes() + b"/")
        return whole.hexdigest()


@dataclass(frozen=True)
class Choices:
    """What to learn from, and how far to trust it."""

    spelling: bool = True
    """Whether disguised words are put back before they are read."""
    synthetic: bool = True
    """Whether rows written for training are learned from."""
    cases: int = 120
    """Behavioural texts of each functionality."""
    case_weight: float = 0.5
    """What one of them counts; a collected caption counts 1."""
    doubt: float = 0.0
    """Of labels that nobody read again."""
    even_sources: bool = False
    """Whether large sources count for less a row."""
    teachers: tuple[str, ...] = ()
    """Folders of trained artifacts to learn from as well; see `teachers`."""


def reader(tokenizer: Tokenizer, choices: Choices) -> Spelling | None:
    """Return what puts disguised words back, if that is chosen."""
    return Spelling(tokenizer.get_vocab().keys()) if choices.spelling else None


def read(tokenizer: Tokenizer, split: Split, choices: Choices) -> list[NDArray[np.int64]]:
    """Return the token ids of a split's texts."""
    return encode(tokenizer, split.prepared(reader(tokenizer, choices)))


def lessons(tokenizer: Tokenizer, corpus: Corpus, choices: Choices, seed: int) -> Lessons:
    """Gather what to learn from: the train split, synthetic rows, behavioural texts, cuttings."""
    parts = corpus.learned(synthetic=choices.synthetic)
    if choices.cases:
        parts["behavioural texts"] = behaviour(choices.cases, seed)
    whole, collected = Split.joined(list(parts.values())), len(corpus.train.texts)
    always = whole.labels == 1
    always[collected:] = True
    unread = np.array([not reviewed for reviewed in whole.reviewed])
    unread[collected:] = False
    weights = even(whole) if choices.even_sources else np.ones(len(whole.texts), np.float32)
    weights[_behavioural(whole)] *= choices.case_weight
    found = Lessons(
        ids=read(tokenizer, whole, choices),
        labels=whole.labels,
        kinds=_kinds(whole),
        doubt=(unread * choices.doubt).astype(np.float32),
        weights=weights,
        always=always,
        counts={name: len(part.texts) for name, part in parts.items()},
    )
    return _with_teachers(found, whole, tokenizer, choices, seed) if choices.teachers else found


def _with_teachers(
    found: Lessons, split: Split, tokenizer: Tokenizer, choices: Choices, seed: int
) -> Lessons:
    """Doubt labels as far as the teachers do, and add cuttings that they judged.

    Behavioural texts keep their labels: they were written to be what they say.
    """
    teachers = Teachers(choices.teachers)
    behavioural = _behavioural(split)
    doubt = TRUST * np.abs(teachers.believe(split.texts) - split.labels)
    doubt[behavioural] = found.doubt[behavioural]
    pieces = cuttings(split.where(~behavioural), seed)
    believed = teachers.believe(pieces)
    more = judged(pieces, believed)
    return Lessons(
        ids=[*found.ids, *read(tokenizer, more, choices)],
        labels=np.concatenate([found.labels, more.labels]),
        kinds=np.concatenate([found.kinds, _kinds(more)]),
        doubt=np.concatenate([doubt, np.abs(believed - more.labels)]).astype(np.float32),
        weights=np.concatenate([found.weights, np.ones(len(pieces), np.float32)]),
        always=np.concatenate([found.always, np.zeros(len(pieces), np.bool_)]),
        counts=found.counts | {"cuttings": len(pieces)},
    )


def _behavioural(split: Split) -> NDArray[np.bool_]:
    return np.array([origin == CASE for origin in split.origins])


def behaviour(each: int, seed: int) -> Split:
    """Return behavioural texts to learn from; the suite has others."""
    written = cases(Part.TAUGHT, each, seed)
    return Split(
        texts=tuple(case.text for case in written),
        labels=np.array([case.label for case in written], np.int64),
        groups=tuple(case.functionality for case in written),
        origins=(CASE,) * len(written),
        fine=tuple(case.kind or "" for case in written),
        reviewed=(True,) * len(written),
    )


def even(split: Split) -> NDArray[np.float32]:
    """Weigh rows by one over the root of their source's size, apart for each label; the mean is 1."""
    keys = list(zip(split.origins, split.labels.tolist(), strict=True))
    sizes = Counter(keys)
    weights = np.array([1 / sqrt(sizes[key]) for key in keys], np.float32)
    for label in (0, 1):
        weights[split.labels == label] /= weights[split.labels == label].mean()
    return weights


def _kinds(split: Split) -> NDArray[np.bool_]:
    return np.array(
        [
            possible(fine, group) if label else np.zeros(len(KINDS), bool)
            for fine, group, label in zip(split.fine, split.groups, split.labels, strict=True)
        ]
    )
