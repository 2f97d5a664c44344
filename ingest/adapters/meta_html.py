"""The pages of a Meta legal return as pairs of label and value, in the order of the page.

Meta has no contract for these pages, and they were seen in two shapes: nested tables with a `<th>` for the
label and a `<td>` for the value, and nested divs with the value in `<div class="m">` after its label. The
labels are the same in both. Sections that are not asked for are stepped over without being kept.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ingest.html import Tag, tokens
from triage.errors import InputError

PARSER = "meta-return/1"
"""Named where a page cannot be read, so that it is known which shapes were tried."""
NESTED = frozenset({"div", "table", "tr", "td", "th"})
MAX_DEPTH = 500
MAX_VALUE = 2**21
"""Most characters kept of a value: more than any caption that can be stored."""


@dataclass(slots=True)
class Pair:
    """A label in small letters without its colon, and what stands beside it."""

    section: str
    label: str
    parts: list[str] = field(default_factory=list)
    size: int = 0

    @property
    def value(self) -> str:
        """The value's words, its line breaks kept."""
        lines = (" ".join(line.split()) for line in "".join(self.parts).split("\n"))
        return "\n".join(lines).strip()

    def add(self, text: str) -> None:
        """Add words to the value, up to a bound."""
        if self.size < MAX_VALUE:
            self.parts.append(text[:MAX_VALUE])
            self.size += len(text)


@dataclass(slots=True)
class Frame:
    """An element that is open: words in it belong to a pair's value, or else to the next label."""

    tag: str
    pair: Pair | None = None
    words: list[str] = field(default_factory=list)


class PairReader:
    """Reads a page piece by piece."""

    def __init__(self, sections: Mapping[str, str]) -> None:
        """Read the sections whose HTML id is a key of `sections`; the values name them in pairs."""
        self._sections = sections
        self._section: str | None = None
        self._frames: list[Frame] = []
        self._pair: Pair | None = None
        self.seen: set[str] = set()

    def feed(self, html: str) -> Iterator[Pair]:
        """Yield the pairs that are complete.

        Raises:
            InputError: the page is nested too deeply.
        """
        for token in tokens(html):
            if not isinstance(token, Tag):
                self._words(token)
            elif token.closing:
                yield from self._close(token.name)
            elif section_id := _section_id(token):
                yield from self._enter(section_id)
            elif self._section:
                yield from self._open(token)

    def close(self) -> Iterator[Pair]:
        """Yield the last pair."""
        yield from self._begin(None)

    def _enter(self, section_id: str) -> Iterator[Pair]:
        yield from self._begin(None)
        self._section = self._sections.get(section_id)
        self._frames = [Frame("div")]
        if self._section:
            self.seen.add(self._section)

    def _begin(self, label: str | None) -> Iterator[Pair]:
        """Begin a pair, or none, and yield the one before it."""
        if self._pair:
            yield self._pair
        self._pair = None
        if self._section and label is not None:
            self._pair = Pair(self._section, " ".join(label.split()).rstrip(": ").lower())

    def _words(self, text: str) -> None:
        if not self._section or not self._frames:
            return
        frame = self._frames[-1]
        if frame.pair is None:
            frame.words.append(text[:MAX_VALUE])
        elif frame.pair is self._pair:
            frame.pair.add(text)

    def _open(self, tag: Tag) -> Iterator[Pair]:
        if tag.name == "br":
            self._words("\n")
        if tag.name not in NESTED:
            return
        yield from self._close_siblings(tag.name)
        if len(self._frames) > MAX_DEPTH:
            raise InputError(
                f"a page is nested deeper than {MAX_DEPTH}; it is no return that {PARSER} reads."
            )
        above, classes = self._frames[-1], tag.get("class").split()
        if tag.name == "td":
            self._frames.append(Frame("td", self._pair))
        elif tag.name != "div" or "t" in classes:
            self._frames.append(Frame(tag.name))
        elif "m" in classes:
            yield from self._begin("".join(above.words))
            above.words.clear()
            self._frames.append(Frame("div", self._pair))
        else:
            self._frames.append(Frame("div", above.pair, above.words))

    def _close_siblings(self, name: str) -> Iterator[Pair]:
        """A cell that was never closed ends where the next cell or row begins."""
        ended = {"td": ("td", "th"), "th": ("td", "th"), "tr": ("td", "th", "tr")}.get(name, ())
        while self._frames[-1].tag in ended:
            yield from self._pop()

    def _close(self, name: str) -> Iterator[Pair]:
        """Close the innermost element of a name, and all in it; no cell closes what is around its table."""
        for depth in range(len(self._frames) - 1, -1, -1):
            if self._frames[depth].tag == name:
                while len(self._frames) > depth:
                    yield from self._pop()
                break
            if self._frames[depth].tag == "table":
                break
        if not self._frames:
            yield from self._begin(None)
            self._section = None

    def _pop(self) -> Iterator[Pair]:
        frame = self._frames.pop()
        if frame.tag == "th":
            yield from self._begin("".join(frame.words))


def _section_id(tag: Tag) -> str:
    """Return the id of a section that begins here; every pane ends the one before, closed or not."""
    if tag.name != "div":
        return ""
    found = tag.get("id")
    return found if found.startswith("property-") or "content-pane" in tag.get("class").split() else ""
