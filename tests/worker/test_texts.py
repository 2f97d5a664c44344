"""How captions are prepared for the model, and the way back to what was posted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.texts import prepare

HOSTILE = st.text(
    st.characters(exclude_categories=()) | st.sampled_from("@.🔪🔫👊🏿🇺🅰\ufe0f\u200d+1 a"), max_size=200
)


@pytest.mark.parametrize(
    ("caption", "read"),
    [
        ("hi @bob_1!", "hi @USER!"),
        ("see https://example.org/a?b=1#c now", "see URL now"),
        ("WWW.example.org is down", "URL is down"),
        ("mail jo.doe+x@example.co.uk today", "mail EMAIL today"),
        ("call +44 20 7946 0958 or (555) 123-4567", "call PHONE or PHONE"),
        ("meet @ 9, 5@3, in 2026", "meet @ 9, 5@3, in 2026"),
        ("I will 🔪 you", "I will knife you"),
        ("🔫🔫🔫", "gun"),
        ("💣 tonight", "bomb tonight"),
        ("🇺🇸", "us"),
        ("👊🏿👊🏿", "fisted hand sign"),
        ("👶🏿", "baby"),
        ("nul \x00 and \ud83d", "nul \ufffd and \ufffd"),
        ("سلام עולם 你好", "سلام עולם 你好"),
        ("", ""),
    ],
)
def test_a_caption_is_read_as(caption: str, read: str) -> None:
    assert " ".join(prepare(caption).text.split()) == read


def test_masks_of_the_training_data_stay_as_they_are() -> None:
    masked = "@USER wrote to EMAIL, see URL or call PHONE"
    assert prepare(masked).text == masked


@pytest.mark.parametrize(
    ("word", "original"),
    [
        ("kill", "kill"),
        ("@USER", "@somebody_else"),
        ("gun", "🔫🔫"),
        ("tonight", "tonight"),
        ("URL", "http://x.org/y"),
    ],
)
def test_a_word_of_the_prepared_text_leads_back_to_the_caption(word: str, original: str) -> None:
    caption = "👊🏿 @somebody_else I kill 🔫🔫 see http://x.org/y tonight"
    prepared = prepare(caption)
    start = prepared.text.index(word)
    first, last = prepared.original(start, start + len(word))
    assert caption[first:last] == original


@given(HOSTILE)
def test_every_character_leads_back_to_where_it_came_from(caption: str) -> None:
    prepared = prepare(caption)
    replaced = {at for start, end, _, _ in prepared.changes for at in range(start, end)}
    reached = 0
    for at, character in enumerate(prepared.text):
        start, end = prepared.original(at, at + 1)
        assert reached <= start < end <= len(caption)
        assert at in replaced or caption[start:end] == character
        reached = start


@given(HOSTILE)
def test_prepared_text_can_be_stored_and_tokenized(caption: str) -> None:
    text = prepare(caption).text
    assert "\x00" not in text
    text.encode("utf-8")


@pytest.mark.parametrize("part", ["a@", "+1 ", "a.", "@a.", "x@a-", "www.", "🔪🔫", "((555)", "1", "-"])
def test_a_hundred_kilobytes_of_nearly_a_mask_are_prepared(part: str) -> None:
    caption = part * (100_000 // len(part))
    prepared = prepare(caption)
    assert prepared.original(0, len(prepared.text)) == (0, len(caption))
