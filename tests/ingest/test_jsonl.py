import json
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.adapter import Page
from ingest.adapters.jsonl import JsonlAdapter
from ingest.adapters.text_file import BLANK
from tests.ingest.adapter_contract import AdapterContract, items, pages
from triage.errors import InputError

GOOD = {"id": "1", "text": "hello"}


def written(folder: Path, content: bytes) -> JsonlAdapter:
    path = folder / "posts.jsonl"
    path.write_bytes(content)
    return JsonlAdapter(path, "posts")


def one(folder: Path, line: bytes | dict[str, Any]) -> Page:
    raw = line if isinstance(line, bytes) else json.dumps(line).encode()
    (page,) = pages(written(folder, raw + b"\n"))
    return page


def reason(page: Page) -> str:
    assert page.posts == ()
    (rejected,) = page.rejected
    assert rejected.where.endswith("posts.jsonl:1")
    return rejected.reason


class TestJsonlContract(AdapterContract):
    ids = ("0", "1", "3", "4", "5", "6", "8")
    rejected = 2

    def adapter(self, folder: Path, page_posts: int) -> JsonlAdapter:
        path = folder / "posts.jsonl"
        if not path.exists():
            lines = [json.dumps({"id": str(n), "text": f"post {n} \u00e9\U0001f600"}) for n in range(9)]
            lines[2], lines[7] = "not json", ""
            path.write_text("\n".join(lines[:5]) + "\r\n" + "\n".join([*lines[5:], "[]"]), encoding="utf-8")
        return JsonlAdapter(path, "posts", page_posts)


def test_every_field_of_a_line_arrives(tmp_path: Path) -> None:
    line = {
        "source": "forum",
        "id": 17,
        "text": "caption",
        "posted_at": "2026-11-21T08:30:00+02:00",
        "edited_at": "2026-11-21T09:30:00Z",
        "deleted": False,
        "author": "someone",
        "url": "https://example.org/17",
        "lang": "en",
        "media": [{"path": "a.jpg", "alt": "a cat"}, {"path": "sub/b.png"}],
    }
    (post,) = one(tmp_path, line).posts
    assert post.where == f"{tmp_path}/posts.jsonl:1"
    fields = post.fields.model_dump(mode="json")
    assert fields == line | {
        "id": "17",
        "posted_at": "2026-11-21T06:30:00Z",
        "media": [{"path": "a.jpg", "alt": "a cat"}, {"path": "sub/b.png", "alt": None}],
    }
    assert [medium.content.path for medium in post.media] == [tmp_path / "a.jpg", tmp_path / "sub/b.png"]


def test_the_source_defaults_to_the_one_given(tmp_path: Path) -> None:
    (post,) = one(tmp_path, GOOD | {"source": None}).posts
    assert post.fields.source == "posts"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{not json}", "not valid JSON"),
        (b'{"id": "1", "text": "cut o', "not valid JSON"),
        (b'"text"', "must be a JSON object"),
        (b"[]", "must be a JSON object"),
        (b'{"id": NaN, "text": "x"}', "NaN is not JSON"),
        (b'{"id": ' + b"9" * 5000 + b', "text": "x"}', "not valid JSON"),
        (b'{"id": "1", "text": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"id": "1", "text": "caf\xe9"}', "not UTF-8 (byte 0xe9 at position 24)"),
        ({"text": "x"}, "the field 'id' is missing"),
        ({"id": None, "text": "x"}, "the field 'id' is missing"),
        ({"id": "", "text": "x"}, "the field 'id'"),
        ({"id": True, "text": "x"}, "the field 'id'"),
        ({"id": 1.5, "text": "x"}, "the field 'id'"),
        ({"id": "a\x00b", "text": "x"}, "the field 'id'"),
        ({"id": "\ud83d", "text": "x"}, "the field 'id'"),
        ({"id": "x" * 513, "text": "x"}, "the field 'id'"),
        ({"id": "\U0001f600" * 300, "text": "x"}, "longer than 1024 bytes"),
        ({"id": "1"}, "neither a caption ('text') nor a picture ('media')"),
        ({"id": "1", "text": "  \n", "media": []}, "neither a caption ('text') nor a picture ('media')"),
        ({"id": "1", "text": 5}, "the field 'text'"),
        ({"id": "1", "text": ["x"]}, "the field 'text'"),
        (GOOD | {"caption": "x"}, "unknown field 'caption'"),
        (GOOD | {"media": "a.jpg"}, "the field 'media'"),
        (GOOD | {"media": ["a.jpg"]}, "the field 'media.0'"),
        (GOOD | {"media": [{"alt": "x"}]}, "the field 'media.0.path' is missing"),
        (GOOD | {"media": [{"path": "a.jpg", "sha": "x"}]}, "unknown field 'media.0.sha'"),
        (GOOD | {"media": [{"path": "a.jpg"}] * 65}, "the field 'media'"),
        (GOOD | {"posted_at": "yesterday"}, "the field 'posted_at': is not a date and time in ISO 8601"),
        (GOOD | {"posted_at": 1700000000}, "the field 'posted_at': is not a date and time in ISO 8601"),
        (GOOD | {"posted_at": "0001-01-01T00:00:00+14:00"}, "the field 'posted_at'"),
        (GOOD | {"posted_at": "9999-12-31T23:59:59-12:00"}, "the field 'posted_at'"),
        (GOOD | {"url": "https://example.org/" + "x" * 3000}, "the field 'url'"),
        (GOOD | {"source": ""}, "the field 'source'"),
    ],
)
def test_a_bad_line_is_rejected_with_its_number_and_the_reason(
    tmp_path: Path, line: bytes | dict[str, Any], said: str
) -> None:
    assert said in reason(one(tmp_path, line))


