"""Behavioural texts: frames and words are whole, and what is taught is never what is asked."""

import random
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.spelling import Spelling
from worker.texts import prepare
from worker.training.behaviour.cases import SLOT, Part, cases, functionalities, says, words
from worker.training.behaviour.disguises import DISGUISES
from worker.training.behaviour.identity import GROUPS, pairings

PLAIN = "I will shoot everyone at the office tomorrow"


@pytest.mark.parametrize("part", Part)
def test_every_slot_has_words(part: Part) -> None:
    for one in functionalities():
        for frame in one.frames(part):
            assert set(SLOT.findall(frame)) <= set(words(part)), frame


def test_no_frame_is_both_taught_and_held() -> None:
    taught, held = (
        {frame for one in functionalities() for frame in one.frames(part)}
        for part in (Part.TAUGHT, Part.HELD)
    )
    assert not taught & held


def test_no_text_of_the_suite_can_be_learned() -> None:
    def written(part: Part) -> set[str]:
        return {re.sub(r"\W+", " ", case.text.lower()).strip() for case in cases(part, 80)}

    assert not written(Part.TAUGHT) & written(Part.HELD)


def test_violent_and_harmless_texts_are_about_balanced() -> None:
    labels = [case.label for case in cases(Part.HELD, 30)]
    assert 0.25 < sum(labels) / len(labels) < 0.6


def test_the_same_seed_writes_the_same_texts() -> None:
    assert cases(Part.HELD, 5, seed=3) == cases(Part.HELD, 5, seed=3)
    assert cases(Part.HELD, 5, seed=3) != cases(Part.HELD, 5, seed=4)


def test_every_frame_is_used_however_few_texts_are_asked_for_and_none_are_written_for_none() -> None:
    plain = {one.name: len(one.held) for one in functionalities()}
    written = Counter(case.functionality for case in cases(Part.HELD, 1))
    assert {name: written[name] for name in plain} == plain
    assert cases(Part.TAUGHT, 0) == []


def test_texts_of_a_functionality_differ_and_say_what_they_are() -> None:
    suite = cases(Part.HELD, 20)
    assert len({(case.functionality, case.text) for case in suite}) == len(suite)
    assert {case.functionality for case in suite} == set(says())
    assert all(bool(case.kind) == bool(case.label) for case in suite)
    assert not any(SLOT.search(case.text) for case in suite)


@pytest.mark.parametrize("name", DISGUISES)
def test_a_disguise_changes_the_text_and_keeps_the_masks(name: str) -> None:
    chance = random.Random(1)
    assert DISGUISES[name](PLAIN, chance) != PLAIN
    assert "@USER" in DISGUISES[name]("@USER you will die soon", chance)


@pytest.mark.parametrize("name", ["leetspeak", "look-alikes", "zero-width", "styled", "spaced", "dotted"])
def test_a_disguise_is_seen_through(name: str) -> None:
    spelling = Spelling(set(PLAIN.lower().split()))
    chance = random.Random(2)
    for _ in range(20):
        assert prepare(DISGUISES[name](PLAIN, chance), spelling).text.lower() == PLAIN.lower()


@given(st.text(max_size=80), st.sampled_from(sorted(DISGUISES)), st.integers(0, 99))
def test_a_disguise_takes_any_text(text: str, name: str, seed: int) -> None:
    assert isinstance(DISGUISES[name](text, random.Random(seed)), str)


def test_identity_pairs_differ_in_the_group_alone() -> None:
    for pairing in pairings():
        rest = {text.replace(group, "") for text, group in zip(pairing.texts, GROUPS, strict=True)}
        assert len(rest) == 1
