"""What kind of thing a picture shows: an explanation for the analyst, never the trigger.

Datasets name kinds loosely ("long gun", "a person with a phone or nothing"), so a picture's kind is the *set*
of kinds it may be, and learning asks only that the probability falls inside the set.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

GUNS = ("pistol", "rifle", "shotgun", "smg")
"""A pistol may be a revolver: the data does not tell them apart."""
OTHERS = ("person", "phone", "knife", "money", "tool", "other")
KINDS = (*GUNS, *OTHERS)
GUN_BOXES = {*GUNS, "gun", "long_gun", "revolver", "handgun"}
"""Names of boxes that hold a gun."""

LONG_GUNS = ("rifle", "shotgun", "smg")
MEANINGS: dict[str, tuple[str, ...]] = {
    "pistol_cctv_small": ("pistol",),
    "pistol_among_tools": ("pistol",),
    "revolver": ("pistol",),
    "rifle_person_video": ("rifle",),
    "long_gun": LONG_GUNS,
    "person_full_body": ("person",),
    "video_frame_person": ("person",),
    "person_with_object:cigarette": ("person",),
    "person_with_object:phone_bottle_inhaler_or_none": ("person", "phone", "other"),
    "cctv_frame": ("person", "other"),
    "knife_fight_video": ("knife", "person"),
    "sword": ("knife",),
    "drill": ("tool",),
    "scissors": ("tool",),
    "object": ("other",),
    "instrument": ("other",),
    "umbrella": ("other",),
    "laptop": ("other",),
    "watch": ("other",),
    "camera": ("other",),
    "binocular": ("other",),
    "food": ("other",),
    "earphone_case": ("other",),
    "purse": ("other",),
}
"""A dataset's `fine_class` to what it may be. A name not listed means itself where it is a kind, and else
any kind of its class."""


def possible(fine_class: str, label: int) -> tuple[str, ...]:
    """Return the kinds that a picture of a class (1 = gun) and a `fine_class` may show."""
    name = fine_class if fine_class in MEANINGS else fine_class.partition(":")[0]
    if name in KINDS:
        return (name,)
    return MEANINGS.get(name, GUNS if label else OTHERS)


def targets(kinds: Iterable[str]) -> NDArray[np.float32]:
    """Return 1 for each of KINDS that is possible, else 0; (kinds,)."""
    wanted = set(kinds)
    return np.array([kind in wanted for kind in KINDS], np.float32)