def test_a_reason_never_repeats_what_the_post_says(tmp_path: Path) -> None:
    page = one(tmp_path, {"text": "private words", "author": 5, "posted_at": "private moment", "lang": []})
    assert "private" not in reason(page)


@pytest.mark.parametrize(
    "caption",
    [
        "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u202e right to left",
        "\U0001f52b\U0001f9d1\u200d\U0001f680 emoji",
        "x" * 100_000,
        "tab\tand\nline",
        "NaN",
    ],
)
def test_unusual_captions_arrive_unchanged(tmp_path: Path, caption: str) -> None:
    (post,) = one(tmp_path, {"id": "1", "text": caption}).posts
    assert post.fields.text == caption


def test_half_an_emoji_does_not_cost_the_post(tmp_path: Path) -> None:
    (post,) = one(tmp_path, b'{"id": "1", "text": "cut \\ud83d", "author": "\\udc00"}').posts
    assert post.fields.text == "cut \ufffd"


def test_the_last_of_duplicate_keys_counts(tmp_path: Path) -> None:
    (post,) = one(tmp_path, b'{"id": "1", "id": "2", "text": "x"}').posts
    assert post.fields.id == "2"


def test_a_caption_longer_than_the_limit_is_rejected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_MAX_CAPTION_BYTES", "2000")
    assert "FLAGPOST_MAX_CAPTION_BYTES" in reason(one(tmp_path, {"id": "1", "text": "\u00e9" * 1001}))
    assert one(tmp_path, {"id": "1", "text": "\u00e9" * 1000}).posts


@pytest.mark.parametrize("content", [b"", b"\n\n  \n", b"\xef\xbb\xbf"])
def test_an_empty_file_has_no_posts_and_says_so(tmp_path: Path, content: bytes) -> None:
    (page,) = pages(written(tmp_path, content))
    assert (page.posts, page.rejected) == ((), ())
    assert "holds no posts" in page.notices[0]


