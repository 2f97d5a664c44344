"""Kinds of threat, learned as sets: a label that says `death wish` names one, `threat` leaves several open.

Kinds explain a score. They are learned from violent texts alone and have no part in the score.
"""

import numpy as np
from numpy.typing import NDArray

KINDS = ("direct", "veiled", "conditional", "incitement", "wish", "glorification", "gun display")
NAMED: tuple[tuple[tuple[str, ...], str], ...] = (
    (("direct",), "direct_threat direct_threat_person direct_threat_place revenge_ex_or_coworker"),
    (("direct",), "online_harassment_threat"),
    (("veiled",), "veiled_threat leakage_hint implicit_threatening"),
    (("conditional",), "conditional_threat"),
    (("incitement",), "incitement incitement_group cv call_for_violence"),
    (("wish",), "wish_harm wish_of_death_or_harm relabelled_death_wish jigsaw_threat1_death_wish"),
    (("wish",), "extremism_label_death_wish"),
    (("glorification",), "glorification glorify_attacker terror_glorification"),
    (("gun display",), "gun_display_threat gun_photo_threat"),
    (("direct", "veiled"), "attack_leakage"),
    (("direct", "conditional"), "interpersonal_threat jigsaw_threat1_violence youtoxic_isthreat_violence"),
    (("direct", "conditional"), "edos_1.1"),
    (("incitement", "wish"), "edos_1.2 extremism_label_violence"),
)
"""The kinds that a dataset's fine label or group leaves open. Other labels leave all open."""
OPEN = {label: kinds for kinds, labels in NAMED for label in labels.split()} | {
    kind: (kind,) for kind in KINDS
}


def possible(*labels: str) -> NDArray[np.bool_]:
    """Return which kinds a violent text may be of, (kinds,), by the first of its labels that says so."""
    kinds = next((OPEN[label] for label in labels if label in OPEN), KINDS)
    return np.array([kind in kinds for kind in KINDS])
