"""How captions are prepared for the model, and the way back to what was posted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.spelling import Spelling
from worker.texts import prepare

SPELLING = Spelling(
    {"kill", "shoot", "you", "will", "cool", "hello", "gun", "soon", "has", "the", "taxi", "killing"}
)
HOSTILE = st.lists(
    st.characters(exclude_categories=())
    | st.sampled_from([*"@.🔪🔫👊🏿🇺🅰\ufe0f\u200d+1 ak0кｋ𝗸$!<>/&;", "<b>", "</p>", "&amp;"]),
    max_size=200,
).map("".join)


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
        ("<p>I will <b>k</b>ill you</p>", "I will kill you"),
        ("<div class='a b' id=x><p>I<br/>will</p><P>kill</P> you</div>", "I will kill you"),
        ('see <a href="https://x.org/?a=1&amp;b" rel="nofollow">this</a>', "see this"),
        ("I &lt;3 you &amp; him &#107;&#x69;ll", "I <3 you & him kill"),
        ("&lt;p&gt;kill&lt;/p&gt;", "kill"),
        (
            "I <3 you, a < b > c, <- look, </3, <i think so>, x<b",
            "I <3 you, a < b > c, <- look, </3, <i think so>, x<b",
        ),
        ("I <really> mean it, <b you will die>", "I <really> mean it, <b you will die>"),
        ("AT&T; R&D, this & that, &nosuchthing;", "AT&T; R&D, this & that, &nosuchthing;"),
        ("&#0; &#xd800; &#9999999;", "\ufffd \ufffd \ufffd"),
        ("no!!!!! never......... ______ -=-=-=-=-=-=", "no!!!!! never. _ -=-=-=-=-=-="),
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


def test_a_word_inside_of_html_leads_back_to_the_caption() -> None:
    caption = '<p class="x">I will <b>k</b>ill&nbsp;you</p> &amp; <i>soon</i>'
    prepared = prepare(caption, SPELLING)
    for word, original in (("kill", "k</b>ill"), ("you", "you"), ("soon", "soon"), ("&", "&amp;")):
        start = prepared.text.index(word)
        first, last = prepared.original(start, start + len(word))
        assert caption[first:last] == original


@given(HOSTILE)
def test_every_character_leads_back_to_where_it_came_from(caption: str) -> None:
    for spelling in (None, SPELLING):
        prepared, reached = prepare(caption, spelling), 0
        for at in range(len(prepared.text)):
            start, end = prepared.original(at, at + 1)
            assert reached <= start < end <= len(caption)
            reached = start


@given(HOSTILE)
def test_prepared_text_can_be_stored_and_tokenized(caption: str) -> None:
    for spelling in (None, SPELLING):
        text = prepare(caption, spelling).text
        assert "\x00" not in text
        text.encode("utf-8")


@pytest.mark.parametrize(
    "part",
    [
        "a@",
        "+1 ",
        "a.",
        "@a.",
        "x@a-",
        "www.",
        "🔪🔫",
        "((555)",
        "1",
        "-",
        "a",
        "ab",
        "aaab",
        "a!",
        "a ",
        "1a",
        "$",
        "кk",
        "𝗸i",
        "<b",
        "<b a=",
        "<p ",
        "<p a='",
        '<p a="b" ',
        "</",
        "&",
        "&#1",
        "&amp",
        "&amp;",
    ],
)
def test_a_hundred_kilobytes_of_nearly_a_mask_are_prepared(part: str) -> None:
    caption = part * (100_000 // len(part))
    for spelling in (None, SPELLING):
        prepared = prepare(caption, spelling)
        assert prepared.original(0, len(prepared.text)) == (0, len(caption))


@pytest.mark.parametrize(
    ("caption", "read"),
    [
        ("I w1ll k1ll y0u s00n", "I will kill you soon"),
        ("5h007 7h3m", "shoot 7h3m"),
        ("k111ing", "killing"),
        ("k!ll $oon", "kill soon"),
        ("I k i l l you, s.h.o.o.t you, k-i-l-l", "I kill you, shoot you, kill"),
        ("i k i l l", "i kill"),
        ("I w i l l k i l l y o u", "I will kill you"),
        ("k*i*l*l*y*o*u, a b c d", "kill you, a b c d"),
        ("killlll cooool helloooo", "kill cool hello"),
        ("zzzyy", "zyy"),
        ("кіll уоu", "kill you"),
        ("𝗞𝗶𝗹𝗹 ⓨⓞⓤ ｓｏｏｎ 🅺🅸🅻🅻", "Kill you soon kill"),
        ("k\u200bi\u200bl\u200bl y\u00ado\u00adu", "kill you"),
        (
            "my AR15 and AK47, a 9mm, the 2nd, at 5pm, covid19, 3x",
            "my AR15 and AK47, a 9mm, the 2nd, at 5pm, covid19, 3x",
        ),
        ("wait for the tax! and then", "wait for the tax! and then"),
        ("Я тебя люблю, кот", "Я тебя люблю, кот"),
        ("Θα σε δω", "Θα σε δω"),
        ("@k1ll_you at www.k1ll.example", "@USER at URL"),
        ("U.S.A. is 1.2.3", "U.S.A. is 1.2.3"),
    ],
)
def test_a_disguised_word_is_read_as_people_read_it(caption: str, read: str) -> None:
    assert " ".join(prepare(caption, SPELLING).text.split()) == read


@given(HOSTILE)
def test_no_sign_becomes_a_novel(caption: str) -> None:
    assert len(prepare(caption, SPELLING).text) <= 100 * len(caption)


def test_a_word_put_back_leads_to_the_disguised_one() -> None:
    caption = "tonight I k\u200bi\u200bl\u200bl 👊🏿 y 0 u, 5h00t уоu 🔫"
    prepared = prepare(caption, SPELLING)
    for word, original in (
        ("kill", "k\u200bi\u200bl\u200bl"),
        ("shoot", "5h00t"),
        ("you", "уоu"),
        ("gun", "🔫"),
    ):
        start = prepared.text.rindex(word)
        first, last = prepared.original(start, start + len(word))
        assert caption[first:last] == original
