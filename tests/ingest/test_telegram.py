import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.adapter import Page
from ingest.adapters.telegram import TelegramAdapter
from ingest.adapters.telegram_json import mend, parse
from tests.ingest.adapter_contract import AdapterContract, pages, sound
from triage.errors import InputError, PostRejected

MISSING = "(File not included. Change data exporting settings to download.)"
PRIVATE = {
    "personal_information": {"phone_number": "SECRET"},
    "contacts": {"list": [{"first_name": "SECRET"}]},
}


def message(number: int, **values: Any) -> dict[str, Any]:
    given = {"id": number, "type": "message", "date_unixtime": "1752219371", "from": "Jane Roe"}
    return given | {"from_id": "user123", "text": f"text {number}"} | values


def chat(number: int, *messages: dict[str, Any]) -> dict[str, Any]:
    return {"name": "a chat", "type": "public_channel", "id": number, "messages": list(messages)}


def write(folder: Path, export: dict[str, Any] | bytes) -> Path:
    path = folder / "result.json"
    path.write_bytes(export if isinstance(export, bytes) else json.dumps(export, indent=1).encode())
    return path


def only(path: Path) -> Page:
    (page,) = pages(TelegramAdapter(path, "chats"))
    return page


def test_an_edited_message_says_when(tmp_path: Path) -> None:
    messages = (message(1), message(2, edited="2025-07-12T07:00:00", edited_unixtime="1752303600"))
    first, second = only(write(tmp_path, chat(7, *messages))).posts
    assert first.fields.edited_at is None
    assert second.fields.edited_at == datetime(2025, 7, 12, 7, tzinfo=UTC)


class TestTelegramContract(AdapterContract):
    ids = ("7/1", "7/2", "7/4", "8/1", "8/2", "8/3")
    rejected = 2

    def adapter(self, folder: Path, page_posts: int) -> TelegramAdapter:
        if not (folder / "result.json").exists():
            service = message(3, type="service", action="join_group_by_link")
            first = chat(7, message(1), message(2), service, message(4))
            second = chat(8, message(1), message(2), message(3), message(4, text=3), message(5, id=None))
            write(
                folder, PRIVATE | {"chats": {"list": [first, second]}} | {"other_data": {"list": [{"id": 1}]}}
            )
        return TelegramAdapter(folder, "chats", page_posts)


def test_a_message_gives_its_text_time_pseudonym_and_picture(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/photo_1@1.jpg").write_bytes(b"picture")
    sent = message(1, photo="photos/photo_1@1.jpg", forwarded_from="John Roe", author="J. R.")
    (post,) = only(write(tmp_path, chat(7, sent))).posts
    assert (post.fields.id, post.fields.source, post.fields.text) == ("7/1", "chats", "text 1")
    assert (post.fields.author, post.fields.posted_at.isoformat()) == ("user123", "2025-07-11T07:36:11+00:00")
    assert post.media[0].content.read(100) == b"picture"
    assert post.where == f"{tmp_path}/result.json:6"
    assert "Roe" not in repr(post.fields)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"text": ["a ", {"type": "bold", "text": "bold"}, " word", 5, {"type": "x"}]}, "a bold word"),
        ({"text": "", "text_entities": [{"type": "plain", "text": "k"}, {"text": "ill"}]}, "kill"),
        ({"text": "old", "text_entities": []}, "old"),
    ],
)
def test_a_text_is_read_in_all_the_forms_it_was_ever_written_in(
    tmp_path: Path, values: dict[str, Any], text: str
) -> None:
    (post,) = only(write(tmp_path, chat(7, message(1, **values)))).posts
    assert post.fields.text == text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (rb'{"id": 1, "text": "page\x0Cbreak \\x0C \n"}', "page\x0cbreak \\x0C \n"),
        (b'{"id": 1, "text": [{"text": "a", "document_id": video_files/sticker (2).webm\n}, "b"]}', "ab"),
        (
            b'{"id": 1, "text": [{"document_id": (File unavailable, please try again later),\n"text": "a"}]}',
            "a",
        ),
        (b'{"id": 1, "text": "gift", "text": ""}', "gift"),
        (b'{"id": 1, "text": "", "text": "second"}', "second"),
        (rb'{"id": 1, "text": "\"document_id\": bare \x41"}', '"document_id": bare A'),
    ],
)
def test_json_that_telegram_wrote_wrongly_is_mended(tmp_path: Path, written: bytes, text: str) -> None:
    start, end = b'{"id": 7, "messages": [\n', b',\n{"id": 2, "type": "message", "text": "next"}]}'
    posts = only(write(tmp_path, start + written + end)).posts
    assert [(post.fields.id, post.fields.text) for post in posts] == [("7/1", text), ("7/2", "next")]


def test_a_picture_left_out_of_the_export_is_a_problem_and_its_text_is_read(tmp_path: Path) -> None:
    (post,) = only(write(tmp_path, chat(7, message(1, photo=MISSING)))).posts
    assert (post.media[0].content, post.fields.text) == (None, "text 1")
    assert "File not included" in (post.media[0].problem or "")


@pytest.mark.parametrize("name", ["../secret.jpg", "/etc/passwd", "link.jpg"])
def test_pictures_outside_the_folder_are_never_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (tmp_path / "in/link.jpg").symlink_to(tmp_path / "secret.jpg")
    (post,) = only(write(tmp_path / "in", chat(7, message(1, photo=name)))).posts
    assert post.media[0].content is None
    assert "outside the folder" in (post.media[0].problem or "")


