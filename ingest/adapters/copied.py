"""One object of a drop, copied to this machine and read there as a file; its posts name the object."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, cast

from ingest.adapter import Adapter, Checkpoint, FoundMedia, FoundPost, Page, Rejected
from ingest.adapters import FILES
from ingest.files import LocalFile
from ingest.objects import Listed, Store
from triage.errors import InputError, PostRejected


class Reader(Adapter, Protocol):
    """An adapter of files; all of them let the size of their pages be changed on the way."""

    page_posts: int


@dataclass(frozen=True, slots=True)
class Copy:
    """An object, its copy, and what reads it. The copy goes with `forget`, or with this process."""

    store: Store
    listed: Listed
    folder: TemporaryDirectory[str]
    reader: Reader

    @classmethod
    def make(cls, store: Store, listed: Listed, source: str) -> "Copy | None":
        """Copy an object of a known kind; None where it is no longer what was listed.

        Raises:
            PermissionError: the store does not hand it out.
            InputError: nothing can be had from the store now.
        """
        ending = listed.ending
        folder = TemporaryDirectory(prefix="flagpost-drop-")
        path = Path(folder.name).resolve() / f"object{ending}"
        if not store.copy(listed, path):
            folder.cleanup()
            return None
        os.utime(path, (0, 0))  # adapters know files by their time, and a later copy has to be the same
        return cls(store, listed, folder, cast(Reader, FILES[ending](path, source)))

    def fetch(self, checkpoint: Checkpoint, room: int) -> Page:
        """Read on, `room` items at most.

        Raises:
            PostRejected: the object as a whole cannot be read.
        """
        self.reader.page_posts = room
        try:
            page = self.reader.fetch(checkpoint)
        except InputError as error:
            raise PostRejected(self._told(str(error))) from error
        return replace(
            page,
            posts=tuple(self._post(one) for one in page.posts),
            rejected=tuple(self._rejected(one) for one in page.rejected),
            notices=tuple(map(self._told, page.notices)),
        )

    def forget(self) -> None:
        """Delete the copy."""
        self.folder.cleanup()

    def _post(self, post: FoundPost) -> FoundPost:
        return replace(post, where=self._told(post.where), media=tuple(map(self._media, post.media)))

    def _rejected(self, one: Rejected) -> Rejected:
        return replace(one, where=self._told(one.where), reason=self._told(one.reason))

    def _media(self, one: FoundMedia) -> FoundMedia:
        """A picture beside the copy is one beside the object."""
        if not isinstance(one.content, LocalFile):
            return one
        name = one.content.path.relative_to(self._place).as_posix()
        return replace(self.store.picture(self.listed.name, name, one.alt), name=one.name)

    def _told(self, text: str) -> str:
        """Name the object instead of its copy."""
        path = self._place / f"object{self.listed.ending}"
        return text.replace(str(path), self.store.shown(self.listed.name))

    @property
    def _place(self) -> Path:
        return Path(self.folder.name).resolve()
