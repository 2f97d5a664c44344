"""Words of a score, marked in their text: never a character lost or added, whatever the evidence says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage import wording
from triage.evidence import Box
from triage.wording import Line, PictureText, Run, Word, Wording

PLACES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.floats(0, 1)), max_size=6)


def text_of(*lines: str) -> PictureText:
    return PictureText.of([Line(text=line, box=Box(0, 0, 1, 1), confidence=1) for line in lines])


def test_words_are_marked_and_the_rest_is_not() -> None:
    runs = wording.marked("I will kill them 🔫", [Word(7, 11, 1.0), Word(17, 18, 0.4)])
    assert runs == [Run("I will ", False), Run("kill", True), Run(" them ", False), Run("🔫", True)]


def test_places_in_a_pictures_text_are_found_in_its_lines() -> None:
    lines = wording.marked_lines(text_of("we kill", "you all"), [Word(3, 11, 1.0)])
    assert lines == [[Run("we ", False), Run("kill", True)], [Run("you", True), Run(" all", False)]]


@given(st.text(max_size=50), PLACES)
def test_the_runs_are_the_text_whatever_the_words(text: str, places: list[tuple[int, int, float]]) -> None:
    assert "".join(run.text for run in wording.marked(text, [Word(*place) for place in places])) == text


@given(
    st.lists(
        st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=9), max_size=5
    ),
    PLACES,
)
def test_the_lines_are_the_lines_whatever_the_words(
    lines: list[str], places: list[tuple[int, int, float]]
) -> None:
    shown = wording.marked_lines(text_of(*lines), [Word(*place) for place in places])
    assert ["".join(run.text for run in line) for line in shown] == lines


def test_what_was_written_is_read_again() -> None:
    found = text_of("kill", "them")
    evidence = {"version": 1, "words": [[0, 4, 1.0]], "picture_text": found.model_dump(mode="json")}
    assert wording.read(evidence) == Wording(words=(Word(0, 4, 1.0),), picture_text=found)
    assert found.text == "kill\nthem"


@pytest.mark.parametrize(
    "evidence",
    [
        {},
        {"words": "all of them"},
        {"words": [[-1, 4, 1]]},
        {"words": [[0, 4]]},
        {"picture_text": {"text": "hi"}},
        {"picture_text": {"text": "hi", "lines": [{"text": "hi", "box": [0, 0, 9, 9], "confidence": 1}]}},
    ],
)
def test_evidence_without_words_or_with_broken_ones_says_nothing(evidence: dict[str, object]) -> None:
    assert wording.read(evidence) == Wording()


@pytest.mark.parametrize(("text", "has"), [("", False), ("12:45 99%", False), ("a", True), ("привет", True)])
def test_only_letters_are_words(text: str, has: bool) -> None:
    assert text_of(text).has_words is has
