"""The three kinds of body, as pages of posts: one post in JSON, JSON Lines, a form with pictures."""

from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, FormParser, parse_options_header

from ingest.adapter import PAGE_MEDIA, FoundPost, Page, Rejected
from ingest.intake.senders import Sender
from ingest.intake.sent import found_post, id_of
from ingest.lines import read_lines
from ingest.remote import RemoteFile
from triage.errors import PostRejected, RequestRefused
from triage.settings import get_settings

MAX_FETCHED = 16
"""Most pictures that are fetched for one request: its sender waits for them."""
MAX_PARTS = 128
POST = "post"
"""Name of the part of a form that holds the post's JSON."""
SEE = "See docs/sources/intake.md."


class Entry(NamedTuple):
    """One post as it was sent, not yet read."""

    raw: bytes
    parts: Mapping[str, bytes] = MappingProxyType({})
    problem: str | None = None


Entries: TypeAlias = Callable[[bytes, str], Iterator[Entry]]
"""From a body and its whole content type to its posts."""


def entries_of(content_type: str) -> Entries:
    """Return what reads bodies of a content type.

    Raises:
        RequestRefused: nothing does.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in KINDS:
        raise RequestRefused(
            415, f"A body of type {kind[:80]!r} cannot be read.", f"Send one of {', '.join(KINDS)}."
        )
    return KINDS[kind]


class Sent(NamedTuple):
    """The posts of a request."""

    page: Page
    ids: Mapping[str, str | None]
    """Those of its rejected items by their places, where they could be read."""


def read_page(entries: Iterator[Entry], sender: Sender, message_id: str) -> Sent:
    """Read the posts of a request; what is wrong with one of them is nothing to the others.

    Raises:
        RequestRefused: it holds none, or too many posts or pictures.
    """
    posts: list[FoundPost] = []
    rejected: list[Rejected] = []
    ids: dict[str, str | None] = {}
    most = get_settings().intake_max_posts
    for index, entry in enumerate(entries):
        if index == most:
            raise _too_much(f"more than {most} posts")
        where = f"intake:{message_id}:{index}"
        try:
            posts.append(_found(entry, where, sender))
        except PostRejected as error:
            rejected.append(Rejected(where, str(error)))
            ids[where] = id_of(entry.raw)
    if not posts and not rejected:
        raise RequestRefused(422, "The body holds no post.", SEE)
    _check_pictures(posts)
    return Sent(Page(tuple(posts), tuple(rejected), {}, done=True), ids)


def _found(entry: Entry, where: str, sender: Sender) -> FoundPost:
    if entry.problem:
        raise PostRejected(entry.problem)
    return found_post(entry.raw, where, sender, entry.parts)


def index_of(where: str) -> int:
    """Return the index of a post in its request from its place."""
    return int(where.rpartition(":")[2])


def fetches(page: Page) -> bool:
    """Whether a picture of the page has to be fetched, which may take a while."""
    return any(isinstance(media.content, RemoteFile) for post in page.posts for media in post.media)


def _check_pictures(posts: list[FoundPost]) -> None:
    pictures = [media.content for post in posts for media in post.media]
    if len(pictures) > PAGE_MEDIA:
        raise _too_much(f"more than {PAGE_MEDIA} pictures")
    if sum(isinstance(content, RemoteFile) for content in pictures) > MAX_FETCHED:
        raise _too_much(f"more than {MAX_FETCHED} pictures to fetch")


def _too_much(what: str) -> RequestRefused:
    return RequestRefused(413, f"The request holds {what}.", "Send them in several requests.")


def _one(body: bytes, _content_type: str) -> Iterator[Entry]:
    if body.strip():
        yield Entry(body)


def _lines(body: bytes, _content_type: str) -> Iterator[Entry]:
    limit = get_settings().max_line_bytes
    for line in read_lines(BytesIO(body), 1, limit):
        if line.too_long:
            yield Entry(b"", problem=f"the line is longer than {limit} bytes (FLAGPOST_MAX_LINE_BYTES)")
        elif line.raw.strip():
            yield Entry(line.raw)


def _form(body: bytes, content_type: str) -> Iterator[Entry]:
    parts = _parts(body, content_type)
    if POST not in parts:
        raise RequestRefused(422, f"The form has no part {POST!r}.", f"Name the part with the JSON {POST!r}.")
    yield Entry(parts.pop(POST), parts)


def _parts(body: bytes, content_type: str) -> dict[str, bytes]:
    """Return the parts of a form by name, all of them in memory: the body was bounded before."""
    parts: dict[str, bytes] = {}

    def take(part: Field | File) -> None:
        data = part.file_object.getvalue() if isinstance(part, File) else part.value  # type: ignore[union-attr]
        name = (part.field_name or b"").decode("utf-8", "replace")
        if name in parts or len(parts) == MAX_PARTS:
            raise FormParserError(f"two parts are named {name[:80]!r}, or there are over {MAX_PARTS}")
        parts[name] = data or b""

    boundary = parse_options_header(content_type)[1].get(b"boundary")
    try:
        form = FormParser(
            "multipart/form-data", take, take, boundary=boundary, config={"MAX_MEMORY_FILE_SIZE": len(body)}
        )
        form.write(body)
        form.finalize()
    except (FormParserError, ValueError, AssertionError) as error:
        raise RequestRefused(422, f"The form cannot be read: {error}.", SEE) from error
    return parts


KINDS: Mapping[str, Entries] = {
    "application/json": _one,
    "application/x-ndjson": _lines,
    "application/jsonl": _lines,
    "multipart/form-data": _form,
}
