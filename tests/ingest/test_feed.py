from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.adapter import Page
from ingest.adapters.feed import FeedAdapter
from tests.ingest.adapter_contract import AdapterContract, pages
from triage.errors import InputError

MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'


def rss(*items: str) -> str:
    return f'<rss version="2.0" {MEDIA}><channel><title>a feed</title>{"".join(items)}</channel></rss>'


def item(number: int, inner: str = "<title>a post</title>") -> str:
    return f"<item><guid>{number}</guid>{inner}</item>"


def write(folder: Path, feed: str | bytes) -> Path:
    path = folder / "feed.xml"
    path.write_bytes(feed if isinstance(feed, bytes) else feed.encode())
    return path


def only(path: Path) -> Page:
    (page,) = pages(FeedAdapter(path, "blog"))
    return page


class TestFeedContract(AdapterContract):
    ids = ("0", "1", "2", "3", "4", "https://example.org/5")
    rejected = 2

    def adapter(self, folder: Path, page_posts: int) -> FeedAdapter:
        if not (folder / "feed.xml").exists():
            link = "<item><title>x</title><link>https://example.org/5</link></item>"
            write(
                folder, rss(*(item(n) for n in range(5)), item(9, ""), "<item><title>x</title></item>", link)
            )
        return FeedAdapter(folder / "feed.xml", "blog", page_posts)


def test_an_rss_item_gives_its_words_time_author_link_and_pictures(tmp_path: Path) -> None:
    inner = (
        "<title>A title &amp;amp; more</title><link>https://example.org/1</link><author>jane@example.org</author>"
        "<pubDate>Sat, 21 Nov 2026 09:30:00 +0100</pubDate><description>in short</description>"
        "<content:encoded><![CDATA[<p>one</p><script>x</script><p>two</p>]]></content:encoded>"
        '<media:content url="https://example.org/a" medium="image"/>'
        '<media:content url="https://example.org/film" medium="video"/>'
        '<enclosure url="https://example.org/b.JPG?size=2" type="" length="1"/>'
        '<enclosure url="https://example.org/c.mp3" type="audio/mpeg" length="1"/>'
    )
    (post,) = only(write(tmp_path, rss(item(1, inner)))).posts
    assert post.fields.text == "A title & more\n\none\ntwo"
    assert (post.fields.id, post.fields.url, post.fields.author) == (
        "1",
        "https://example.org/1",
        "jane@example.org",
    )
    assert post.fields.posted_at is not None
    assert post.fields.posted_at.isoformat() == "2026-11-21T08:30:00+00:00"
    assert [one.name for one in post.media] == ["https://example.org/a", "https://example.org/b.JPG?size=2"]
    assert {(one.content, one.problem) for one in post.media} == {
        (None, "linked pictures are fetched for a source that is followed, not for a file")
    }
    assert post.where == f"{tmp_path}/feed.xml: entry 1"


def test_an_atom_entry_is_read_as_well(tmp_path: Path) -> None:
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>tag:example.org,2026:1</id>'
        "<title>title</title><updated>2026-11-21T08:30:00Z</updated><author><name>Jane</name></author>"
        '<content type="html">&lt;p&gt;a &lt;b&gt;word&lt;/b&gt;&lt;/p&gt;</content></entry></feed>'
    )
    (post,) = only(write(tmp_path, feed)).posts
    assert (post.fields.id, post.fields.text, post.fields.author) == (
        "tag:example.org,2026:1",
        "title\n\na word",
        "Jane",
    )
    assert post.fields.posted_at is not None
    assert post.fields.edited_at == post.fields.posted_at


def test_an_entry_that_does_not_say_when_it_was_updated_is_no_edit(tmp_path: Path) -> None:
    dated = "<item><guid>1</guid><title>x</title><pubDate>Sat, 21 Nov 2026 08:30:00 GMT</pubDate></item>"
    (post,) = only(write(tmp_path, rss(dated))).posts
    assert post.fields.posted_at is not None
    assert post.fields.edited_at is None


def test_an_entry_without_a_guid_or_a_link_is_rejected_and_the_rest_goes_on(tmp_path: Path) -> None:
    page = only(write(tmp_path, rss("<item><title>x</title></item>", item(2))))
    assert [post.fields.id for post in page.posts] == ["2"]
    assert "neither a guid" in page.rejected[0].reason
    assert page.rejected[0].where.endswith("entry 1")


def test_a_broken_feed_is_read_as_far_as_it_goes_and_says_so(tmp_path: Path) -> None:
    page = only(write(tmp_path, rss(item(1), item(2))[:-20]))
    assert [post.fields.id for post in page.posts] == ["1", "2"]
    assert "broken XML" in page.notices[0]


def test_a_message_about_the_feed_is_not_counted_as_an_entry(tmp_path: Path) -> None:
    path = write(tmp_path, rss(item(1), item(2), item(3))[:-20])
    checkpoint = FeedAdapter(path, "blog", 1).fetch({}).checkpoint
    rest = pages(FeedAdapter(path, "blog", 1), checkpoint)
    assert [post.fields.id for page in rest for post in page.posts] == ["2", "3"]


@pytest.mark.parametrize("written", [b"", b"no feed", b"<html><body>no feed</body></html>", b"\x00\xff"])
def test_what_is_no_feed_is_refused(tmp_path: Path, written: bytes) -> None:
    with pytest.raises(InputError, match="neither RSS nor Atom"):
        only(write(tmp_path, written))


def test_a_feed_that_is_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.feed.MAX_FEED_BYTES", 100)
    with pytest.raises(InputError, match="longer than 100 bytes"):
        only(write(tmp_path, rss(item(1))))


def test_a_feed_without_entries_says_so(tmp_path: Path) -> None:
    assert only(write(tmp_path, rss())).notices == (f"{tmp_path}/feed.xml holds no posts.",)


def test_entities_neither_open_files_nor_grow_without_end(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("SECRET")
    grow = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    kind = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{tmp_path}/secret"><!ENTITY a0 "grown">{grow}]>'
    page = only(write(tmp_path, kind + rss(item(1, "<title>a &x; &a9;</title>"))))
    assert "SECRET" not in repr(page)
    assert len(repr(page)) < 5000


def test_a_feed_that_is_an_address_or_a_path_is_not_followed(tmp_path: Path) -> None:
    other = write(tmp_path, rss(item(1)))
    (tmp_path / "b.xml").write_text(str(other))
    with pytest.raises(InputError, match="neither RSS nor Atom"):
        only(tmp_path / "b.xml")


PIECES = [
    *(
        "<rss version='2.0'>",
        "<channel>",
        "<item>",
        "</item>",
        "<guid>1</guid>",
        "<title>",
        "</title>",
        "<![CDATA[",
    ),
    *(
        "<description>&lt;p&gt;",
        "<pubDate>Sat, 99 Nov 99999",
        "<enclosure url='http://[' type='image/png'/>",
        "\x00",
    ),
    *(
        "<?xml version='1.0' encoding='utf-7'?>",
        "<feed xmlns='http://www.w3.org/2005/Atom'>",
        "<entry>",
        "&x;",
        "<a ",
    ),
    *(
        "<media:content url='a.png'/>",
        "<link href='",
        "<content type='application/octet-stream'>!",
        "<dc:date>-1",
    ),
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.binary() | st.lists(st.sampled_from(PIECES)).map(lambda pieces: "".join(pieces).encode()))
def test_any_bytes_are_read_as_a_feed_or_refused(tmp_path: Path, written: bytes) -> None:
    try:
        only(write(tmp_path, written))
    except InputError as error:
        assert str(tmp_path) in str(error)  # noqa: PT017
