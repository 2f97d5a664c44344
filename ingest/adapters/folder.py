"""A folder of pictures, each with a `.txt` or `.json` caption beside it. `docs/posts.md` describes it."""

from bisect import bisect_right
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from ingest.adapter import PAGE_POSTS, Checkpoint, FoundPost, Page, Rejected
from ingest.adapters.captioned import Captioned, Listing, list_folder
from ingest.adapters.items import Items
from ingest.fields import check, decode, parse_json
from ingest.files import LocalFile, find, open_regular
from triage.errors import MediaError, PostRejected
from triage.settings import get_settings


class FolderAdapter:
    """Reads every picture and every lone caption of a folder, in the order of their paths."""

    def __init__(self, path: Path, source: str, page_posts: int = PAGE_POSTS) -> None:
        """Read `path`; posts that name no source get `source`; a page holds `page_posts` items at most."""
        self.path = path
        self.source = source
        self.page_posts = page_posts
        self._folder = path.resolve()

    @cached_property
    def _listing(self) -> Listing:
        return list_folder(self._folder)

    def fetch(self, checkpoint: Checkpoint) -> Page:
        """See `ingest.adapter.Adapter`. The checkpoint is the last path and a digest of the listing."""
        posts, digest = self._listing.posts, self._listing.digest
        after = checkpoint["after"] if checkpoint.get("folder") == digest else ""
        begin = end = bisect_right(posts, after, key=lambda one: one.name)
        items = Items(self.page_posts)
        while end < len(posts) and not items.full:
            items.add(self._item(posts[end]))
            after, end = posts[end].name, end + 1
        return Page(
            tuple(items.posts),
            tuple(items.rejected),
            {"folder": digest, "after": after},
            done=end == len(posts),
            fraction=end / max(len(posts), 1),
            notices=() if begin else self._notices(),
        )

    def _notices(self) -> tuple[str, ...]:
        empty = () if self._listing.posts else (f"{self.path} holds no pictures and no captions.",)
        return empty + self._listing.notices

    def _item(self, post: Captioned) -> FoundPost | Rejected:
        where, raw = str(self.path / post.name), b""
        try:
            raw = self._read(post.caption) if post.caption else b""
            fields = check(_values(post, raw), self.source, id=post.name)
        except PostRejected as error:
            return Rejected(where, str(error), raw)
        media = tuple(find(self._folder, one.path, one.alt) for one in fields.media)
        return FoundPost(where, raw, fields, media)

    def _read(self, name: str) -> bytes:
        limit = get_settings().max_line_bytes
        found = find(self._folder, name)
        try:
            if not isinstance(found.content, LocalFile):
                raise PostRejected(f"the caption {name}: {found.problem}")
            with open_regular(found.content.path) as file:
                raw = file.read(limit + 1)
        except (MediaError, OSError) as error:
            raise PostRejected(f"the caption {name} cannot be read: {error}") from error
        if len(raw) > limit:
            raise PostRejected(f"the caption {name} is longer than {limit} bytes (FLAGPOST_MAX_LINE_BYTES)")
        return raw


def _values(post: Captioned, raw: bytes) -> dict[str, Any]:
    """Return the fields of a post; its picture is implied."""
    if post.problem:
        raise PostRejected(post.problem)
    picture: dict[str, Any] = {"media": [{"path": post.picture}]} if post.picture else {}
    if post.caption is None or post.caption.lower().endswith(".txt"):
        return picture | {"text": decode(raw).strip()}
    values = parse_json(raw)
    if values.get("media") is None:
        return values | picture
    return values | {"media": _named(post, values["media"])}


def _named(post: Captioned, media: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - whatever the JSON held
    """Accept a `media` field that names the picture beside it (to give its alt text), and nothing else."""
    match media:
        case [{"path": str(path)}] if post.picture and path == PurePosixPath(post.picture).name:
            return [{**media[0], "path": post.picture}]
    raise PostRejected("the field 'media' may only name the picture beside the file; leave it out")
