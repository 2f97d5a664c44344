"""Texts by functionality: a frame such as `I'll {kill} {someone} {when}` with its slots filled.

After HateCheck (Röttger et al., 2021). The frames and words are data: violent.toml, benign.toml, words.toml.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import Any

from pydantic import Field

from triage.contracts import Contract
from worker.training.behaviour.disguises import DISGUISES

FOLDER = Path(__file__).parent
SLOT = re.compile(r"\{(\w+)\}")
PATIENCE = 20
"""Fills tried for each text wanted: a short frame has only so many."""
DISGUISED = ("direct-threat", "incitement", "gun-display-threat")
"""Functionalities whose texts are also written in each disguise."""


class Part(StrEnum):
    """What frames and words are for: no text of the one part can be written from the other."""

    TAUGHT = "taught"
    """Training."""
    HELD = "held"
    """The suite."""


class Functionality(Contract):
    """One thing a scorer must be able to do."""

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    says: str
    """What its texts are, for people."""
    kind: str | None = None
    """Of threat; None for harmless texts."""
    taught: tuple[str, ...] = Field(min_length=1)
    held: tuple[str, ...] = Field(min_length=1)

    @property
    def label(self) -> int:
        """1 for texts that must be found, 0 for those to be left alone."""
        return int(self.kind is not None)

    def frames(self, part: Part) -> tuple[str, ...]:
        """Return the frames of a part."""
        return self.taught if part is Part.TAUGHT else self.held


@dataclass(frozen=True)
class Case:
    """A text and what it asks."""

    functionality: str
    text: str
    label: int
    kind: str | None
    frame: str
    """What the text was written from; texts of one frame are much alike."""


@cache
def functionalities() -> tuple[Functionality, ...]:
    """Return all of them, violent ones first."""
    return tuple(
        Functionality.model_validate(entry)
        for name in ("violent.toml", "benign.toml")
        for entry in _read(name)["functionality"]
    )


@cache
def words(part: Part) -> dict[str, tuple[str, ...]]:
    """Return what may stand in each slot."""
    return {slot: tuple(lists[part]) for slot, lists in _read("words.toml").items()}


def cases(part: Part, each: int, seed: int = 0) -> list[Case]:
    """Write texts for every functionality, and violent and harmless ones in every disguise.

    Args:
        part: whose frames and words are used.
        each: texts for each functionality; more where it has more frames, for each is used; fewer where they
            have not so many fills. 0 for none.
        seed: decides the fills.
    """
    plain = [
        _cases(one, one.name, part, max(each, len(one.frames(part))), Random(f"{seed} {one.name}"))  # noqa: S311
        for one in functionalities()
        if each
    ]
    return [case for written in plain for case in written] + list(_disguised(part, each, seed))


def says() -> dict[str, str]:
    """Return what each functionality's texts are, disguised ones included."""
    plain = {one.name: one.says for one in functionalities()}
    disguised = {_name(label, name): _says(label, name) for name in DISGUISES for label in (1, 0)}
    return plain | disguised


def _disguised(part: Part, each: int, seed: int) -> Iterator[Case]:
    """Yield disguised threats, and harmless texts in the same disguise: the disguise alone proves nothing."""
    groups = {
        1: [one for one in functionalities() if one.name in DISGUISED],
        0: [one for one in functionalities() if not one.label],
    }
    for disguise, change in DISGUISES.items():
        for label, group in groups.items():
            name, chance = _name(label, disguise), Random(f"{seed} {disguise} {label}")  # noqa: S311
            share = -(-each // len(group))
            plain = [case for one in group for case in _cases(one, name, part, share, chance)]
            for case in chance.sample(plain, min(each, len(plain))):
                yield replace(case, text=change(case.text, chance))


def _name(label: int, disguise: str) -> str:
    return f"{'threat' if label else 'harmless'}-{disguise}"


def _says(label: int, disguise: str) -> str:
    return f"{'Threats' if label else 'Harmless texts'} in disguise: {DISGUISES[disguise].__doc__}"


def _cases(one: Functionality, name: str, part: Part, each: int, chance: Random) -> list[Case]:
    texts = _fills(one.frames(part), words(part), each, chance)
    return [Case(name, text, one.label, one.kind, frame) for text, frame in texts.items()]


def _fills(
    frames: Sequence[str], known: dict[str, tuple[str, ...]], each: int, chance: Random
) -> dict[str, str]:
    """Fill frames in turn until there are `each` different texts; each is returned with its frame."""
    texts: dict[str, str] = {}
    for frame in islice(cycle(frames), each * PATIENCE):
        filled = {slot: chance.choice(known[slot]) for slot in SLOT.findall(frame)}
        texts.setdefault(fill(frame, filled), frame)
        if len(texts) == each:
            break
    return texts


def fill(frame: str, words: dict[str, str]) -> str:
    """Put words into a frame's slots; a slot that stands twice gets the same word."""
    return SLOT.sub(lambda slot: words[slot[1]], frame)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))
