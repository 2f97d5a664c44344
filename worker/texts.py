"""Captions as the model reads them: the same masking and spelling for training and for serving.

Names, links, e-mails and phone numbers become @USER, URL, EMAIL, PHONE (the model never saw others, and a
score must not hang on who somebody is). Emoji become words, because the tokenizer knows none of them and
would read a gun, a knife and a cake as the same unknown sign.
"""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass

MASKS = {"email": " EMAIL ", "url": " URL ", "user": "@USER", "phone": " PHONE "}
PATTERN = re.compile(
    r"(?P<email>(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<url>(?:https?://|(?<!\w)www\.)\S+)"
    r"|(?P<user>(?<![\w@])@\w+)"
    r"|(?P<phone>(?<![\w+])(?:\+\d[\d ().-]{7,18}\d|\(?\d{3}\)?[ .-]?\d{3}[ .-]?\d{4})(?!\w))"
    r"|(?P<unstorable>[\x00\ud800-\udfff])"
    r"|(?P<emoji>(?P<sign>[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff])(?:[\ufe0f\U0001f3fb-\U0001f3ff]*(?P=sign))*)",
    re.IGNORECASE,
)
NAMES = {"\N{PISTOL}": " gun ", "\N{HOCHO}": " knife "}
"""Emoji whose Unicode name is not the word people use."""


@dataclass(frozen=True)
class Prepared:
    """A caption ready for the tokenizer, and the way back to the caption as it was posted."""

    text: str
    changes: tuple[tuple[int, int, int, int], ...]
    """Start and end of each replacement in `text`, then of what it replaced in the original; ascending."""

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Map a non-empty span of `text` to the smallest span of the original that holds it (characters)."""
        return self._map(start)[0], self._map(end - 1)[1]

    def _map(self, offset: int) -> tuple[int, int]:
        """Return where the character at an offset came from: start and end in the original."""
        found = bisect_right(self.changes, offset, key=lambda change: change[0]) - 1
        if found < 0:
            return offset, offset + 1
        _, end, original_start, original_end = self.changes[found]
        if offset < end:
            return original_start, original_end
        return original_end + offset - end, original_end + offset - end + 1


def prepare(text: str) -> Prepared:
    """Mask what identifies people and spell out emoji (a run of the same one once).

    What cannot be stored (NUL, lone surrogates) becomes U+FFFD. Any string is accepted; the time it takes
    grows with its length only.
    """
    pieces, changes, done, length = [], [], 0, 0
    for match in PATTERN.finditer(text):
        new = _replacement(match)
        pieces += [text[done : match.start()], new]
        length += match.start() - done
        changes.append((length, length + len(new), *match.span()))
        length, done = length + len(new), match.end()
    return Prepared("".join([*pieces, text[done:]]), tuple(changes))


def _replacement(match: re.Match[str]) -> str:
    if match["sign"]:
        return _spell(match["sign"])
    return MASKS.get(match.lastgroup or "", "\ufffd")


def _spell(sign: str) -> str:
    """Name an emoji. A sign that stands for a letter becomes it; a skin tone goes, not to sway a score."""
    if sign in NAMES:
        return NAMES[sign]
    name = unicodedata.name(sign, "").lower()
    if name.startswith("emoji modifier"):
        return ""
    if " letter " in name:
        return name[-1]
    return f" {name} " if name else sign
