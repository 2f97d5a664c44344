import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.adapter import Page
from ingest.adapters.meta_html import Pair, PairReader
from ingest.adapters.meta_return import SECTIONS, MetaReturnAdapter
from tests.ingest.adapter_contract import AdapterContract, pages, sound
from triage.errors import InputError, MediaError

Row = Callable[[str, str], str]


def table(label: str, value: str) -> str:
    """The older shape."""
    return f"<table><tr><th>{label}</th><td>{value}</td></tr></table>"


def div(label: str, value: str) -> str:
    """The newer shape."""
    inner = f'<div class="t i">{label}<div class="m"><div>{value}<div class="p"></div></div></div></div>'
    return f'<div class="div_table"><div class="t o">{inner}</div></div>'


def page(row: Row, photos: str = "", messages: str = "") -> str:
    home = row("Registered Email Addresses", "SECRET@example.org")
    threads = row("Thread", f"(123456)<br>{row('Current Participants', 'SECRET')}{messages}")
    return (
        f"<html><style>td {{}}</style><body><div id='home' class='content-pane'>{home}</div>"
        f"<div id='property-photos' class='content-pane'>{row('Photos Definition', 'what they are')}"
        f"{row('Photos', photos)}</div><div id='property-logins' class='content-pane'>{home}</div>"
        f"<div id='property-unified_messages' class='content-pane'>{row('Unified Messages', threads)}</div>"
        f"<div id='property-phone_numbers'>{row('Body', 'SECRET')}{row('Author', 'SECRET')}</div>"
    )


def photo(row: Row, number: int, inner: str = "") -> str:
    return row("Image", row("Linked Media File:", f"linked_media/media_{number}.jpg")) + inner


def message(row: Row, text: str, inner: str = "") -> str:
    sent = row("Author", "jane (Instagram: 100)") + row("Sent", "2026-11-21 08:30:00 UTC")
    return sent + row("Body", text) + inner


def write(folder: Path, files: dict[str, str | bytes], **options: int) -> Path:
    path = folder / "return.zip"
    with zipfile.ZipFile(path, "w", **options) as archive:  # type: ignore[arg-type]
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def only(path: Path) -> Page:
    (found,) = pages(MetaReturnAdapter(path, "return"))
    return found


@pytest.fixture(params=[table, div])
def row(request: pytest.FixtureRequest) -> Row:
    return request.param


class MetaContract(AdapterContract):
    row: Row
    ids = (
        *(f"photos/records/linked_media/media_{n}.jpg" for n in range(4)),
        "messages/98933bea47df9bb75f6e96fb7145b1e8",
        "messages/5540e2990fd2bff98a93aad43a40f2d3",
    )
    rejected = 1

    def adapter(self, folder: Path, page_posts: int) -> MetaReturnAdapter:
        path, row = folder / "return.zip", type(self).row
        if not path.exists():
            photos = "".join(photo(row, n, row("Title", f"photo {n}")) for n in range(4))
            messages = message(row, "one") + message(row, "x" * 2**20 + "x") + message(row, "three")
            write(folder, {"records/index.html": page(row, photos, messages)})
        return MetaReturnAdapter(path, "return", page_posts)


class TestTablesContract(MetaContract):
    row = staticmethod(table)


class TestDivsContract(MetaContract):
    row = staticmethod(div)


def test_both_shapes_give_the_same_posts(tmp_path: Path) -> None:
    found = []
    for row in (table, div):
        parts = {"index.html": page(row, photo(row, 1, row("Title", "a")), message(row, "b"))}
        found.append([(one.fields, one.media) for one in only(write(tmp_path, parts)).posts])
    assert found[0] == found[1]
    assert len(found[0]) == 2


def test_a_message_gives_its_words_time_pseudonym_and_pictures(tmp_path: Path, row: Row) -> None:
    files = row("Attachments", row("Linked Media File:", "linked_media/unified_message_1.jpg"))
    share = row("Share", row("Title", "a title") + row("Url", "https://example.org"))
    film = row("Attachments", row("Linked Media File:", "linked_media/film.mp4"))
    html = page(
        row, messages=message(row, "I said<br>this &amp; that", files + share + film) + message(row, "next")
    )
    pictures = {"a/linked_media/unified_message_1.jpg": b"picture"}
    first, second = only(write(tmp_path, {"a/index.html": html} | pictures)).posts
    assert first.fields.text == "I said\nthis & that\na title"
    assert first.fields.author == "jane (Instagram: 100)"
    assert first.fields.posted_at is not None
    assert first.fields.posted_at.isoformat() == "2026-11-21T08:30:00+00:00"
    assert [one.content.read(100) for one in first.media if one.content] == [b"picture"]
    assert first.where == f"{tmp_path}/return.zip/a/index.html: item 1"
    assert (second.fields.text, second.media) == ("next", ())


