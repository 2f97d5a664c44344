"""One mail's bytes (RFC 5322) to words and pictures. Where mails lie is the adapters' affair.

The older of Python's two mail policies is used on purpose: it raises for less.
"""

import codecs
import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import PurePosixPath
from typing import Any, TypeAlias

from ingest.adapter import FoundMedia
from ingest.fields import MAX_MEDIA, PostFields, check, iso
from ingest.files import PICTURES
from ingest.held import Held
from ingest.html import to_text
from ingest.keys import as_key
from triage.errors import PostRejected

MAX_MAIL_BYTES = 64 * 2**20
"""Longest mail read: room for a picture of the default FLAGPOST_MAX_MEDIA_BYTES in base64, and more."""
MAX_PARTS = 200
"""Most parts of a mail, those of forwarded mails included."""
NESTING = re.compile(rb"boundary[*0-9]*+\s*+=|message/", re.IGNORECASE)
MAX_NESTING = 64
"""Most places in a mail that may begin a part within a part; each makes reading every line slower."""
TEXTS = ("text/plain", "text/html", "multipart/")
"""What is read as words; a multipart mail that lost its boundary is one text."""
MAX_HEADER = 4096
MAX_AUTHOR = 2048
MAX_NAME = 200
"""Most characters read of a header, of an author, and of a file's name."""
DIGITS = 16
"""How much of a digest stands behind a Message-ID."""
SLOW_CHARSETS = frozenset({"idna", "punycode"})
"""Codecs of domain names: no mail is written in them, and they take quadratic time."""

Part: TypeAlias = "Message[str, str]"


@dataclass(slots=True)
class Letter:
    """What a mail holds: its texts in order, and its pictures."""

    texts: list[str] = field(default_factory=list)
    pictures: list[FoundMedia] = field(default_factory=list)
    parts: int = 0


def read_mail(raw: bytes, source: str) -> tuple[PostFields, tuple[FoundMedia, ...]]:
    """Read a mail as a post: subject and text are its caption, attached and inline pictures its media.

    Args:
        raw: the mail as it was received, at most MAX_MAIL_BYTES.
        source: the post's source.

    Raises:
        PostRejected: it cannot be read; the reason holds nothing of its content.
    """
    if len(raw) > MAX_MAIL_BYTES:
        raise PostRejected(f"the mail is longer than {MAX_MAIL_BYTES} bytes")
    if sum(1 for _ in NESTING.finditer(raw)) > MAX_NESTING:
        raise PostRejected(f"the mail has more than {MAX_NESTING} parts within parts")
    try:
        mail, letter = message_from_bytes(raw), Letter()
        _collect(mail, letter)
        values = _values(mail, raw, letter)
    except PostRejected:
        raise
    except Exception as error:  # the parser answers hostile mails with a dozen exception types
        raise PostRejected(f"the mail cannot be read ({type(error).__name__})") from error
    return check(values, source), tuple(letter.pictures)


def _values(mail: Part, raw: bytes, letter: Letter) -> dict[str, Any]:
    if not mail.keys():
        raise PostRejected("not a mail: it does not begin with headers")
    author = _header(mail, "from")
    return {
        "id": _key(mail, raw, letter),
        "text": "\n\n".join(text for text in letter.texts if text),
        "posted_at": _moment(_header(mail, "date")),
        "author": (parseaddr(author)[1] or author)[:MAX_AUTHOR].lower() or None,
        "media": [{"path": one.name} for one in letter.pictures],
    }


def _key(mail: Part, raw: bytes, letter: Letter) -> str:
    """Return what a mail is known by: its Message-ID and a digest of what is scored of it.

    Whoever writes a mail chooses its Message-ID, so that two mails may have the same. The digest is the same
    in every mailbox, whatever headers and ends of lines are added on the way.
    """
    if not (given := _header(mail, "message-id").strip("<> ")):
        return f"sha256:{hashlib.sha256(raw).hexdigest()}"
    scored = hashlib.sha256(" ".join(" ".join(letter.texts).split()).encode("utf-8", "surrogatepass"))
    for one in letter.pictures:
        if isinstance(one.content, Held):
            scored.update(hashlib.sha256(one.content.data).digest())
    return as_key(f"{given}#{scored.hexdigest()[:DIGITS]}")


def _collect(part: Part, letter: Letter) -> None:
    """Read a mail: its subject, then its parts."""
    letter.texts.append(_header(part, "subject"))
    _collect_part(part, letter)


def _collect_part(part: Part, letter: Letter) -> None:
    letter.parts += 1
    if letter.parts > MAX_PARTS:
        raise PostRejected(f"the mail has more than {MAX_PARTS} parts")
    kind, inner = part.get_content_type(), _inner(part)
    if not inner:
        _collect_leaf(part, kind, letter)
    elif kind.startswith("message/"):
        for mail in inner:
            _collect(mail, letter)
    elif kind == "multipart/alternative":
        _collect_choices(inner, letter)
    else:
        for one in inner:
            _collect_part(one, letter)


def _inner(part: Part) -> list[Part]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _collect_choices(choices: list[Part], letter: Letter) -> None:
    """Of several forms of one text read the plain one, if it says anything; the pictures of all."""
    plain = (_text(one).strip() for one in choices if one.get_content_type() == "text/plain")
    said, before = next(filter(None, plain), ""), list(letter.texts)
    for one in choices:
        _collect_part(one, letter)
    if said:
        letter.texts = [*before, said]


def _collect_leaf(part: Part, kind: str, letter: Letter) -> None:
    name = _decoded(part.get_filename() or "")[:MAX_NAME]
    if kind.startswith("image/") or PurePosixPath(name).suffix.lower() in PICTURES:
        letter.pictures.append(FoundMedia(name or f"part {letter.parts}", Held(_bytes(part))))
        if len(letter.pictures) > MAX_MEDIA:
            raise PostRejected(f"the mail has more than {MAX_MEDIA} pictures")
    elif kind.startswith(TEXTS) and part.get_content_disposition() != "attachment":
        text = _text(part)
        letter.texts.append((to_text(text) if kind == "text/html" else text).strip())


def _bytes(part: Part) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _text(part: Part) -> str:
    """Decode a text, whatever it claims to be written in: as declared, as UTF-8, or as western bytes."""
    data = _bytes(part)
    for charset in (part.get_content_charset() or "ascii", "utf-8"):
        try:
            if codecs.lookup(charset).name not in SLOW_CHARSETS:
                return data.decode(charset)
        except (LookupError, ValueError):
            continue
    return data.decode("cp1252", "replace")


def _header(part: Part, name: str) -> str:
    """Return a header in words, empty where the part has none. Bytes beyond ASCII are taken for UTF-8."""
    found = (value for key, value in part.raw_items() if key.lower() == name)
    return _decoded(str(next(found, "")))


def _decoded(text: str) -> str:
    """Decode what `=?utf-8?q?...?=` stands for; what cannot be decoded stays as it is written."""
    text = text[:MAX_HEADER].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    with suppress(HeaderParseError, LookupError, ValueError):
        text = str(make_header(decode_header(text)))
    return " ".join(text.split())


def _moment(value: str) -> str | None:
    """Return a Date header in ISO 8601; a wrong one does not cost the mail."""
    try:
        return iso(parsedate_to_datetime(value))
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
