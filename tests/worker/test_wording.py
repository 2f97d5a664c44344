"""What the evidence of a caption's score says: words, kind of threat, language."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.contracts import Level
from worker.runtime import Arrays
from worker.scorers.violence_text import ViolenceText
from worker.scorers.wording import LEAST, MOST, weigh, whole_signs
from worker.windows import Word

THREAT = "Good morning 👊🏿 everyone. I will kill you tonight, you will die, see you there ❤️"


@cache
def shared() -> ViolenceText:
    return ViolenceText()


@pytest.fixture(scope="module")
def scorer() -> ViolenceText:
    return shared()


class Heavy:
    """A network whose logit is the sum of the token ids that it sees."""

    outputs: tuple[str, ...] = ("logit",)
    on_gpu = False

    def __call__(self, **inputs: np.ndarray) -> Arrays:
        return {"logit": (inputs["input_ids"] * inputs["attention_mask"]).sum(1).astype(np.float32)}


def test_the_words_that_carry_a_score_are_named_in_order_and_by_weight() -> None:
    caption = "aa bb cc dd"
    words = [Word((3 * at, 3 * at + 2), (at + 1,)) for at in range(4)]
    found = weigh(Heavy(), np.array([0, 1, 10, 2, 8, 0]), words, caption)
    assert [(caption[word.start : word.end], word.weight) for word in found] == [("bb", 1.0), ("dd", 0.8)]


def test_a_word_of_several_tokens_is_hidden_whole() -> None:
    words = [Word((0, 4), (1, 2)), Word((5, 8), (3,))]
    assert [word.weight for word in weigh(Heavy(), np.array([0, 3, 3, 5, 0]), words, "both one")] == [
        1.0,
        0.833,
    ]


class Doubled:
    """A network that wants 3 or 4, which double each other, and 8, which says nothing without them."""

    outputs: tuple[str, ...] = ("logit",)
    on_gpu = False

    def __init__(self) -> None:
        self.tokens_read = 0

    def __call__(self, **inputs: np.ndarray) -> Arrays:
        self.tokens_read += inputs["input_ids"].size
        seen = inputs["input_ids"] * inputs["attention_mask"]
        either = np.isin(seen, (3, 4)).any(1)
        return {"logit": np.where(either, 1 + (seen == 8).any(1), 0).astype(np.float32)}


def test_a_word_that_another_doubles_and_one_that_needs_a_neighbour_are_both_named() -> None:
    words = [Word((2 * at, 2 * at + 1), (at + 1,)) for at in range(4)]
    found = weigh(Doubled(), np.array([1, 3, 5, 4, 8, 2]), words, "a b c d")
    assert [(word.start, word.weight) for word in found] == [(0, 1.0), (4, 1.0), (6, 1.0)]


def test_a_long_window_costs_no_more_than_a_few_readings_of_the_whole() -> None:
    network, ids = Doubled(), np.full(256, 8)
    words = [Word((2 * at, 2 * at + 1), (at + 1,)) for at in range(254)]
    weigh(network, ids, words, "a " * 254)
    assert network.tokens_read <= (MOST + 1) * 256 + 3 * 255


def test_a_score_that_hangs_on_no_word_names_none() -> None:
    assert weigh(Heavy(), np.array([5, 0, 0, 5]), [Word((0, 1), (1,)), Word((2, 3), (2,))], "a b") == []


def test_no_more_than_the_heaviest_words_are_named() -> None:
    words = [Word((2 * at, 2 * at + 1), (at + 1,)) for at in range(30)]
    found = weigh(Heavy(), np.full(32, 7), words, "a " * 30)
    assert len(found) == MOST


@pytest.mark.parametrize(
    ("caption", "start", "end", "whole"),
    [
        ("👊🏿!", 0, 1, "👊🏿"),
        ("a ❤️ b", 2, 3, "❤️"),
        ("é́x", 0, 1, "é́"),
        ("ab", 0, 1, "a"),
        ("👩‍👩‍👧!", 0, 1, "👩‍👩‍👧"),
        ("a 👨🏿‍🚒", 5, 6, "👨🏿‍🚒"),
    ],
)
def test_a_marked_word_keeps_what_modifies_its_last_sign(
    caption: str, start: int, end: int, whole: str
) -> None:
    first, last = whole_signs(caption, start, end)
    assert caption[first:last] == whole


def test_a_threat_is_explained_by_words_of_the_caption_as_posted(scorer: ViolenceText) -> None:
    (score,) = scorer.score([THREAT])
    assert score.level.rank >= Level.LIKELY.rank
    words = score.evidence["words"]
    named = [THREAT[start:end] for start, end, _ in words]
    assert {"kill", "die"} & set(named)
    assert all(LEAST <= weight <= 1 for _, _, weight in words)
    assert [start for start, _, _ in words] == sorted(start for start, _, _ in words)


def test_words_of_a_long_caption_lie_in_the_window_that_decided(scorer: ViolenceText) -> None:
    caption = (
        "a lovely afternoon with cake 🎂 " * 80
        + "I will shoot you and kill your family. " * 3
        + "cake " * 200
    )
    (score,) = scorer.score([caption])
    start, end = score.evidence["window"]
    assert score.evidence["words"]
    assert all(start <= first < last <= end for first, last, _ in score.evidence["words"])


def test_a_harmless_caption_is_not_explained(scorer: ViolenceText) -> None:
    (score,) = scorer.score(["Grandma's lemon cake again, with blueberries on top"])
    assert "words" not in score.evidence
    assert "kind" not in score.evidence


@settings(max_examples=25, deadline=None)
@given(
    st.text(st.characters(exclude_categories=()), max_size=60),
    st.text(st.sampled_from("👊🏿❤️\u200d🔪a "), max_size=20),
)
def test_marked_words_lie_in_any_caption(hostile: str, emoji: str) -> None:
    caption = f"{hostile} I will kill you {emoji} die {hostile}"
    (score,) = shared().score([caption])
    places = [(start, end) for start, end, _ in score.evidence.get("words", ())]
    assert all(0 <= start < end <= len(caption) for start, end in places)
    assert all(one[1] <= other[0] for one, other in pairwise(places))


@pytest.mark.parametrize(
    ("caption", "code"),
    [
        ("voy a matar a todos en la escuela mañana", "es"),
        ("je vais te tuer demain", "fr"),
        ("seni öldüreceğim", "tr"),
        ("我要杀了你", "zh"),
        ("سأقتلك غدا", "ar"),
    ],
)
def test_a_caption_in_another_language_is_out_of_scope_and_never_clear(
    scorer: ViolenceText, caption: str, code: str
) -> None:
    (score,) = scorer.score([caption])
    assert score.evidence["language"]["code"] == code
    assert score.evidence["out_of_scope"] == f"the model reads English; this is {code}"
    assert score.level.rank >= Level.UNSURE.rank


def test_a_very_long_caption_in_another_language_is_out_of_scope_too(scorer: ViolenceText) -> None:
    (score,) = scorer.score(["завтра мы все вместе поедем на дачу и будем жарить шашлыки. " * 1000])
    assert score.evidence["language"]["code"] == "ru"
    assert score.level.rank >= Level.UNSURE.rank


@pytest.mark.parametrize(
    "caption",
    [
        "Ima fucking stab u up bruv",
        "shoot dem foolz",
        "naw fr she ate and left no crumbs",
        "lol",
        "🔪🔪🔪",
        "@USER URL",
        "gg ez wp",
        "Those filthy traitors must hang!!!",
    ],
)
def test_dialect_insults_and_scraps_are_not_taken_for_another_language(
    scorer: ViolenceText, caption: str
) -> None:
    (score,) = scorer.score([caption])
    assert "out_of_scope" not in score.evidence
