"""Words that were written so that machines do not know them, put back as people read them.

k1ll, k i l l, k.i.l.l, kiiill, the same in Cyrillic look-alikes, in the letters of a decorative font or with
signs nobody sees in between: all are read as `kill`. What would not become a known word stays as it is: AR15,
9mm and 2nd are no disguises.
"""

import re
import unicodedata
from collections.abc import Iterator, Set
from functools import cache, partial
from itertools import product
from math import inf

from confusable_homoglyphs import confusables

from worker.aligned import Aligned

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]+"
)
"""Signs without a shape: between letters they hide a word."""
STYLED = re.compile(
    "[\u00aa\u00b2\u00b3\u00b9\u00ba\u1d00-\u1dbf\u2070-\u209f\u2100-\u214f\u2460-\u24ff\uff01-\uff5e"
    "\U0001d400-\U0001d7ff\U0001f110-\U0001f1ff]"
)
"""Letters and digits as fonts, circles, flags and full width."""
FOREIGN = re.compile("[\u0370-\u058f\u13a0-\u13f4\u2c80-\u2cff]")
"""Letters of the scripts that hold most look-alikes: Greek, Cyrillic, Armenian, Cherokee, Coptic."""
LATIN = re.compile("[A-Za-z]")
LETTERS = re.compile(r"[^\W\d_]+")
ALIKE = dict(zip("кКтТмМвнκτ", "kKtTmMbhkt", strict=True))
"""Look-alikes that Unicode's own table leaves out."""
SPELLED_OUT = re.compile(r"(?<![^\W_])[^\W\d_](?P<sign>[ .*_\-])(?:[^\W\d_](?P=sign))+[^\W\d_](?![^\W_])")
WORD = re.compile(r"[\w$][\w@$!]*[\w$]")
MEASURE = re.compile(r"[a-z]+\d+|\d+(st|nd|rd|th|am|pm|mm|cm|km|kg|lbs?|ft|hrs?|min|sec|yrs?|yo|gb|mb|[a-z])")
"""Letters and digits together that are just what they say: AR15, 2nd, 9mm, 5k."""
LEET = {"0": "o", "1": "il", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s", "!": "i"}
RUN = re.compile(r"([^\W\d_])\1\1+")
LONGEST_WORD, LONGEST_SPELLED = 40, 16
MOST_GUESSES = 64
SHORTEST_KNOWN = 3
SHORT_WORDS = frozenset(
    "am an as at be by do go he hi if in is it me my no of oh on or so to up us we".split()  # noqa: SIM905 - read more easily
)
"""Words too short to be told from parts of words by a model's list."""


class Spelling:
    """Undoes disguises; made once from the words that a model knows."""

    def __init__(self, known: Set[str]) -> None:
        """Take lower-case words; short ones and what is no word are passed over."""
        self._known = {word for word in known if len(word) >= SHORTEST_KNOWN and word.isalpha()}

    def letters(self, text: Aligned) -> Aligned:
        """Put plain letters for odd ones, and nothing for invisible signs."""
        if text.text.isascii():
            return text
        text = text.sub(INVISIBLE, lambda _: "").sub(STYLED, lambda sign: plain(sign[0]))
        text = text.sub(LETTERS, lambda word: _latin(word[0]) if LATIN.search(word[0]) else word[0])
        if len(FOREIGN.findall(text.text)) <= len(LATIN.findall(text.text)):
            # Among Latin words they are meant to look Latin; in a Russian or Greek text they are not.
            return text.sub(FOREIGN, lambda sign: look_alike(sign[0]))
        return text

    def words(self, text: Aligned) -> Aligned:
        """Join words that were spelled out and mend those written with digits or stretched."""
        return text.sub(SPELLED_OUT, self._joined).sub(WORD, lambda word: self._mended(word[0]))

    def _joined(self, match: re.Match[str]) -> str:
        """Join letters to the fewest known words: `k i l l y o u` is two. Others stay spelled out."""
        joined = match[0].replace(match["sign"], "")
        # I and a stand alone between blanks, not in U.S.A.
        return self._words(joined, "ai" if match["sign"] == " " else "") or match[0]

    def _words(self, letters: str, alone: str) -> str | None:
        """Part letters into words, or return None where they are none; letters of `alone` are words."""
        fewest, begins = [0.0], [0]  # of the words up to each letter: how many, and where the last begins
        for end in range(1, len(letters) + 1):
            ways = [
                (fewest[start] + 1, start)
                for start in range(max(0, end - LONGEST_SPELLED), end)
                if fewest[start] < inf and self._is_word(letters[start:end].lower(), alone)
            ]
            count, begin = min(ways, default=(inf, 0))
            fewest.append(count)
            begins.append(begin)
        if fewest[-1] == inf:
            return None
        words, end = [], len(letters)
        while end:
            words.append(letters[begins[end] : end])
            end = begins[end]
        return " ".join(reversed(words))

    def _is_word(self, lower: str, alone: str) -> bool:
        return lower in self._known or lower in SHORT_WORDS or (len(lower) == 1 and lower in alone)

    def _mended(self, word: str) -> str:
        lower = word.lower()
        if len(word) > LONGEST_WORD or lower in self._known:
            return word
        if RUN.search(lower):
            return self._known_one(_shortened(lower)) or RUN.sub(r"\1", word)
        if any(sign in LEET for sign in lower) and not MEASURE.fullmatch(lower):
            return self._known_one(_read_as_letters(lower)) or word
        return word

    def _known_one(self, guesses: Iterator[str]) -> str | None:
        return next((guess for guess in guesses if guess in self._known), None)


def _latin(word: str) -> str:
    return FOREIGN.sub(lambda sign: look_alike(sign[0]), word)


def _shortened(word: str) -> Iterator[str]:
    """Yield a word with each run of a letter twice or once: cooool may be cool, hellooo is hello."""
    runs = list(RUN.finditer(word))
    if 2 ** len(runs) > MOST_GUESSES:
        return
    for lengths in product((2, 1), repeat=len(runs)):
        left = iter(lengths)
        yield RUN.sub(partial(_as_long_as, left), word)


def _as_long_as(lengths: Iterator[int], run: re.Match[str]) -> str:
    return run[1] * next(lengths)


def _read_as_letters(word: str) -> Iterator[str]:
    """Yield what a word may say when its digits and signs stand for letters; at least one letter is there."""
    choices = [LEET.get(sign, sign) for sign in word]
    many = 2 ** sum(len(choice) > 1 for choice in choices) > MOST_GUESSES
    if any(sign.isalpha() for sign in word) and not many:
        yield from ("".join(guess) for guess in product(*choices))


@cache
def plain(sign: str) -> str:
    """Return the letters that a styled sign stands for, itself where it stands for none."""
    simple = unicodedata.normalize("NFKC", sign)
    if simple != sign:
        return simple
    name = unicodedata.name(sign, "").rsplit(" ", 2)
    is_letter = len(name[-1]) == 1 and name[-2:-1] in (["LETTER"], ["CAPITAL"])
    return name[-1].lower() if is_letter else sign


@cache
def look_alike(sign: str) -> str:
    """Return the Latin letter that a letter of another script looks like, itself where there is none.

    Source: Unicode Technical Standard 39, confusables.
    """
    if sign in ALIKE:
        return ALIKE[sign]
    found = confusables.is_confusable(sign, greedy=True) or [{"homoglyphs": ()}]
    shapes = (shape["c"] for shape in found[0]["homoglyphs"])
    return next((shape for shape in shapes if shape.isascii() and shape.isalpha()), sign)
