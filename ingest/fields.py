"""What a source may say about one post: the fields of a line, checked. `docs/posts.md` describes them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import ErrorDetails

from triage.contracts import Contract, Identifier, storable
from triage.errors import InputError, PostRejected
from triage.settings import get_settings

MAX_MEDIA = 64
"""Most pictures one post may name."""
MAX_KEY_BYTES = 1024
MAX_REASONS = 3
"""Most reasons named for one line."""
YEARS = range(1970, 2200)


def _mended(value: Any) -> Any:  # noqa: ANN401 - whatever the JSON held
    """Half an emoji (a lone surrogate) must not cost the post; pydantic would refuse it."""
    return storable(value) if isinstance(value, str) else value


def _id_text(value: Any) -> Any:  # noqa: ANN401
    return str(value) if type(value) is int else value


def _moment(value: Any) -> datetime:  # noqa: ANN401
    """Read ISO 8601 only: bare numbers are ambiguous (20240101 is a date, or a moment of August 1970)."""
    try:
        moment = datetime.fromisoformat(value.strip())
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (AttributeError, TypeError, ValueError, OverflowError) as error:
        raise ValueError("is not a date and time in ISO 8601, such as 2026-11-21T08:30:00Z") from error
    if moment.year not in YEARS:
        raise ValueError(f"lies outside the years {YEARS[0]} to {YEARS[-1]}")
    return moment


def iso(moment: datetime) -> str | None:
    """Return a moment in ISO 8601, or None where it lies outside YEARS; without a zone it is UTC."""
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.isoformat() if moment.year in YEARS else None


def _caption(text: str) -> str:
    limit = get_settings().max_caption_bytes
    if len(text) > limit // 4 and len(text.encode()) > limit:
        raise ValueError(f"is longer than {limit} bytes (FLAGPOST_MAX_CAPTION_BYTES)")
    return text


def _indexable(text: str) -> str:
    """Source and id are one key of the database, whose index rows hold 2,704 bytes at most."""
    if len(text.encode()) > MAX_KEY_BYTES:
        raise ValueError(f"is longer than {MAX_KEY_BYTES} bytes")
    return text


Key = Annotated[Identifier, AfterValidator(_indexable)]
_SOURCE = TypeAdapter[str](Key)
Mended = Annotated[str, BeforeValidator(_mended)]
Short = Annotated[Mended, Field(max_length=2048)]


class MediaFields(Contract):
    """One picture that a post names, by a path relative to the file."""

    path: Annotated[str, Field(min_length=1, max_length=4096)]
    alt: Mended | None = None


class PostFields(Contract):
    """The fields of one post. Nothing else is allowed, so that a misspelt field is not lost."""

    source: Key
    id: Annotated[Key, BeforeValidator(_id_text)]
    text: Annotated[Mended, AfterValidator(_caption)] = ""
    posted_at: Annotated[datetime | None, BeforeValidator(_moment)] = None
    edited_at: Annotated[datetime | None, BeforeValidator(_moment)] = None
    """When its author last changed it; with a newer one, a known post is stored again as it is now."""
    deleted: bool = False
    """Whether the source says that the post is gone; then only `source` and `id` count."""
    author: Short | None = None
    url: Short | None = None
    lang: Short | None = None
    media: Annotated[tuple[MediaFields, ...], Field(max_length=MAX_MEDIA)] = ()

    @model_validator(mode="after")
    def _something_to_score(self) -> "PostFields":
        if not self.deleted and not self.text.strip() and not self.media:
            raise ValueError("it has neither a caption ('text') nor a picture ('media')")
        return self


SomeFields = TypeVar("SomeFields", bound=PostFields)


def decode(raw: bytes) -> str:
    """Decode UTF-8; a byte-order mark at the start is dropped.

    Raises:
        PostRejected: the bytes are in another encoding.
    """
    try:
        return raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        at = f"byte 0x{error.object[error.start]:02x} at position {error.start}"
        raise PostRejected(f"not UTF-8 ({at}); convert the file to UTF-8") from error


def parse_json(raw: bytes) -> dict[str, Any]:
    """Read one JSON object, with every way in which it may be broken turned into a reason.

    Raises:
        PostRejected: not UTF-8, not JSON, or not an object.
    """
    try:
        value = json.loads(decode(raw), parse_constant=no_constant)
    except RecursionError as error:
        raise PostRejected("the JSON is nested too deeply") from error
    except json.JSONDecodeError as error:
        raise PostRejected(f"not valid JSON: {error.msg} (column {error.colno})") from error
    except ValueError as error:
        raise PostRejected(f"not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise PostRejected('not a post: a line must be a JSON object such as {"id": "1", "text": "..."}')
    return value


def check_source(name: str) -> str:
    """Return a source's name if it can be stored.

    Raises:
        InputError: it cannot; the message says why.

    """
    try:
        return _SOURCE.validate_python(name)
    except ValidationError as error:
        why = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise InputError(
            f"The source's name {name[:60]!r} cannot be used: {why}. Give it another."
        ) from error


def check(values: Mapping[str, Any], source: str, **defaults: str) -> PostFields:
    """Check the fields of one post; `source` is used where the post names none.

    Raises:
        PostRejected: the reason names every wrong field, never its private content.
    """
    return check_as(PostFields, {**defaults, **_given(values)}, source)


def check_as(kind: type[SomeFields], values: Mapping[str, Any], source: str) -> SomeFields:
    """Check the fields of one post of a source that may say more than others, as `kind` has it.

    Raises:
        PostRejected: as `check`.
    """
    try:
        return kind.model_validate({"source": source, **_given(values)})
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        reasons = [_reason(one) for one in found[:MAX_REASONS]]
        more = [f"and {len(found) - MAX_REASONS} more"] if len(found) > MAX_REASONS else []
        raise PostRejected("; ".join(reasons + more)) from error


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is null: it is the same as not being there."""
    return {name: value for name, value in values.items() if value is not None}


def _reason(error: ErrorDetails) -> str:
    name = ".".join(str(part) for part in error["loc"])[:60]
    if error["type"] == "extra_forbidden":
        return f"unknown field {name!r}"
    if error["type"] == "missing":
        return f"the field {name!r} is missing"
    text = error["msg"].removeprefix("Value error, ")
    return f"the field {name!r}: {text}" if name else text


def no_constant(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python's JSON reader would take."""
    raise ValueError(f"{name} is not JSON")