def test_a_comment_on_a_photo_is_a_post_of_whoever_wrote_it(tmp_path: Path, row: Row) -> None:
    comment = row(
        "Comments",
        row("User:", "john (100)") + row("Text:", "nice") + row("Time:", "2026-01-02 03:04:05 UTC"),
    )
    picture, said = only(
        write(tmp_path, {"index.html": page(row, photo(row, 1, row("Title", "t") + comment))})
    ).posts
    assert (picture.fields.text, picture.fields.author, len(picture.media)) == ("t", None, 1)
    assert (said.fields.text, said.fields.author, len(said.media)) == ("nice", "john (100)", 0)


def test_what_is_about_the_account_is_in_nothing_that_is_read(tmp_path: Path, row: Row) -> None:
    html = page(row, photo(row, 1), message(row, "text"))
    found = only(write(tmp_path, {"index.html": html, "linked_media/media_1.jpg": "1"}))
    assert len(found.posts) == 2
    assert "SECRET" not in repr(found)


def test_cells_and_sections_that_are_never_closed_are_told_apart(tmp_path: Path) -> None:
    html = page(table, photo(table, 1), message(table, "said"))
    for tag in ("</td>", "</tr>", "</th>", "</div>"):
        posts = only(write(tmp_path, {"index.html": html.replace(tag, "")})).posts
        assert [post.fields.text for post in posts] == ["", "said"], tag
        assert "SECRET" not in repr(posts)


def test_a_page_is_read_the_same_however_it_is_cut_into_pieces(row: Row) -> None:
    html = page(row, photo(row, 1, row("Title", "a")), message(row, "b"))
    cuts = [html.index("<", at) for at in range(0, html.rindex("<"), 7)]

    def read(*ends: int) -> list[tuple[str, str, str]]:
        reader, found = PairReader(SECTIONS), list[Pair]()
        for begin, end in zip((0, *ends), (*ends, len(html)), strict=True):
            found += reader.feed(html[begin:end])
        return [(one.section, one.label, one.value) for one in [*found, *reader.close()]]

    assert all(read(cut) == read() for cut in cuts)
    assert read(*sorted(set(cuts))) == read()


def test_a_linked_file_outside_the_return_is_a_problem_of_the_picture(tmp_path: Path, row: Row) -> None:
    html = page(
        row,
        row("Linked Media File:", "../../etc/passwd") + row("Linked Media File:", "linked_media/gone.jpg"),
    )
    posts = only(write(tmp_path, {"a/index.html": html})).posts
    assert [one.media[0].content for one in posts] == [None, None]
    assert {one.media[0].problem for one in posts} == {"the return does not hold it"}


def test_a_picture_is_unpacked_only_when_it_is_small_enough(tmp_path: Path) -> None:
    files = {"index.html": page(table, photo(table, 1)), "linked_media/media_1.jpg": b"0" * 10_000}
    (post,) = only(write(tmp_path, files, compression=zipfile.ZIP_DEFLATED)).posts
    content = post.media[0].content
    assert content is not None
    assert content.read(10_000) == b"0" * 10_000
    with pytest.raises(MediaError, match="10000 bytes, more than 9999"):
        content.read(9_999)


def test_a_picture_that_is_longer_than_it_says_is_never_unpacked_whole(tmp_path: Path) -> None:
    files = {"index.html": page(table, photo(table, 1)), "linked_media/media_1.jpg": b"0" * 10_000}
    path = write(tmp_path, files, compression=zipfile.ZIP_DEFLATED)
    path.write_bytes(path.read_bytes().replace((10_000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    content = only(path).posts[0].media[0].content
    assert content is not None
    with pytest.raises(MediaError, match="cannot be unpacked"):
        content.read(100)


@pytest.mark.parametrize("name", ["/etc/passwd", "../a.jpg", "a/../../b.jpg", "C:\\a.jpg", "..\\a.jpg"])
def test_names_that_lead_out_of_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, {"index.html": page(table), name: b"x"})
    with pytest.raises(InputError, match="leads out of its folder"):
        only(path)


def test_encrypted_and_strangely_packed_files_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, {"index.html": page(table), "a.jpg": b"x"})
    raw = path.read_bytes()
    at = raw.rindex(b"PK\x01\x02")
    path.write_bytes(raw[: at + 8] + b"\x01" + raw[at + 9 :])
    with pytest.raises(InputError, match="is encrypted"):
        only(path)
    with pytest.raises(InputError, match="other than deflate"):
        only(write(tmp_path, {"index.html": page(table)}, compression=zipfile.ZIP_BZIP2))


def test_too_many_files_and_files_of_one_name_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, {"index.html": page(table)})
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("index.html", "x")
    with pytest.raises(InputError, match="same name"):
        only(path)
    monkeypatch.setattr("ingest.zips.MAX_MEMBERS", 2)
    with pytest.raises(InputError, match="holds 3 files"):
        only(write(tmp_path, dict.fromkeys("abc", b"x")))


