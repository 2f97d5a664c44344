r"""The words behind a text score: which of them carry it and, where they stood in a picture, where.

In a score's evidence (docs/evidence.md) it stands as

    "words": [[0, 4, 1.0]],
    "picture_text": {"text": "kill\nthem", "lines": [
        {"text": "kill", "box": [0.1, 0.2, 0.5, 0.3], "confidence": 0.98}, ...]}

Places are counted in characters: of the picture's text where there is one, else of the caption.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, NamedTuple, Self

from pydantic import ConfigDict, Field, ValidationError

from triage.contracts import Contract, Probability, Text
from triage.evidence import Box


class Line(Contract):
    """One line of text in a picture."""

    text: Text
    box: Box
    confidence: Probability
    """How sure the reader is of its letters."""


class PictureText(Contract):
    """All that was read in a picture, in reading order; `text` is the lines, each on a line of its own."""

    text: Text
    lines: tuple[Line, ...]

    @classmethod
    def of(cls, lines: Sequence[Line]) -> Self:
        """Join lines to a text."""
        return cls(text="\n".join(line.text for line in lines), lines=tuple(lines))

    @property
    def has_words(self) -> bool:
        """Whether there is a letter to score."""
        return any(sign.isalpha() for sign in self.text)


class Word(NamedTuple):
    """A word that carries a score: its place in characters, and its weight, 1 for the heaviest."""

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    weight: Probability


class Wording(Contract):
    """What a score's evidence says about words: none for a score that says nothing."""

    model_config = ConfigDict(extra="ignore")  # the evidence holds more than this

    words: tuple[Word, ...] = ()
    picture_text: PictureText | None = None
    out_of_scope: Text | None = None
    """Why the score means little, such as another language."""


class Run(NamedTuple):
    """A piece of text that is marked or not."""

    text: str
    marked: bool


def read(evidence: Mapping[str, Any]) -> Wording:
    """Return the wording in a score's evidence; an empty one where it cannot be read, which costs no page."""
    try:
        return Wording.model_validate(evidence)
    except ValidationError:
        return Wording()


def marked(text: str, words: Iterable[Word]) -> list[Run]:
    """Split a text into runs, marked where a word stands. Joined, they are the text, whatever the words."""
    return list(_runs(text, 0, len(text), sorted(words)))


def marked_lines(found: PictureText, words: Iterable[Word]) -> list[list[Run]]:
    """Split each line of a picture's text into runs, marked where a word stands."""
    ordered, shown, start = sorted(words), [], 0
    for line in found.lines:
        end = start + len(line.text)
        shown.append(list(_runs(found.text, start, end, ordered)))
        start = end + 1
    return shown


def _runs(text: str, start: int, end: int, words: Iterable[Word]) -> Iterator[Run]:
    """Yield the runs of text[start:end]; words that overlap or lie outside are cut to fit."""
    at = start
    for word in words:
        left, right = max(at, word.start), min(end, word.end)
        if left >= right:
            continue
        if at < left:
            yield Run(text[at:left], marked=False)
        yield Run(text[left:right], marked=True)
        at = right
    if at < end:
        yield Run(text[at:end], marked=False)
