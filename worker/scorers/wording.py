"""Which words of a caption carry its score: what each says alone, and what the caption loses without it.

Either misses some. Hidden: a word that another one doubles, as both verbs of "I will kill you, you will die"
(hiding is by Li, Monroe and Jurafsky, "Understanding neural networks through representation erasure", 2016).
Alone: a word that needs its neighbours. So a word weighs by both, each on its own scale: a score near its end
hardly falls where one word is missing. A word alone is a short text and cheap to read, so all are; only the
loudest are hidden.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from worker.runtime import Network
from worker.windows import MICRO_BATCH, Tokens, Word

MOST, LEAST = 8, 0.3
"""Words named, and the weight they need."""
JOINER = "\u200d"
MODIFIERS = frozenset("\u200d\ufe0f\ufe0e\u20e3") | {chr(sign) for sign in range(0x1F3FB, 0x1F400)}
"""What belongs to the emoji before it."""


class Weighed(NamedTuple):
    """A word of a caption: where it stands, in characters, and how much the score hangs on it.

    The weight is 1 for the heaviest word, 0 for one that the score does not need.
    """

    start: int
    end: int
    weight: float


def weigh(network: Network, ids: Tokens, words: Sequence[Word], caption: str) -> list[Weighed]:
    """Return the words that carry a window's score, in the order of the caption.

    Args:
        network: the text model.
        ids: (tokens,) of the window.
        words: of the window, with the tokens that each is made of.
        caption: as posted; the words' places are in it.
    """
    alone = _alone(network, ids, words)
    loudest = np.sort(np.argsort(-alone, kind="stable")[:MOST])
    words = [words[at] for at in loudest]
    weights = _scaled(_scaled(alone[loudest]) + _scaled(_lost(network, ids, words)))
    return _apart(
        Weighed(*whole_signs(caption, *word.span), round(float(weight), 3))
        for word, weight in zip(words, weights, strict=True)
        if weight >= LEAST
    )


def _apart(found: Iterable[Weighed]) -> list[Weighed]:
    """Make one of words that share a sign, as parts of a joined emoji do; it weighs as the heavier."""
    apart: list[Weighed] = []
    for word in found:
        if apart and word.start < apart[-1].end:
            last = apart[-1]
            apart[-1] = Weighed(last.start, max(last.end, word.end), max(last.weight, word.weight))
        else:
            apart.append(word)
    return apart


def whole_signs(caption: str, start: int, end: int) -> tuple[int, int]:
    """Stretch a span so that it cuts no sign off its skin tone, accent or joined emoji, on either side."""
    while 0 < start < len(caption) and _belongs(caption, start):
        start -= 1
    while end < len(caption) and _belongs(caption, end):
        end += 1
    return start, end


def _belongs(caption: str, at: int) -> bool:
    """Whether a sign is one with the sign before it."""
    sign = caption[at]
    return sign in MODIFIERS or bool(unicodedata.combining(sign)) or caption[at - 1] == JOINER


def _alone(network: Network, ids: Tokens, words: Sequence[Word]) -> NDArray[np.float64]:
    """Return by how much each word, as a text of its own, is above the empty text: (words,) logits."""
    marks = ids[[0, -1]]
    texts = [marks, *(np.insert(marks, 1, ids[list(word.tokens)]) for word in words)]
    padded = np.zeros((len(texts), max(map(len, texts))), np.int64)
    mask = np.zeros_like(padded)
    for row, text in enumerate(texts):
        padded[row, : len(text)], mask[row, : len(text)] = text, 1
    said = _logits(network, padded, mask)
    return said[1:] - said[:1]


def _lost(network: Network, ids: Tokens, words: Sequence[Word]) -> NDArray[np.float64]:
    """Return by how much the window falls where each word is hidden from the model: (words,) logits."""
    mask = np.ones((len(words) + 1, len(ids)), np.int64)
    for row, word in enumerate(words, 1):
        mask[row, word.tokens] = 0
    said = _logits(network, np.tile(ids, (len(mask), 1)), mask)
    return said[:1] - said[1:]


def _scaled(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return weights from 0 to 1, the highest at 1; all 0 where none is above it."""
    above = np.maximum(weights, 0)
    return above / top if (top := above.max(initial=0)) > 0 else above


def _logits(network: Network, ids: Tokens, masks: Tokens) -> NDArray[np.float64]:
    """Run texts, (texts, tokens), a few at a time."""
    found = [
        network(input_ids=ids[part], attention_mask=masks[part])["logit"]
        for start in range(0, len(masks), MICRO_BATCH)
        for part in [slice(start, start + MICRO_BATCH)]
    ]
    return np.concatenate(found).astype(np.float64)
