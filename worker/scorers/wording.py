"""Which words of a caption carry its score: each is hidden from the model in turn, and shown to it alone.

Hiding alone (Li, Monroe and Jurafsky, "Understanding neural networks through representation erasure", 2016)
misses a word that another one doubles: of "I will kill you, you will die" neither verb is needed. What a word
adds as the first and what it adds as the last are the ends of its Shapley value, at 2 n + 2 readings.
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

    The weight is 1 for the word that the score falls by most without, 0 for one it does not need.
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
    everything, nothing = np.ones(len(ids), np.int64), np.zeros(len(ids), np.int64)
    nothing[[0, -1]] = 1  # the marks around a text
    hidden, alone = (np.tile(mask, (len(words), 1)) for mask in (everything, nothing))
    for row, word in enumerate(words):
        hidden[row, word.tokens], alone[row, word.tokens] = 0, 1
    whole, empty, *rest = _logits(network, ids, np.stack([everything, nothing, *hidden, *alone]))
    without, only = np.reshape(rest, (2, len(words)))
    drops = np.maximum((whole - without) + (only - empty), 0)
    if not drops.size or not (top := drops.max()) > 0:
        return []
    weights = drops / top
    heaviest = sorted(np.argsort(-weights, kind="stable")[:MOST])
    return _apart(
        Weighed(*whole_signs(caption, *words[at].span), round(float(weights[at]), 3))
        for at in heaviest
        if weights[at] >= LEAST
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


def _logits(network: Network, ids: Tokens, masks: NDArray[np.int64]) -> NDArray[np.float64]:
    """Run the window once for each mask."""
    found = [
        network(input_ids=np.tile(ids, (len(part), 1)), attention_mask=part)["logit"]
        for part in (masks[start : start + MICRO_BATCH] for start in range(0, len(masks), MICRO_BATCH))
    ]
    return np.concatenate(found).astype(np.float64)
