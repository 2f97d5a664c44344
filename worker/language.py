"""Which language a caption is in, offline: the text model knows English only."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from worker.spelling import Spelling
from worker.texts import EMOJI, MASKED, prepare

ENGLISH = "en"
UNKNOWN = "und"
"""ISO 639 for undetermined."""
LATIN = frozenset(
    "en cs da de es fi fr hu id it nl no pl pt ro so sv sw tl tr vi".split()  # noqa: SIM905
)
"""Languages in Latin letters that are told apart. With all that the library knows, dialect and insults are
taken for far-away ones: 2.8 % of the validation captions instead of 1.2 %."""
OTHERS = frozenset(
    "am ar as be bg bn el fa gu he hi hy ja ka kk km kn ko ky lo mk ml mn mr my ne or pa ps ru si sr ta te "  # noqa: SIM905
    "th ug uk ur zh".split()
)
"""Languages in other scripts."""
LETTER = re.compile(r"[^\W\d_]")
LATIN_WORD = re.compile("[a-z\u00df-\u024f\u1e00-\u1eff]+(?:['\u2019][a-z\u00df-\u024f\u1e00-\u1eff]+)*")
BETWEEN = re.compile("[\x00-&(-@[-`{-\xa9]+")
"""Signs and digits: however many, they say nothing about the language."""
OTHER_LETTERS = 0.25
"""Share of letters of another script from which a caption is not English, whatever it says besides. A single
one, as in a shrug of signs, tells nothing."""
ENOUGH = 5000
"""Characters that are looked at: the library grows less sure the longer a text is."""
ENGLISH_FROM, SCRAP_FROM = 0.2, 0.005
"""Probability of English under which a caption counts as foreign, and the one for scraps."""
SCRAP = 10
"""A caption of fewer letters tells little: `lol` and `gg ez wp` look Hungarian."""
SURE = 0.5
"""Probability from which another language than English is named."""


@dataclass(frozen=True)
class Language:
    """What a caption is written in."""

    code: str
    """ISO 639-1, or `und`."""
    probability: float
    """Of the likeliest language, also where it is not likely enough to be named."""
    foreign: bool
    """Whether the text model cannot be expected to understand the caption."""


def detect(caption: str, spelling: Spelling | None = None) -> Language:
    """Return the language of a caption. What counts is how unlikely English is, not how sure another one:
    a language that is not among the candidates, or one of two that are alike, never is.

    Args:
        caption: as posted. Its masks and emoji are not looked at.
        spelling: what puts disguised words back; see `worker.texts.prepare`.
    """
    plain = MASKED.sub(" ", prepare(EMOJI.sub(" ", caption), spelling).text)
    plain = unicodedata.normalize("NFKC", BETWEEN.sub(" ", plain)[:ENOUGH]).lower()
    words, letters = LATIN_WORD.findall(plain), len(LETTER.findall(plain))
    others = letters - sum(map(len, words))
    if not letters:
        return Language(UNKNOWN, 0.0, foreign=False)
    if others > 1 and others >= OTHER_LETTERS * letters:
        code, probability = _likely(plain, OTHERS)[0]
        return Language(code if probability >= SURE else UNKNOWN, probability, foreign=True)
    return _in_latin(words)


def _in_latin(words: list[str]) -> Language:
    likely = _likely(" ".join(words), LATIN)
    code, probability = likely[0]
    english = dict(likely)[ENGLISH]
    least = SCRAP_FROM if sum(map(len, words)) < SCRAP else ENGLISH_FROM
    foreign = english < min(least, probability)
    named = code == ENGLISH or (foreign and probability >= SURE)
    return Language(code if named else UNKNOWN, probability, foreign)


def _likely(text: str, among: frozenset[str]) -> list[tuple[str, float]]:
    """Return some languages and the probability of each among them, the likeliest first."""
    found = [(code, chance) for code, chance in _identifier().rank(text) if code in among]
    every = sum(chance for _, chance in found) or 1.0
    return [(code, chance / every) for code, chance in found]


def load() -> None:
    """Load the model now. Done before processes fork, they share its 80 MB and none waits for it."""
    _identifier()


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LATIN | OTHERS)
    return identifier
