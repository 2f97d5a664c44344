"""HTML, BBCode and Markdown: what a site shows as bold, a link or a spoiler is read as its words.

Marks are taken off only where they pair up or are tags that these languages know: `<3`, `a < b`, `f*ck`,
`[sic]` and `snake_case` are text.
"""

import re
from html import unescape

from worker.aligned import Aligned

ENTITY = re.compile(r"&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,31});", re.IGNORECASE)
HTML = re.compile(
    r"</?(?:(?P<inside>abbr|a|big|b|cite|code|del|em|font|ins|i|kbd|mark|small|span|strike|strong|sub|sup|s|tt|u|wbr)"
    r"|article|blockquote|body|br|center|dd|div|dl|dt|figcaption|figure|footer|h[1-6]|header|hr|html|img|li|ol|pre"
    r"|p|q|section|table|tbody|td|tfoot|thead|th|tr|ul)"
    r"""(?:\s++[a-z][\w:-]*+=(?:"[^"<>]*+"|'[^'<>]*+'|[^\s"'<>]++))*+\s*+/?>""",
    re.IGNORECASE,
)
"""HTML's tags around and inside of text."""
BBCODE = re.compile(
    r"\[/?(?:(?P<inside>b|i|u|s|sub|sup|color|colour|font|size|spoiler|url|email|code)"
    r"|quote(?: [a-z]+(?==))?|center|left|right|list|li|img|\*)(?:=[^\[\]\n]{0,200})?+\]",
    re.IGNORECASE,
)
LINK = re.compile(
    r"(?P<before>\[)[^\[\]\n]{1,500}(?P<between>\]\()(?:https?:|www\.|mailto:|tg:|[/#])[^\s()\[\]]{0,500}(?P<after>\))"
)
"""Markdown's `[words](place)`. The place stays, and is masked as any other."""
PAIR = re.compile(
    r"(?<![\w*])(?P<stars>\*{1,3})(?=[^\s*])[^*]{1,1000}(?<=\S)(?P=stars)(?!\*)"
    r"|(?<![\w_])(?P<bars>_{1,3})(?=[^\s_])(?:[^_]|(?<=\w)_(?=\w)){1,1000}(?<=[^\s_])(?P=bars)(?![\w_])"
    r"|(?<!~)(?P<waves>~~)(?=[^\s~])[^~]{1,1000}(?<=\S)~~(?!~)"
    r"|(?<!\|)(?P<walls>\|\|)(?=[^\s|])[^|]{1,1000}(?<=\S)\|\|(?!\|)"
    r"|(?<!`)(?P<ticks>`{1,3})(?=[^`])[^`]{1,1000}(?P=ticks)(?!`)"
)
"""Words between two equal marks of Markdown, as Reddit, Discord and Telegram write them."""
MARK = re.compile(r"\*{1,3}|_{1,3}|~~|\|\||`{1,3}|\[|\]\(|\)")
DEEPEST = 3
"""Marks inside of marks that are taken off, as in `**_so_**`."""


def plain(read: Aligned) -> Aligned:
    """Take off the marks. Any text is accepted; the time it takes grows with its length only."""
    read = read.sub(ENTITY, lambda found: unescape(found[0]))
    for tags in (HTML, BBCODE):
        read = read.sub(tags, lambda tag: "" if tag["inside"] else " ")
    for _ in range(DEEPEST):
        read = _unpaired(read)
    return read


def _unpaired(read: Aligned) -> Aligned:
    """Take the marks off that stand around words and have no others between them."""
    marks: dict[int, str] = {}
    for link in LINK.finditer(read.text):
        marks |= {link.start(part): part for part in ("before", "between", "after")}
    for pair in PAIR.finditer(read.text):
        mark = pair[pair.lastgroup or 0]
        marks |= dict.fromkeys((pair.start(), pair.end() - len(mark)), mark)
    return read.sub(MARK, lambda mark: _instead(mark, marks)) if marks else read


def _instead(found: re.Match[str], marks: dict[int, str]) -> str:
    """Return what stands in the place of a sign that may be a mark."""
    mark = marks.get(found.start())
    if mark == "between":
        return " "
    return "" if mark in ("before", "after", found[0]) else found[0]
