"""How a model does on parts of the captions: a good whole may hide a part that is missed, or wronged."""

import re
from collections import Counter
from collections.abc import Iterable

from worker.evaluation.shares import Share, share
from worker.training.behaviour.identity import GROUPS
from worker.training.text.captions import Split

LABELS = ("not violent", "violent")
DIALECT = re.compile(
    r"\b(?:finna|boutta|tryna|ima|imma|gon|nun|ion|dawg|nigga\w*|niggas?|yall|ya'll|ain'?t|aint|bruh|deadass|"
    r"wit|dis|dat|dem|dey|lil|cuz|fam|shawty|bouta|bout to|talkin bout)\b",
    re.IGNORECASE,
)
"""Words common in African-American English on the net. A rough sign: many who use them do not speak it."""
PERSONS = "(?:people|persons?|folks?|m[ae]n|wom[ae]n|guys?|kids?|communit(?:y|ies))"
"""What makes a name of a word such as `black`, which alone is a colour."""
SHORT, LONG = 40, 200
"""Characters below and above which a caption is short or long."""
SECTIONS = ("register", "people named", "group", "fine label", "source")


def _named(group: str) -> re.Pattern[str]:
    """Return what finds a group's name: `black men` or `blacks` for `Black people`, `Jew` for `Jews`."""
    adjective = group.removesuffix(" people")
    name = f"{adjective} {PERSONS}|{adjective}s" if adjective != group else f"{group.removesuffix('s')}s?"
    return re.compile(rf"\b(?:{name})\b", re.IGNORECASE)


NAMES = {group: _named(group) for group in GROUPS}
"""What finds each group that behavioural texts name."""


def by_slice(captions: Split, flagged: Iterable[bool]) -> list[Share]:
    """Count the flagged share of every slice, violent and other captions apart.

    Args:
        captions: (n,).
        flagged: whether each reached the threshold, (n,).
    """
    totals: Counter[tuple[str, str, int]] = Counter()
    hits: Counter[tuple[str, str, int]] = Counter()
    for at, hit in enumerate(flagged):
        for section, name in _names(captions, at):
            key = section, name, int(captions.labels[at])
            totals[key] += 1
            hits[key] += bool(hit)
    order = sorted(totals, key=lambda key: (SECTIONS.index(key[0]), -key[2], -totals[key]))
    return [share(key[0], key[1], LABELS[key[2]], totals[key], hits[key]) for key in order]


def _names(captions: Split, at: int) -> list[tuple[str, str]]:
    text = captions.texts[at]
    people = [group for group, name in NAMES.items() if name.search(text)]
    registers = [
        ("dialect words", DIALECT.search(text)),
        ("names a group of people", people),
        (f"under {SHORT} characters", len(text) < SHORT),
        (f"over {LONG} characters", len(text) > LONG),
        ("signs beyond plain letters", not text.isascii()),
    ]
    return [
        *(("register", name) for name, there in registers if there),
        *(("people named", group) for group in people),
        ("group", captions.groups[at] or "(none)"),
        ("fine label", captions.fine[at] or "(none)"),
        ("source", captions.origins[at][0] or "(none)"),
    ]
