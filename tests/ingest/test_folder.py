import json
import os
from pathlib import Path
from typing import Any

import pytest

from ingest.adapter import Page
from ingest.adapters.folder import FolderAdapter
from tests.ingest.adapter_contract import AdapterContract, items, pages


def drop(folder: Path, files: dict[str, bytes | str]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def only(folder: Path) -> Page:
    (page,) = pages(FolderAdapter(folder, "drops"))
    return page


class TestFolderContract(AdapterContract):
    ids = ("a.jpg", "b/a.PNG", "b/c.jpg", "given", "e.txt", "z.gif")
    rejected = 2

    def adapter(self, folder: Path, page_posts: int) -> FolderAdapter:
        if not (folder / "a.jpg").exists():
            drop(folder, {"a.jpg": "1", "b/a.PNG": "2", "b/c.jpg": "3", "d.jpg": "4", "z.gif": "5"})
            drop(folder, {"a.txt": "caption\n", "d.json": '{"id": "given"}', "e.txt": "alone"})
            drop(folder, {"b/d.json": "broken", "f.txt": " \n"})
        return FolderAdapter(folder, "drops", page_posts)


def test_a_picture_takes_the_text_beside_it(tmp_path: Path) -> None:
    drop(tmp_path, {"sub/a.jpg": "picture", "sub/a.txt": "\ufeff caf\u00e9 \u05e9\n"})
    (post,) = only(tmp_path).posts
    assert (post.fields.id, post.fields.source, post.fields.text) == (
        "sub/a.jpg",
        "drops",
        "caf\u00e9 \u05e9",
    )
    assert post.media[0].content.path == tmp_path / "sub/a.jpg"
    assert post.where == f"{tmp_path}/sub/a.jpg"


def test_a_picture_takes_the_fields_of_the_json_beside_it(tmp_path: Path) -> None:
    fields = {"source": "forum", "id": 5, "text": "x", "media": [{"path": "a.jpg", "alt": "a cat"}]}
    drop(tmp_path, {"sub/a.jpg": "picture", "sub/a.json": json.dumps(fields)})
    (post,) = only(tmp_path).posts
    assert (post.fields.source, post.fields.id, post.fields.text) == ("forum", "5", "x")
    assert (post.media[0].content.path, post.media[0].alt) == (tmp_path / "sub/a.jpg", "a cat")


def test_a_picture_alone_and_a_caption_alone_are_posts(tmp_path: Path) -> None:
    drop(tmp_path, {"a.jpg": "picture", "b.txt": "text", "c.json": '{"text": "json"}'})
    assert [(p.fields.id, p.fields.text, len(p.media)) for p in only(tmp_path).posts] == [
        ("a.jpg", "", 1),
        ("b.txt", "text", 0),
        ("c.json", "json", 0),
    ]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.txt": "  \n"}, "neither a caption"),
        ({"a.jpg": "x", "a.txt": b"caf\xe9"}, "not UTF-8"),
        ({"a.jpg": "x", "a.txt": "text".encode("utf-16")}, "not UTF-8"),
        ({"a.jpg": "x", "a.json": "[1]"}, "must be a JSON object"),
        ({"a.jpg": "x", "a.json": '{"caption": "x"}'}, "unknown field 'caption'"),
        ({"a.jpg": "x", "a.json": '{"media": [{"path": "../b.jpg"}]}'}, "may only name the picture beside"),
        ({"a.jpg": "x", "a.json": '{"media": 3}'}, "may only name the picture beside"),
        ({"a.json": '{"text": "x", "media": [{"path": "b.jpg"}]}'}, "may only name the picture beside"),
        ({"a.jpg": "x", "a.txt": b"x" * 5000}, "FLAGPOST_MAX_LINE_BYTES"),
        ({"a.txt": b"x" * 3000}, "FLAGPOST_MAX_CAPTION_BYTES"),
        ({"x" * 200 + f"/{n}" * 100 + "y" * 150 + ".txt": "x" for n in (1,)}, "the field 'id'"),
    ],
)
def test_a_drop_that_cannot_be_a_post_is_rejected_by_path(
    tmp_path: Path, files: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLAGPOST_MAX_LINE_BYTES", "4000")
    monkeypatch.setenv("FLAGPOST_MAX_CAPTION_BYTES", "2000")
    drop(tmp_path, {**files, "neighbour.txt": "goes on"})
    page = only(tmp_path)
    (rejected,) = page.rejected
    assert [post.fields.id for post in page.posts] == ["neighbour.txt"]
    assert said in rejected.reason
    assert rejected.where.startswith(str(tmp_path))


def test_a_text_beside_a_json_is_reported_rather_than_dropped(tmp_path: Path) -> None:
    drop(tmp_path, {"a.jpg": "x", "a.json": '{"text": "json"}', "a.txt": "text"})
    page = only(tmp_path)
    assert [post.fields.text for post in page.posts] == ["json"]
    assert "a.json is beside it" in page.rejected[0].reason


def test_hidden_files_are_passed_over_and_others_are_named(tmp_path: Path) -> None:
    drop(tmp_path, {".a.jpg": "x", ".git/b.txt": "x", "notes.pdf": "x", "c.txt": "c"})
    page = only(tmp_path)
    assert [post.fields.id for post in page.posts] == ["c.txt"]
    assert page.notices == (
        f"1 file(s) under {tmp_path} are neither pictures nor captions and were left out, such as notes.pdf.",
    )


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    assert only(tmp_path).notices == (f"{tmp_path} holds no pictures and no captions.",)


def test_links_that_leave_the_folder_are_never_read(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    drop(tmp_path, {"secret.txt": "secret", "inner/ok.txt": "ok"})
    (inner / "a.jpg").symlink_to(tmp_path / "secret.txt")
    (inner / "b.txt").symlink_to(tmp_path / "secret.txt")
    (inner / "c").symlink_to(tmp_path)
    page = only(inner)
    picture, ok = page.posts
    assert (picture.fields.id, picture.media[0].content) == ("a.jpg", None)
    assert ok.fields.id == "ok.txt"
    assert "outside the folder" in page.rejected[0].reason
    assert b"secret" not in page.rejected[0].raw


def test_a_pipe_named_like_a_caption_is_rejected_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    assert "not a file" in only(tmp_path).rejected[0].reason


def test_a_name_that_is_not_utf_8_is_rejected_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("x")
    drop(tmp_path, {"z.txt": "z"})
    page = only(tmp_path)
    assert [post.fields.id for post in page.posts] == ["z.txt"]
    assert "the field 'id'" in page.rejected[0].reason


def test_a_folder_that_changed_after_an_interruption_is_read_from_the_start(tmp_path: Path) -> None:
    drop(tmp_path, {"b.txt": "b", "c.txt": "c"})
    checkpoint = FolderAdapter(tmp_path, "drops", 1).fetch({}).checkpoint
    drop(tmp_path, {"a.txt": "a"})
    posts, _ = items(pages(FolderAdapter(tmp_path, "drops"), checkpoint))
    assert [post.fields.id for post in posts] == ["a.txt", "b.txt", "c.txt"]
