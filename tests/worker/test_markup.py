"""Markup of the places that posts come from: taken off where it is markup, left where it is text."""

import pytest

from worker.aligned import Aligned
from worker.markup import plain
from worker.spelling import Spelling
from worker.texts import prepare

THREAT = "I will kill you"


def read(text: str) -> str:
    return plain(Aligned.of(text)).text.strip()


@pytest.mark.parametrize(
    "marked",
    [
        "<p>{}</p>",
        "&lt;b&gt;{}&lt;/b&gt;",
        "[b]{}[/b]",
        "[I]{}[/i]",
        "[color=red]{}[/color]",
        '[url="http://a.b/c"]{}[/url]',
        "[quote author=joe]{}[/quote]",
        "[list][*]{}[/list]",
        "*{}*",
        "**{}**",
        "***{}***",
        "_{}_",
        "__{}__",
        "**_{}_**",
        "~~{}~~",
        "||{}||",
        "|| {} ||",
        ">!{}!<",
        "`{}`",
        "```\n{}\n```",
    ],
)
def test_marks_around_words_are_taken_off(marked: str) -> None:
    assert read(marked.format(THREAT)) == THREAT


def test_marks_inside_of_a_sentence_and_of_a_word_are_taken_off() -> None:
    assert read("I [b]k[/b]ill **you** and _them_, ||tonight||!") == "I kill you and them, tonight!"


def test_a_link_is_read_as_its_words_and_its_place_is_masked() -> None:
    assert prepare("see [the range](https://x.org/r?q=1), bob").text == "see the range  URL  bob"


@pytest.mark.parametrize(
    "text",
    [
        "f*ck this sh*t",
        "**** that",
        "2*3*4 and 5 * 6 * 7",
        "snake_case_name and __init",
        "some_user_name_",
        "~ 5 or ~~6",
        "a || || b",
        "[I] will kill you",
        "[S]he will die",
        "x[i] = a[i] + b[s]",
        "s[u]icide",
        "mail me at [email] or [url]",
        "he [left] the house, [right]?",
        "[k][i][l][l]",
        "*sshole, go f*ck yourself",
        "I will *k*i*l*l* you",
        "it`s",
        "[sic] and [1](2) and f[c](x)",
        "[b you will see]",
        "[ b ]",
        "<3 a < b",
        "* one\n* two",
    ],
)
def test_what_is_no_markup_stays(text: str) -> None:
    assert read(text) == text


def test_stars_between_letters_are_left_to_the_spelling() -> None:
    assert "*kill" in prepare("I will *k*i*l*l* you", Spelling({"will", "kill", "you"})).text


def test_a_word_inside_of_marks_leads_back_to_the_caption() -> None:
    caption = "[b]I[/b] will **k**ill ||you|| [soon](http://x.org)"
    prepared = prepare(caption)
    for word, original in (("kill", "k**ill"), ("you", "you"), ("soon", "soon")):
        start = prepared.text.index(word)
        first, last = prepared.original(start, start + len(word))
        assert caption[first:last] == original


@pytest.mark.parametrize(
    "part",
    [
        "*a",
        "*a* ",
        "_a ",
        " _a_a",
        "__a_",
        "~~x",
        "||x",
        "`x",
        "[b",
        "[quote=",
        "[x](",
        "[a](http:",
    ],
)
def test_a_hundred_kilobytes_of_nearly_markup_are_read(part: str) -> None:
    text = part * (100_000 // len(part))
    assert 0 < len(plain(Aligned.of(text)).text) <= len(text)
