"""Text that is rewritten step by step and still knows where each of its characters came from."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int32]


@dataclass(frozen=True)
class Aligned:
    """A text made of another one, and the way back."""

    text: str
    starts: Places
    """(characters,) where in the original the part begins that each character stands for; never falling."""
    ends: Places
    """(characters,) where it ends; never falling."""

    @classmethod
    def of(cls, text: str) -> Self:
        """Begin with the original itself."""
        starts = np.arange(len(text), dtype=np.int32)
        return cls(text, starts, starts + 1)

    def sub(self, pattern: re.Pattern[str], new: Callable[[re.Match[str]], str]) -> Self:
        """Replace every match; each new character stands for all that its match stood for.

        Args:
            pattern: matches at least one character wherever it matches.
            new: returns what stands in a match's place; the match itself leaves it as it is.
        """
        changed = [
            (match, words) for match in pattern.finditer(self.text) if (words := new(match)) != match[0]
        ]
        if not changed:
            return self
        pieces: list[str] = []
        starts: list[Places] = []
        ends: list[Places] = []
        done = 0
        for match, words in changed:
            first, last = match.span()
            pieces += [self.text[done:first], words]
            starts += [self.starts[done:first], np.full(len(words), self.starts[first], np.int32)]
            ends += [self.ends[done:first], np.full(len(words), self.ends[last - 1], np.int32)]
            done = last
        pieces.append(self.text[done:])
        starts.append(self.starts[done:])
        ends.append(self.ends[done:])
        return type(self)("".join(pieces), np.concatenate(starts), np.concatenate(ends))

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Map a non-empty span of the text to the smallest span of the original that holds it."""
        return int(self.starts[start]), int(self.ends[end - 1])
