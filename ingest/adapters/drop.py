"""A drop: a bucket or folder that others put files of posts into. See docs/sources/drop.md."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from ingest.adapter import PAGE_POSTS, Checkpoint, Page, Rejected
from ingest.adapters import FILES
from ingest.adapters.copied import Copy
from ingest.adapters.items import Items
from ingest.files import PICTURES
from ingest.objects import Listed, Store
from triage.contracts import Contract
from triage.errors import PostRejected

MAX_BYTES = 512 * 2**20
"""Largest object read, where the options do not say otherwise."""
PAGE_DISK = 256 * 2**20
"""A page ends early once the copies of its objects take this many bytes."""
NOTHING = Page((), (), {}, done=True)


class Options(Contract):
    """What a source of this kind may say."""

    url: str
    """Such as `s3://bucket/prefix`."""
    max_bytes: Annotated[int, Field(gt=0)] = MAX_BYTES


class Drop:
    """Reads the objects that were not read before, by name, each to its end."""

    def __init__(
        self, source: str, store: Store, max_bytes: int = MAX_BYTES, page_posts: int = PAGE_POSTS
    ) -> None:
        """Read a store; posts that name no source get `source`; a page holds `page_posts` items at most."""
        self.source, self.page_posts = source, page_posts
        self._store, self._max_bytes = store, max_bytes
        self._listed: list[Listed] | None = None
        self._copies: list[Copy] = []

    def fetch(self, checkpoint: Checkpoint) -> Page:
        """See `ingest.adapter.Adapter`. The checkpoint: marks of objects read, and the place in one begun.

        Raises:
            InputError: the store cannot be listed or read now.
        """
        listed, begun = self._list(), checkpoint.get("begun") or {}
        read, waiting = _sorted_out(listed, set(checkpoint.get("read", ())), begun.get("mark"))
        self._forget_copies(begun.get("mark"))
        items, notices, part = Items(self.page_posts), list[str](), 0.0
        while waiting and not items.full and self._disk < PAGE_DISK:
            one = waiting[0]
            page = self._part(one, begun["at"] if begun.get("mark") == one.mark else {}, items)
            notices += page.notices
            begun, part = {"mark": one.mark, "at": page.checkpoint}, page.fraction
            if page.done:
                begun, part = {}, 0.0
                read.append(waiting.pop(0).mark)
        present = {one.mark for one in listed}
        if not waiting:
            self._listed = None  # the next reading looks anew
        return Page(
            tuple(items.posts),
            tuple(items.rejected),
            {"read": [mark for mark in read if mark in present], "begun": begun},
            done=not waiting,
            fraction=(len(read) + part) / len(listed) if waiting else 1.0,
            notices=tuple(notices),
            live=True,
        )

    def _list(self) -> list[Listed]:
        """Return what lies there as it was when this reading began. Pictures are read with their posts."""
        if self._listed is None:
            self._listed = [one for one in self._store.list() if one.ending not in PICTURES]
        return self._listed

    def _part(self, one: Listed, at: Checkpoint, items: Items) -> Page:
        """Read on in an object as far as the page has room; one that cannot be read at all is named."""
        where = self._store.shown(one.name)
        try:
            page = self._page(one, at, self.page_posts - items.count)
        except PostRejected as error:
            page = Page((), (Rejected(where, str(error)),), {}, done=True)
        except PermissionError:
            self._list().remove(one)  # so that it is not noted as read
            page = replace(NOTHING, notices=(f"{where} is not handed out. Allow it; it is asked for again.",))
        for post in page.posts:
            items.add(post)
        for rejected in page.rejected:
            items.add(rejected)
        return page

    def _page(self, one: Listed, at: Checkpoint, room: int) -> Page:
        if one.ending not in FILES:
            raise PostRejected(f"it is of no known kind: a drop may hold {', '.join(FILES)} and pictures")
        if one.size > self._max_bytes:
            raise PostRejected(f"it has {one.size} bytes, more than {self._max_bytes} (max_bytes)")
        copy = self._copy(one)
        return copy.fetch(at, room) if copy else NOTHING

    def _copy(self, one: Listed) -> Copy | None:
        """Return an object's copy; None where it was changed since, so that its next listing has it."""
        for copy in self._copies:
            if copy.listed.mark == one.mark:
                return copy
        if made := Copy.make(self._store, one, self.source):
            self._copies.append(made)
        return made

    @property
    def _disk(self) -> int:
        return sum(copy.listed.size for copy in self._copies)

    def _forget_copies(self, keep: str | None) -> None:
        """Delete the copies of the page before, whose pictures are stored by now."""
        for copy in self._copies:
            if copy.listed.mark != keep:
                copy.forget()
        self._copies = [copy for copy in self._copies if copy.listed.mark == keep]


def from_options(source: str, options: Mapping[str, Any]) -> Drop:
    """Return the adapter of a configured source.

    Raises:
        ConfigurationError, ValueError: an option cannot be used.
        InputError: the store cannot be reached.
    """
    chosen = Options.model_validate(options)
    return Drop(source, Store.open(chosen.url), chosen.max_bytes)


def _sorted_out(listed: list[Listed], known: set[str], begun: str | None) -> tuple[list[str], list[Listed]]:
    """Return the marks of what was read and still lies there, and what waits; what was begun comes first."""
    read = [one.mark for one in listed if one.mark in known]
    waiting = [one for one in listed if one.mark not in known]
    return read, sorted(waiting, key=lambda one: one.mark != begun)
