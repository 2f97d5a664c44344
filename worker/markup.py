"""HTML, BBCode and Markdown: what a site shows as bold, a link or a spoiler is read as its words.

Marks are taken off only where they pair up or are tags that these languages know: `<3`, `a < b`, `f*ck`,
`[sic]` and `snake_case` are text.
"""

import re
from collections import defaultdict
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
    r"\[(?P<close>/)?(?P<name>b|i|u|s|sub|sup|color|colour|font|size|spoiler|hide|url|email|code|quote|center|left|right"
    r"|list|li|img|\*)(?P<value>(?: [a-z]+)?=[^\[\]\n]{0,200})?+\]",
    re.IGNORECASE,
)
APART = {"quote", "center", "left", "right", "list", "li", "img", "*"}
"""BBCode around whole passages: what stands before and after is not one word."""
LINK = re.compile(
    r"(?P<before>\[)[^\[\]\n]{1,500}(?P<between>\]\()(?:https?:|www\.|mailto:|tg:|[/#])[^\s()\[\]]{0,500}(?P<after>\))"
)
"""Markdown's `[words](place)`. The place stays, and is masked as any other."""
SPOILER = re.compile(r"(?P<before>>!)[^<>]{1,1000}(?P<after>!<)")
"""Reddit's."""
PAIR = re.compile(
    r"(?<![\w*])(?P<star>\*)(?=[^\s*])[^*]{1,1000}(?<=\S)\*(?![\w*])"
    r"|(?<![\w*])(?P<stars>\*{2,3})(?=[^\s*])[^*]{1,1000}(?<=\S)(?P=stars)(?!\*)"
    r"|(?<![\w_])(?P<bars>_{1,3})(?=[^\s_])(?:[^_]|(?<=\w)_(?=\w)){1,1000}(?<=[^\s_])(?P=bars)(?![\w_])"
    r"|(?<!~)(?P<waves>~~)(?=[^\s~])[^~]{1,1000}(?<=\S)~~(?!~)"
    r"|(?<!\|)(?P<walls>\|\|)(?=[^|]*[^\s|])[^|]{1,1000}\|\|(?!\|)"
    r"|(?<!`)(?P<ticks>`{1,3})(?=[^`])[^`]{1,1000}(?P=ticks)(?!`)"
)
"""Words between two equal marks of Markdown, as Reddit, Discord and Telegram write them."""
MARK = re.compile(r"\*{1,3}|_{1,3}|~~|\|\||`{1,3}|\[|\]\(|\)|>!|!<")
DEEPEST = 3
"""Marks inside of marks that are taken off, as in `**_so_**`."""


def plain(read: Aligned) -> Aligned:
    """Take off the marks. Any text is accepted; the time it takes grows with its length only."""
    read = read.sub(ENTITY, lambda found: unescape(found[0]))
    read = read.sub(HTML, lambda tag: "" if tag["inside"] else " ")
    read = _without_bbcode(read)
    for _ in range(DEEPEST):
        read = _unpaired(read)
    return read


def _without_bbcode(read: Aligned) -> Aligned:
    """Take BBCode off: tags with a value, and others that have their counterpart; `[sic]` and `a[i]` stay."""
    known: set[int] = set()
    opened: dict[str, list[int]] = defaultdict(list)
    for tag in BBCODE.finditer(read.text):
        name = tag["name"].lower()
        if not tag["close"]:
            opened[name].append(tag.start())
            known |= {tag.start()} if tag["value"] or name == "*" else set()
        elif opened[name]:
            known |= {opened[name].pop(), tag.start()}
    return read.sub(BBCODE, lambda tag: _space(tag) if tag.start() in known else tag[0])


def _space(tag: re.Match[str]) -> str:
    return " " if tag["name"].lower() in APART else ""


def _unpaired(read: Aligned) -> Aligned:
    """Take the marks off that stand around words and have no others between them."""
    marks: dict[int, str] = {}
    for pattern in (LINK, SPOILER):
        for found in pattern.finditer(read.text):
            marks |= {found.start(part): part for part in pattern.groupindex}
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
