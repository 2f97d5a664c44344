"""Captions cut into token windows, and windows packed so that little is padded."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from worker.aligned import Aligned
from worker.spelling import Spelling
from worker.texts import prepare

Tokens: TypeAlias = NDArray[np.int64]

STEP = 16
"""Windows are padded to a multiple of this many tokens: the same for a text whoever its neighbours are."""
MICRO_BATCH = 32
MOST_WINDOWS = 64
"""Windows of one caption that are read: about 26,000 characters of English, more than most sites take."""


@dataclass(frozen=True)
class Word:
    """A word of a window: its place in the caption as posted, and the window's tokens that it is."""

    span: tuple[int, int]
    tokens: tuple[int, ...]


@dataclass(frozen=True)
class Window:
    """A piece of one caption."""

    caption: int
    """Number of the caption in its batch."""
    span: tuple[int, int]
    """Start and end in the caption as posted, in characters."""
    ids: Tokens
    words: tuple[Word, ...] = ()
    """Empty unless they were asked for."""
    left_out: int = 0
    """How many windows of its caption nobody reads."""


def cut(
    tokenizer: Tokenizer, captions: Sequence[str], spelling: Spelling | None = None, *, words: bool = False
) -> Iterator[Window]:
    """Cut captions into windows that overlap; most captions give one, a caption without words gives none.

    However long a caption is, it gives no more than MOST_WINDOWS, and no two that say the same.

    Args:
        tokenizer: its truncation sets the size and the overlap of the windows.
        captions: any strings. One at a time is tokenized, so that a batch of long ones fits into memory.
        spelling: what puts disguised words back; see `worker.texts.prepare`.
        words: also tell where each word is.
    """
    for number, caption in enumerate(captions):
        prepared = prepare(caption, spelling)
        whole = tokenizer.encode(prepared.text)
        parts = [whole, *whole.overflowing]  # asked for once: it is made anew each time
        telling, left_out = _telling(parts)
        for part in telling:
            if span := _span(prepared, part):
                place = span if len(parts) > 1 else (0, len(caption))
                found = tuple(_words(prepared, part)) if words else ()
                yield Window(number, place, np.array(part.ids), found, left_out)


def pack(windows: Iterable[Window]) -> Iterator[list[Window]]:
    """Group windows of like length, at most MICRO_BATCH together."""
    for _, group in groupby(sorted(windows, key=_steps), key=_steps):
        alike = list(group)
        yield from (alike[start : start + MICRO_BATCH] for start in range(0, len(alike), MICRO_BATCH))


def pad(windows: Sequence[Window]) -> tuple[Tokens, Tokens]:
    """Return ids and mask of windows of like length, (windows, tokens) each; 0 pads both."""
    ids = np.zeros((len(windows), _steps(windows[0]) * STEP), np.int64)
    mask = np.zeros_like(ids)
    for row, window in enumerate(windows):
        ids[row, : len(window.ids)] = window.ids
        mask[row, : len(window.ids)] = 1
    return ids, mask


def _steps(window: Window) -> int:
    return -(-len(window.ids) // STEP)


def _telling(parts: Iterable[Encoding]) -> tuple[list[Encoding], int]:
    """Return the windows to read, in order, and the number of those left out.

    Of windows with the same tokens the first is enough. Where too many are left, those with the most
    different tokens are read: words stand out from padding.
    """
    distinct: dict[tuple[int, ...], Encoding] = {}
    for part in parts:
        distinct.setdefault(tuple(part.ids), part)
    varied = set(sorted(distinct, key=lambda ids: -len(set(ids)))[:MOST_WINDOWS])
    return [part for ids, part in distinct.items() if ids in varied], len(distinct) - len(varied)


def _span(prepared: Aligned, part: Encoding) -> tuple[int, int] | None:
    """Where a window's words stand in the caption; None where it holds none."""
    if len(part.ids) <= 2:  # noqa: PLR2004 - the two marks
        return None
    start, end = part.offsets[1][0], part.offsets[-2][1]
    return prepared.original(start, end)


def _words(prepared: Aligned, part: Encoding) -> Iterator[Word]:
    """Yield the words of a window; marks of punctuation are none."""
    for number, tokens in groupby(range(len(part.ids)), key=part.word_ids.__getitem__):
        if number is None:
            continue
        places = tuple(tokens)
        start, end = part.offsets[places[0]][0], part.offsets[places[-1]][1]
        if any(sign.isalnum() for sign in prepared.text[start:end]):
            yield Word(prepared.original(start, end), places)
