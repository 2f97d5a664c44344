"""How people write words so that machines do not know them. A disguise takes a text and keeps its sense."""

import re
from collections.abc import Callable
from random import Random

LEET = str.maketrans("aeiostAEIOST", "431057431057")
LOOKALIKES = str.maketrans("aceiopxyjsAEOPTHKMB", "асеіорхујѕАЕОРТНКМВ")
"""Latin letters to Cyrillic ones of the same shape."""
STYLED = {chr(ord("a") + at): chr(0x1D5EE + at) for at in range(26)} | {
    chr(ord("A") + at): chr(0x1D5D4 + at) for at in range(26)
}
"""Latin letters to the mathematical sans-serif bold that fonts for bios are made of."""
INVISIBLE = ("\u200b", "\u200c", "\u2060", "\u00ad")
WORD = re.compile(r"[^\W\d_]{3,}")

Disguise = Callable[[str, Random], str]


def leetspeak(text: str, chance: Random) -> str:
    """Digits for letters."""
    return _some_words(text, chance, 0.6, lambda word: word.translate(LEET))


def look_alikes(text: str, chance: Random) -> str:
    """Letters of another alphabet that look the same."""
    return _some_words(text, chance, 0.7, lambda word: word.translate(LOOKALIKES))


def zero_width(text: str, chance: Random) -> str:
    """Signs nobody sees between the letters."""
    return _some_words(text, chance, 0.8, lambda word: chance.choice(INVISIBLE).join(word))


def styled(text: str, chance: Random) -> str:
    """Letters of a decorative font."""
    return _some_words(text, chance, 1, lambda word: "".join(STYLED.get(letter, letter) for letter in word))


def stretched(text: str, chance: Random) -> str:
    """Letters repeated."""

    def stretch(word: str) -> str:
        at = chance.randrange(1, len(word))
        return word[:at] + word[at] * chance.randint(2, 5) + word[at + 1 :]

    return _some_words(text, chance, 0.4, stretch)


def spaced(text: str, chance: Random) -> str:
    """A word spelled out letter by letter."""
    places = [match.span() for match in WORD.finditer(text) if not match[0].isupper()]
    start, end = chance.choice(places) if places else (0, 0)
    return text[:start] + " ".join(text[start:end]) + text[end:]


def dotted(text: str, chance: Random) -> str:
    """Dots or stars inside of words."""
    sign = chance.choice(".*-_")
    return _some_words(text, chance, 0.4, sign.join)


def misspelt(text: str, chance: Random) -> str:
    """Two letters swapped or one left out."""

    def slip(word: str) -> str:
        at = chance.randrange(1, len(word) - 1)
        swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        return swapped if chance.random() < 1 / 2 else word[:at] + word[at + 1 :]

    return _some_words(text, chance, 0.35, slip)


def shouted(text: str, chance: Random) -> str:  # noqa: ARG001 - as all disguises
    """Capitals throughout."""
    return text.upper()


DISGUISES: dict[str, Disguise] = {
    "leetspeak": leetspeak,
    "look-alikes": look_alikes,
    "zero-width": zero_width,
    "styled": styled,
    "stretched": stretched,
    "spaced": spaced,
    "dotted": dotted,
    "misspelt": misspelt,
    "shouted": shouted,
}


def _some_words(text: str, chance: Random, share: float, change: Callable[[str], str]) -> str:
    """Change about this share of the words, at least one. @USER and the like stay as they are."""
    places = [match.span() for match in WORD.finditer(text) if not match[0].isupper()]
    picked = {place for place in places if chance.random() < share} or set(places[:1])
    pieces, done = [], 0
    for start, end in sorted(picked):
        pieces += [text[done:start], change(text[start:end])]
        done = end
    return "".join([*pieces, text[done:]])
