"""How a model does on parts of the data: a good whole may hide a part that is missed.

Each slice is counted for guns (share flagged = recall) and for other pictures (false-positive rate) apart.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from worker.evaluation.shares import Share, share
from worker.training.image.pictures import CLASSES, Example

Belongs = Callable[[Example], bool]

PERSON_ALONE = ("person", "person_full_body", "video_frame_person")
PERSON_WITH_OBJECT = ("person_with_object",)
HARD = (
    *("knife", "knife_fight_video", "sword", "scissors", "tool", "drill", "phone", "camera", "binocular"),
    *("money", "watch", "umbrella", "earphone_case"),
)
"""Things held in a hand, of a gun's size, metal or outline: what a gun is mistaken for."""


def _of(*kinds: str) -> Belongs:
    """A picture's kind before any colon, such as `tool` of `tool:hammer`, is one of these."""
    return lambda example: example.kind.partition(":")[0] in kinds


def _says(*words: str) -> Belongs:
    """A picture's kind holds one of these words."""
    return lambda example: any(word in example.kind for word in words)


def _covers(least: float, most: float) -> Belongs:
    """The largest box around a gun covers so much of the picture, 0 to 1."""
    return lambda example: least <= gun_share(example) < most


SLICES: Mapping[str, Belongs] = {
    "gun under 2 % of the picture": _covers(1e-9, 0.02),
    "gun 2 to 10 % of the picture": _covers(0.02, 0.10),
    "gun over 10 % of the picture": _covers(0.10, 2),
    "gun without a box": lambda example: example.label == 1 and not example.boxes,
    "any person": _of(*PERSON_ALONE, *PERSON_WITH_OBJECT),
    "person alone": _of(*PERSON_ALONE),
    "person with object": _of(*PERSON_WITH_OBJECT),
    "hard object": _of(*HARD),
    "CCTV": _says("cctv"),
    "film or video": _says("film", "movie", "video"),
    "toy": _says("toy"),
    "screenshot": _says("screenshot"),
    "tweet": _of("social_post"),
}
"""Slices by name, from a picture's boxes and `fine_class`. A picture may be in several or in none."""


def by_slice(examples: Sequence[Example], flagged: Iterable[bool]) -> list[Share]:
    """Count the flagged share of every slice with pictures: SLICES, then kinds and sources, commonest first.

    Args:
        examples: pictures, (n,).
        flagged: whether each reached the threshold, (n,).
    """
    totals: Counter[tuple[str, str, int]] = Counter()
    hits: Counter[tuple[str, str, int]] = Counter()
    for example, hit in zip(examples, flagged, strict=True):
        for section, name in _names(example):
            totals[section, name, example.label] += 1
            hits[section, name, example.label] += bool(hit)
    return [
        share(section, name, CLASSES[label], total, hits[section, name, label])
        for (section, name, label), total in sorted(totals.items(), key=_place)
    ]


def unmeasured(examples: Sequence[Example]) -> list[str]:
    """Return the names of SLICES without a single picture."""
    return [name for name, belongs in SLICES.items() if not any(map(belongs, examples))]


def by_source(examples: Iterable[Example]) -> list[tuple[str, str, int]]:
    """Count pictures by source and licence, most first."""
    counts = Counter((example.source, example.licence) for example in examples)
    return [(*key, count) for key, count in counts.most_common()]


def gun_share(example: Example) -> float:
    """Return the share of the picture that its largest box around a gun covers; 0 without a box."""
    areas = ((right - left) * (bottom - top) for left, top, right, bottom in example.boxes)
    return max(areas, default=0.0)


def _names(example: Example) -> Iterator[tuple[str, str]]:
    yield from (("what", name) for name, belongs in SLICES.items() if belongs(example))
    yield "kind", example.kind
    yield "source", example.source


def _place(counted: tuple[tuple[str, str, int], int]) -> tuple[int, int, int]:
    """Sort SLICES as they stand; of the rest guns before other pictures, then by size."""
    (section, name, label), total = counted
    sections = ("what", "kind", "source")
    if section == "what":
        return sections.index(section), list(SLICES).index(name), -label
    return sections.index(section), -label, -total