def test_a_byte_order_mark_and_a_missing_last_newline_are_no_problem(tmp_path: Path) -> None:
    adapter = written(tmp_path, b'\xef\xbb\xbf{"id": "1", "text": "a"}\r\n{"id": "2", "text": "b"}')
    assert [post.fields.id for post in items(pages(adapter))[0]] == ["1", "2"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_whole_file_in_utf_16_is_reported_once(tmp_path: Path, encoding: str) -> None:
    (page,) = pages(written(tmp_path, ('{"id": "1", "text": "a"}\n' * 50).encode(encoding)))
    assert "save it as UTF-8" in reason(page)


def test_a_50_mb_line_is_rejected_by_number_without_being_held(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    with path.open("wb") as file:
        file.write(b'{"id": "1", "text": "a"}\n{"id": "2", "text": "')
        for _ in range(50):
            file.write(b"x" * 2**20)
        file.write(b'"}\n{"id": "3", "text": "c"}\n')
    tracemalloc.start()
    read = pages(JsonlAdapter(path, "posts"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    posts, (rejected,) = items(read)
    assert [post.fields.id for post in posts] == ["1", "3"]
    assert rejected.where == f"{path}:2"
    assert "FLAGPOST_MAX_LINE_BYTES" in rejected.reason
    assert rejected.raw.startswith(b'{"id": "2"')
    assert len(rejected.raw) <= 65536
    assert peak < 16 * 2**20


def test_long_lines_end_a_page_early_so_that_memory_stays_bounded(tmp_path: Path) -> None:
    line = json.dumps({"id": "1", "text": "x" * 1_000_000}).encode() + b"\n"
    assert max(len(page.posts) for page in pages(written(tmp_path, line * 20))) <= 9


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../secret.jpg", "outside the folder"),
        ("sub/../../secret.jpg", "outside the folder"),
        ("/etc/passwd", "outside the folder"),
        ("link_out.jpg", "outside the folder"),
        ("linked_folder/secret.jpg", "outside the folder"),
        ("a\x00.jpg", "cannot be followed"),
        ("https://example.org/a.jpg", "it is a URL"),
    ],
)
def test_a_picture_outside_the_folder_is_never_read(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    inner = tmp_path / "posts"
    (inner / "sub").mkdir(parents=True)
    (inner / "link_out.jpg").symlink_to(tmp_path / "secret.jpg")
    (inner / "linked_folder").symlink_to(tmp_path)
    (post,) = one(inner, GOOD | {"media": [{"path": name}]}).posts
    (medium,) = post.media
    assert medium.content is None
    assert said in str(medium.problem)


def test_a_path_that_comes_back_into_the_folder_is_fine(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (post,) = one(tmp_path, GOOD | {"media": [{"path": "sub/../a.jpg"}]}).posts
    assert post.media[0].content.path == tmp_path / "a.jpg"


def test_a_file_mended_after_an_interruption_is_read_from_the_start(tmp_path: Path) -> None:
    adapter = written(tmp_path, b'{"id": "1", "text": "a"}\nbroken\n{"id": "3", "text": "c"}\n')
    adapter.page_posts = 2
    checkpoint = adapter.fetch({}).checkpoint
    mended = written(
        tmp_path, b'{"id": "1", "text": "a"}\n{"id": "2", "text": "b"}\n{"id": "3", "text": "c"}\n'
    )
    assert [post.fields.id for post in items(pages(mended, checkpoint))[0]] == ["1", "2", "3"]


def test_a_file_that_changes_under_the_reader_is_refused(tmp_path: Path) -> None:
    adapter = written(tmp_path, b'{"id": "1", "text": "a"}\n' * 3)
    first = adapter.fetch({})
    with adapter.path.open("ab") as file:
        file.write(b"{")
    with pytest.raises(InputError, match="changed while it was being read"):
        adapter.fetch(first.checkpoint)


def test_a_file_that_cannot_be_read_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        JsonlAdapter(tmp_path, "posts")
    with pytest.raises(InputError, match="cannot be read: No such file"):
        JsonlAdapter(tmp_path / "missing.jsonl", "posts")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.sampled_from(["source", "id", "text", "posted_at", "author", "url", "lang", "media", "x"])
LINES = st.one_of(
    st.binary(max_size=60),
    st.dictionaries(FIELDS, VALUES | st.just("1"), max_size=6).map(lambda value: json.dumps(value).encode()),
).map(lambda raw: raw.replace(b"\n", b" "))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(LINES, max_size=12), st.integers(1, 5))
def test_any_bytes_give_one_item_per_line(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], size: int
) -> None:
    path = tmp_path_factory.getbasetemp() / f"hostile-{os.getpid()}.jsonl"
    path.write_bytes(b"\n".join([b'{"id": "0", "text": "so that it is not taken for UTF-16"}', *lines]))
    posts, rejected = items(pages(JsonlAdapter(path, "posts", size)))
    blank = sum(not line.strip(BLANK) for line in lines)
    assert len(posts) + len(rejected) == 1 + len(lines) - blank