def test_a_zip_without_pages_is_no_return(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no Meta return"):
        only(write(tmp_path, {"a.jpg": b"x"}))


def test_pages_of_an_unknown_shape_are_told_and_empty_ones_are_not(tmp_path: Path, row: Row) -> None:
    said = "<div id='property-photos'><ul><li>a photo</li></ul></div>"
    rejected = only(write(tmp_path, {"index.html": said})).rejected
    assert "photos, but none that the parser meta-return/1" in rejected[0].reason
    none = f"<div id='property-photos'>{row('Photos', 'No responsive records located')}</div>"
    found = only(write(tmp_path, {"index.html": none}))
    assert (found.posts, found.rejected) == ((), ())
    assert "neither photos nor messages" in only(write(tmp_path, {"index.html": "x"})).notices[0]


def test_a_page_that_is_too_long_or_too_deep_is_rejected_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = page(table, photo(table, 1), message(table, "x"))
    deep = "<div id='property-photos'>" + "<div>" * 1000
    found = only(write(tmp_path, {"a/index.html": deep, "b/preservation-1.html": good}))
    assert len(found.posts) == 2
    assert "nested deeper" in found.rejected[0].reason
    monkeypatch.setattr("ingest.adapters.meta_return.MAX_PAGE_BYTES", len(good))
    found = only(write(tmp_path, {"a/index.html": good + " ", "b/index.html": good}))
    assert len(found.posts) == 2
    assert "longer than" in found.rejected[0].reason


PIECES = [
    *(
        "<div id='property-photos'>",
        "<div id='property-unified_messages'>",
        "<div class='t i'>",
        "<div class='m'>",
    ),
    *(
        "<div>",
        "</div>",
        "<table>",
        "</table>",
        "<tr>",
        "<th>",
        "</th>",
        "<td>",
        "</td>",
        "Author",
        "Linked Media File:",
    ),
    *(
        "linked_media/a.jpg",
        "Thread",
        "(1)",
        "Body",
        "text",
        "Sent",
        "9999-12-31 23:59:59-23:00",
        "\x00",
        "\ud800",
        "<br>",
    ),
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text() | st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_page_is_read_or_rejected(tmp_path: Path, html: str) -> None:
    assert sound(only(write(tmp_path, {"index.html": html.encode("utf-8", "surrogatepass")})))


WHOLE = io.BytesIO()
with zipfile.ZipFile(WHOLE, "w") as made:
    made.writestr("index.html", page(table, photo(table, 1), message(table, "x")))
    made.writestr("linked_media/media_1.jpg", b"picture")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(at=st.integers(0, len(WHOLE.getvalue()) - 1), byte=st.integers(0, 255), cut=st.integers(0, 50))
def test_any_damage_to_the_zip_is_read_or_refused(tmp_path: Path, at: int, byte: int, cut: int) -> None:
    raw = bytearray(WHOLE.getvalue())
    raw[at] = byte
    (tmp_path / "return.zip").write_bytes(raw[: len(raw) - cut])
    with suppress(InputError, MediaError):
        read = only(tmp_path / "return.zip")
        assert sound(read)
        for one in (one for post in read.posts for one in post.media if one.content):
            assert len(one.content.read(1000)) <= 1000


def test_a_large_page_is_read_in_time_that_grows_with_its_length(tmp_path: Path, row: Row) -> None:
    html = page(row, messages="".join(message(row, f"message {n}") for n in range(8000)))
    found = pages(MetaReturnAdapter(write(tmp_path, {"index.html": html}), "return"))
    assert sum(len(one.posts) for one in found) == 8000
