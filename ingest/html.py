"""HTML from strangers to words: tags apart from text, in time that grows with its length only.

The parser of the standard library is not used: on the Pythons in use it takes over a minute for 100 KB of
`<a <a <a `. Here every pattern stops at the next `<`, or has eaten what it looked at.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

TOKEN = re.compile(
    r"""<!--.*?(?:-->|\Z)
      | <(?P<unseen>script|style|title|template)\b [^<>]*+ > .*? (?:</(?P=unseen)\s*+> | \Z)
      | <(?P<closing>/?)(?P<name>[a-z][a-z0-9:-]*+)(?P<attributes>(?:[^<>"']|"[^"<]*+"|'[^'<]*+')*+)>
      | <[a-z/!?][^<>]*+>?""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
"""A comment, an element that shows no words, a tag, or something like a tag that never ends."""
BREAKS = re.compile(
    "address|article|blockquote|br|d[dlt]|div|fig(caption|ure)|footer|form|h[1-6r]|header|li|main|nav|[ou]l|p|pre"
    "|section|table|tbody|tfoot|thead|t[dhr]"
)
"""Tags before and after which words stand on different lines."""


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag: its name in small letters, and its attributes as written."""

    name: str
    closing: bool = False
    attributes: str = ""

    def get(self, attribute: str) -> str:
        """Return an attribute's value, empty where the tag has none of that name."""
        pattern = rf"""(?:^|[\s"'/]){re.escape(attribute)}\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))"""
        found = re.search(pattern, self.attributes, re.IGNORECASE)
        return unescape(next(value for value in found.groups() if value is not None)) if found else ""


def tokens(html: str) -> Iterator[Tag | str]:
    """Yield tags and the text between them, entities resolved; comments, scripts and styles are left out."""
    end = 0
    for found in TOKEN.finditer(html):
        if text := html[end : found.start()]:
            yield unescape(text)
        if name := found["name"]:
            yield Tag(name.lower(), bool(found["closing"]), found["attributes"])
        end = found.end()
    if text := html[end:]:
        yield unescape(text)


def to_text(html: str) -> str:
    """Return the words of some HTML as lines, without tags, blank lines or doubled spaces."""
    parts: list[str] = []
    for token in tokens(html):
        if isinstance(token, Tag):
            parts.append("\n" if BREAKS.fullmatch(token.name) else "")
        else:
            parts.append(re.sub(r"\s+", " ", token))
    lines = (re.sub(r" +", " ", line).strip() for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)
