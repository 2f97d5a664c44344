import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.html import Tag, to_text, tokens

PIECES = [
    "<a ",
    "<a b='",
    '<a b="',
    "<!--",
    "<!-- -",
    "<?",
    "</",
    "<",
    "&#",
    "<style>",
    "<a/",
    "<p>",
    " ",
    ">",
]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two<br>three</p>", "one\ntwo\nthree"),
        ("a  <b>bold</b>\n word", "a bold word"),
        ("k<span></span>ill", "kill"),
        ("&lt;b&gt; &amp; caf&eacute; &#x1F52B;", "<b> & caf\u00e9 \U0001f52b"),
        ("<style>p { color: red }</style><script>if (a < b) alert('x')</script>shown", "shown"),
        ("<STYLE>x</style >shown<!-- not <b>this</b> -->", "shown"),
        ('<a title="a > b" href=x>link</a>', "link"),
        ('<a title="a<b">link</a>', "link"),
        ("1 < 2 and I <3 you", "1 < 2 and I <3 you"),
        ("before<script>never closed <b>", "before"),
        ("before <!-- never closed", "before"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a\nb"),
        ("", ""),
    ],
)
def test_html_becomes_the_words_that_it_shows(html: str, text: str) -> None:
    assert to_text(html) == text


def test_a_tag_gives_its_attributes_however_they_are_quoted() -> None:
    (tag,) = tokens("<DIV id=\"a&amp;b\" class='t o' data-id=no title=plain>")
    assert isinstance(tag, Tag)
    assert (tag.name, tag.closing) == ("div", False)
    assert [tag.get(name) for name in ("id", "class", "title", "lang")] == ["a&b", "t o", "plain", ""]


@given(st.text() | st.lists(st.sampled_from(PIECES)).map("".join))
@example("<a<b<c>")
def test_any_text_is_read_as_html_and_no_tag_is_left_open(html: str) -> None:
    assert all(not isinstance(token, Tag) or token.name for token in tokens(html))
    assert "\n\n" not in to_text(html)


@given(st.text(st.characters(exclude_characters="<&", exclude_categories=["Cs"])))
def test_text_without_tags_keeps_every_word(text: str) -> None:
    assert to_text(text).split() == text.split()


@pytest.mark.parametrize("piece", PIECES)
def test_hostile_html_takes_no_longer_than_its_length(piece: str) -> None:
    html = piece * (2**22 // len(piece))
    assert len(to_text(html)) <= len(html)
