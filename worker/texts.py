"""Captions as the model reads them: the same masking and spelling for training and for serving.

Names, links, e-mails and phone numbers become @USER, URL, EMAIL, PHONE (the model never saw others, and a
score must not hang on who somebody is). Emoji become words, because the tokenizer knows none of them and
would read a gun, a knife and a cake as the same unknown sign.
"""

import re
import unicodedata

from worker.aligned import Aligned
from worker.markup import plain
from worker.spelling import Spelling

MASKS = {"email": " EMAIL ", "url": " URL ", "user": "@USER", "phone": " PHONE "}
PERSONAL = re.compile(
    r"(?P<email>(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<url>(?:https?://|(?<!\w)www\.)\S+)"
    r"|(?P<user>(?<![\w@])@\w+)"
    r"|(?P<phone>(?<![\w+])(?:\+\d[\d ().-]{7,18}\d|\(?\d{3}\)?[ .-]?\d{3}[ .-]?\d{4})(?!\w))",
    re.IGNORECASE,
)
MASKED = re.compile(r"@USER|\b(?:URL|EMAIL|PHONE)\b|\ufffd")
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
LONG_RUN = re.compile(r"([^\w\s]|_)\1{5,}")
"""One sign again and again: it drowns what stands beside it. Few posts hold one as long as this."""
EMOJI = re.compile(
    "(?P<sign>[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff])(?:[\ufe0f\U0001f3fb-\U0001f3ff]*(?P=sign))*"
)
NAMES = {"\N{PISTOL}": " gun ", "\N{HOCHO}": " knife "}
"""Emoji whose Unicode name is not the word people use."""


def prepare(text: str, spelling: Spelling | None = None) -> Aligned:
    """Read markup as its words, mask what identifies people and spell out emoji (a run of the same one once).

    What cannot be stored (NUL, lone surrogates) becomes U+FFFD, a long run of one sign that sign once. Any
    string is accepted; the time it takes grows with its length only.

    Args:
        text: a caption as it was posted.
        spelling: of the model that will read it; None leaves disguised words as they are.
    """
    read = Aligned.of(text).sub(UNSTORABLE, lambda _: "\ufffd")
    read = plain(read)
    read = read.sub(LONG_RUN, lambda run: run[1])
    read = spelling.letters(read) if spelling else read
    read = read.sub(PERSONAL, lambda found: MASKS[found.lastgroup or ""])
    read = read.sub(EMOJI, lambda found: _spell(found["sign"]))
    return spelling.words(read) if spelling else read


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
