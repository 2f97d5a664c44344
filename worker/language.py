"""Which language a caption is in, offline: the text model knows English only."""

from dataclasses import dataclass
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from worker.texts import MASKED

ENGLISH = "en"
UNKNOWN = "und"
"""ISO 639 for undetermined."""
CANDIDATES = tuple(
    "en es fr de pt it nl ru uk ar fa he tr zh ja ko vi tl id hi ur bn pa pl so sw".split()  # noqa: SIM905
)
"""Languages told apart. With all 97 that the library knows, dialect and insults are taken for far-away ones:
of 500 violent English texts 13 % instead of 1 %."""
ENOUGH = 5000
"""Characters that are looked at: the library grows less sure the longer a text is."""
SURE = 0.75
"""Probability from which a caption counts as being in another language."""


@dataclass(frozen=True)
class Language:
    """A language's ISO 639-1 code and the probability that the caption is in it."""

    code: str
    probability: float

    @property
    def foreign(self) -> bool:
        """Whether the caption is surely in a language that the text model does not know."""
        return self.code not in (ENGLISH, UNKNOWN)


def detect(prepared: str) -> Language:
    """Return the language of a prepared caption; `und` where another than English is likely, but not surely.

    Args:
        prepared: text of `worker.texts.prepare`; its masks are not looked at.
    """
    words = MASKED.sub(" ", prepared)
    if not any(sign.isalpha() for sign in words):
        return Language(UNKNOWN, 0.0)
    code, probability = _identifier().classify(words[:ENOUGH])
    known = code == ENGLISH or probability >= SURE
    return Language(code if known else UNKNOWN, float(probability))


def load() -> None:
    """Load the model now. Done before processes fork, they share its 80 MB and none waits for it."""
    _identifier()


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(CANDIDATES)
    return identifier
