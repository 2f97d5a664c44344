"""An export of Telegram Desktop: `result.json` and the media beside it. See docs/sources/telegram.md."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from ingest.adapter import PAGE_POSTS, FoundMedia, FoundPost, Rejected
from ingest.adapters.export import ExportAdapter, Step
from ingest.adapters.telegram_json import Cut, cut, parse
from ingest.fields import check
from ingest.files import PICTURES, find
from ingest.lines import fingerprint
from triage.errors import InputError, PostRejected
from triage.settings import get_settings

FILE = "result.json"


class TelegramAdapter(ExportAdapter):
    """Reads the messages of one chat or of all. A message's id is its chat's id, a slash, and its own."""

    def __init__(self, path: Path, source: str, page_posts: int = PAGE_POSTS) -> None:
        """Read `result.json`, or the folder that holds it; see `ExportAdapter`."""
        file = path / FILE if path.is_dir() else path
        if not file.is_file():  # a pipe would be waited for
            raise InputError(f"{file} is not a file. Give an export of Telegram Desktop.")
        super().__init__(file, source, page_posts)

    def _fingerprint(self) -> str:
        return fingerprint(self.path)

    def _steps(self) -> Iterator[Step]:
        size, passed_over = max(self.path.stat().st_size, 1), 0
        with self.path.open("rb") as file:
            for one in cut(file, get_settings().max_line_bytes):
                if item := self._item(one):
                    yield one.end / size, item
                else:
                    passed_over += 1
        if passed_over:
            yield 1.0, f"{self.path}: {passed_over} messages hold neither text nor a picture; passed over."

    def _item(self, one: Cut) -> FoundPost | Rejected | None:
        where = f"{self.path}:{one.line}"
        if one.problem:
            return Rejected(where, one.problem)
        try:
            values = parse(one.raw)
            text, pictures = _text(values), list(_pictures(values))
            if values.get("type") == "service" or not (text.strip() or pictures):
                return None
            media = [{"path": name} for name in pictures]
            fields = check(_fields(values, one.chat) | {"text": text, "media": media}, self.source)
        except PostRejected as error:
            return Rejected(where, str(error), one.raw)
        return FoundPost(where, one.raw, fields, tuple(self._found(name) for name in pictures))

    def _found(self, name: str) -> FoundMedia:
        """Telegram writes a sentence in brackets where a file was left out of the export."""
        if name.startswith("("):
            return FoundMedia(name, problem=f"Telegram left it out of the export: {name[:200]}")
        return find(self.path.parent.resolve(), name)


def _fields(values: dict[str, Any], chat: str | None) -> dict[str, Any]:
    """Return id, time and author; names of people are not read, only the id that becomes a pseudonym."""
    if not chat:
        raise PostRejected("the chat has no 'id' before its messages; export it again")
    number = values.get("id")
    if type(number) is not int:
        raise PostRejected("the message has no 'id' that is a whole number")
    author = values.get("from_id")
    return {
        "id": f"{chat}/{number}",
        "posted_at": _moment(values, "date"),
        "edited_at": _moment(values, "edited"),
        "author": None if author is None else str(author),
    }


def _moment(values: dict[str, Any], name: str) -> str | None:
    """Return a time in ISO 8601. `date` is local time without a zone, so `date_unixtime` comes first."""
    unix = values.get(f"{name}_unixtime")
    if unix is None:
        return values.get(name)
    try:
        return datetime.fromtimestamp(int(unix), UTC).isoformat()
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise PostRejected(f"'{name}_unixtime' is not a number of seconds since 1970") from error


def _text(values: dict[str, Any]) -> str:
    """Join the parts of a text: `text` is a string, or a list of strings and objects, by version."""
    parts = values.get("text_entities") or values.get("text") or ""
    if isinstance(parts, str):
        return parts
    if not isinstance(parts, list):
        raise PostRejected("'text' is neither a text nor a list of its parts")
    return "".join(_part(one) for one in parts)


def _part(one: Any) -> str:  # noqa: ANN401 - whatever the JSON held
    text = one.get("text") if isinstance(one, dict) else one
    return text if isinstance(text, str) else ""


def _pictures(values: dict[str, Any]) -> Iterator[str]:
    """Yield the paths of photos, and of pictures sent as files or stickers."""
    photo, file = values.get("photo"), values.get("file")
    if isinstance(photo, str) and photo:
        yield photo
    if isinstance(file, str) and file and _is_picture(file, values.get("mime_type")):
        yield file


def _is_picture(file: str, mime: Any) -> bool:  # noqa: ANN401
    return str(mime).startswith("image/") or PurePosixPath(file).suffix.lower() in PICTURES