def test_files_that_are_pictures_are_read_and_others_are_not(tmp_path: Path) -> None:
    sent = [
        message(1, file="files/a.bin", mime_type="image/png"),
        message(2, file="stickers/a.webp", media_type="sticker", text=""),
        message(3, file="video_files/a.mp4", mime_type="video/mp4", thumbnail="video_files/a_thumb.jpg"),
        message(4, file="voice_messages/a.ogg", text=""),
    ]
    page = only(write(tmp_path, chat(7, *sent)))
    found = [(post.fields.id, [one.name for one in post.media]) for post in page.posts]
    assert found == [("7/1", ["files/a.bin"]), ("7/2", ["stickers/a.webp"]), ("7/3", [])]
    assert page.notices == (
        f"{tmp_path}/result.json: 1 messages hold neither text nor a picture; passed over.",
    )


def test_contacts_and_personal_information_are_in_nothing_that_is_read(tmp_path: Path) -> None:
    listed = {"contacts": {"list": [{"id": 1, "text": "SECRET", "messages": [message(1, text="SECRET")]}]}}
    left = {"left_chats": {"list": [chat(9, message(1, text="SECRET"))]}}
    chats = {"chats": {"about": "SECRET", "list": [chat(7, message(1)), chat(8, message(1, id="x"))]}}
    page = only(
        write(tmp_path, PRIVATE | listed | left | chats | {"sessions": [{"id": 1, "text": "SECRET"}]})
    )
    assert [post.fields.id for post in page.posts] == ["7/1"]
    assert len(page.rejected) == 1
    assert "SECRET" not in repr(page)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"", "no chats in it"),
        (b'{"id": 1}', "no chats in it"),
        (b'{"messages": [{"id": 1, "text": "x"}]}', "no 'id' before its messages"),
        (b'{"id": 7, "messages": [{"id": 1, "text": "x"', "ends too early"),
        (b'{"id": 7, "messages": [{"id": 1, "text": "x" "y"}]}', "not mendable"),
        (b'{"id": 7, "messages": [{"id": 1, "text": "caf\xe9"}]}', "not UTF-8"),
        (b'{"id": 7, "messages": [{"id": 1, "text": "x", "n": NaN}]}', "NaN is not JSON"),
        (b'{"id": 7, "messages": [{"id": 1, "text": "x", "date_unixtime": "soon"}]}', "date_unixtime"),
        (b'{"id": 7, "messages": [{"id": 1, "text": "' + b"x\\n" * 2000 + b'"}]}', "FLAGPOST_MAX_LINE_BYTES"),
        (
            b'{"id": 7, "messages": [{"id": 1, "text": [' + b'"x",\n' * 2000 + b"]}]}",
            "message is longer than",
        ),
        (b'{"id": 7, "messages": [{"id": 1, "text": ' + b"[" * 500, "nested deeper"),
    ],
)
def test_what_cannot_be_read_is_rejected_with_its_line_and_the_reason(
    tmp_path: Path, written: bytes, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLAGPOST_MAX_LINE_BYTES", "5000")
    page = only(write(tmp_path, written))
    assert said in page.rejected[0].reason
    assert page.rejected[0].where.startswith(f"{tmp_path}/result.json:")


def test_a_message_that_cannot_be_read_does_not_fail_its_neighbours(tmp_path: Path) -> None:
    page = only(write(tmp_path, chat(7, message(1), message(2, text={}), message(3))))
    assert [post.fields.id for post in page.posts] == ["7/1", "7/3"]
    assert page.rejected == ()


def test_an_export_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    adapter = TelegramAdapter(write(tmp_path, chat(7, message(1), message(2))), "chats", 1)
    checkpoint = adapter.fetch({}).checkpoint
    write(tmp_path, chat(7, message(1), message(2), message(3)))
    with pytest.raises(InputError, match="changed while it was being read"):
        adapter.fetch(checkpoint)


def test_a_pipe_in_place_of_the_export_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "result.json")
    with pytest.raises(InputError, match="is not a file"):
        TelegramAdapter(tmp_path, "chats")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    ["id", "type", "text", "text_entities", "photo", "file", "date", "date_unixtime", "from_id"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(messages=st.lists(st.dictionaries(FIELDS, VALUES), max_size=4), cut_at=st.integers(0, 4000))
def test_any_message_is_read_or_rejected(tmp_path: Path, messages: list[dict[str, Any]], cut_at: int) -> None:
    written = json.dumps(chat(7, *messages), indent=1).encode()
    assert sound(only(write(tmp_path, written)))
    assert sound(only(write(tmp_path, written[:cut_at])))


PIECES = [
    b'{"id": 7, "messages": [',
    b'{"id": 1, "text": "',
    b'"',
    b"\\",
    b"}",
    b"]",
    b"[",
    b"\n",
    b"\\x0C",
    b":",
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary() | st.lists(st.sampled_from(PIECES)).map(b"".join))
def test_any_bytes_are_read_or_rejected(tmp_path: Path, written: bytes) -> None:
    assert sound(only(write(tmp_path, written)))


@given(VALUES)
def test_json_that_is_right_is_left_as_it_is(value: Any) -> None:
    written = json.dumps({"value": value}).encode()
    assert parse(written) == json.loads(written)
    assert json.loads(mend(written)) == json.loads(written)


def test_no_json_is_not_a_message() -> None:
    with pytest.raises(PostRejected, match="not a message"):
        parse(b"[1]")
