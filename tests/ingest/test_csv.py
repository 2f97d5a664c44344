import csv
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.adapters.csv import CsvAdapter
from tests.ingest.adapter_contract import AdapterContract, items, pages


def written(folder: Path, content: str | bytes) -> CsvAdapter:
    path = folder / "posts.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return CsvAdapter(path, "posts")


class TestCsvContract(AdapterContract):
    ids = ("0", "1", "3", "4", "5", "6", "8")
    rejected = 2

    def adapter(self, folder: Path, page_posts: int) -> CsvAdapter:
        path = folder / "posts.csv"
        if not path.exists():
            rows = [f'{n},"post {n}\nwith ""two"" lines, and \u00e9\U0001f600"' for n in range(9)]
            rows[2], rows[7] = "2,too,many", ",no id"
            path.write_text("id,text\n" + "\r\n".join([*rows[:6], "", *rows[6:]]), encoding="utf-8-sig")
        return CsvAdapter(path, "posts", page_posts)


def test_columns_are_the_fields_and_empty_cells_are_absent(tmp_path: Path) -> None:
    header = "source,id,text,posted_at,edited_at,deleted,author,url,lang,media\n"
    row = "forum,7,hello,2026-11-21,2026-11-22,,someone,https://example.org,en,a.jpg; sub/b.png;\n"
    posts, rejected = items(pages(written(tmp_path, header + row + ",8,,,,,,,,c.jpg\n,9,,,,true,,,,\n")))
    post = posts[0]
    assert post.fields.model_dump(mode="json") == {
        "source": "forum",
        "id": "7",
        "text": "hello",
        "posted_at": "2026-11-21T00:00:00Z",
        "edited_at": "2026-11-22T00:00:00Z",
        "deleted": False,
        "author": "someone",
        "url": "https://example.org",
        "lang": "en",
        "media": [{"path": "a.jpg", "alt": None}, {"path": "sub/b.png", "alt": None}],
    }
    assert [one.fields.deleted for one in posts] == [False, False, True]
    assert rejected == []


def test_a_row_without_a_source_gets_the_given_one(tmp_path: Path) -> None:
    (post,), _ = items(pages(written(tmp_path, "id,source,media\n8,,c.jpg\n")))
    assert (post.fields.source, post.fields.text, post.media[0].name) == ("posts", "", "c.jpg")


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("id,caption", "unknown column 'caption'"),
        ("id;text", "separated by commas"),
        ("text,lang", "no column 'id'"),
        ("id,text,id", "names a column twice"),
        ('id,"te"xt', "the header cannot be read"),
        ("\n", "no column 'id'"),
    ],
)
def test_a_wrong_header_is_reported_once_and_no_row_is_read(tmp_path: Path, header: str, said: str) -> None:
    (page,) = pages(written(tmp_path, header + "\n1,a\n2,b\n"))
    (rejected,) = page.rejected
    assert page.posts == ()
    assert rejected.where.endswith("posts.csv:1")
    assert said in rejected.reason


@pytest.mark.parametrize("content", ["", "id,text\n", "id,text"])
def test_a_file_without_rows_says_so(tmp_path: Path, content: str) -> None:
    (page,) = pages(written(tmp_path, content))
    assert (page.posts, page.rejected) == ((), ())
    assert "holds no posts" in page.notices[0]


def test_a_quote_never_closed_costs_its_line_only(tmp_path: Path) -> None:
    adapter = written(tmp_path, 'id,text\n1,a\n2,"b\n3,c\n4,d\n')
    posts, (rejected,) = items(pages(adapter))
    assert [post.fields.id for post in posts] == ["1", "3", "4"]
    assert rejected.where.endswith(":3")
    assert rejected.raw == b'2,"b'


def test_a_row_longer_than_the_limit_costs_its_line_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLAGPOST_MAX_LINE_BYTES", "2000")
    adapter = written(tmp_path, "id,text\n1,a\n2,'" + "x" * 3000 + "\n3,c\n" + '4,"' + "y\n" * 1500)
    posts, rejected = items(pages(adapter))
    assert [post.fields.id for post in posts] == ["1", "3"]
    assert [one.where.rpartition(":")[2] for one in rejected[:2]] == ["3", "5"]
    assert "is a quote not closed?" in rejected[1].reason


def test_a_caption_beyond_the_csv_module_s_own_limit_arrives(tmp_path: Path) -> None:
    (post,), _ = items(pages(written(tmp_path, "id,text\n1," + "x" * 500_000 + "\n")))
    assert len(post.fields.text) == 500_000


def test_latin_1_rows_are_rejected_and_the_others_go_on(tmp_path: Path) -> None:
    posts, (rejected,) = items(pages(written(tmp_path, b"id,text\n1,caf\xe9\n2,tea\n")))
    assert [post.fields.id for post in posts] == ["2"]
    assert "not UTF-8" in rejected.reason


def test_utf_16_is_reported_once(tmp_path: Path) -> None:
    (page,) = pages(written(tmp_path, "id,text\n1,a\n".encode("utf-16")))
    assert "save it as UTF-8" in page.rejected[0].reason


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(min_size=1), min_size=1, max_size=6), st.integers(1, 3))
def test_any_caption_written_as_csv_comes_back(
    tmp_path_factory: pytest.TempPathFactory, captions: list[str], size: int
) -> None:
    wanted = [caption.replace("\r\n", "\n") for caption in captions]
    path = tmp_path_factory.getbasetemp() / f"any-{os.getpid()}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("id", "text"), *enumerate(captions)])
    posts, rejected = items(pages(CsvAdapter(path, "posts", size)))
    got = {post.fields.id: post.fields.text for post in posts}
    assert len(posts) + len(rejected) == len(captions)
    for number, caption in enumerate(wanted):
        if caption.strip() and "\r" not in caption:
            assert got[str(number)] == caption.replace("\x00", "\ufffd")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200), st.integers(1, 3))
def test_any_bytes_come_to_an_end_without_an_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, size: int
) -> None:
    path = tmp_path_factory.getbasetemp() / f"hostile-{os.getpid()}.csv"
    path.write_bytes(b"id,text\n" + content)
    posts, _ = items(pages(CsvAdapter(path, "posts", size)))
    assert len(posts) <= content.count(b"\n") + 1
