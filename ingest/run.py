"""The pump: pages of an adapter into the database, so that stopping anywhere loses and repeats nothing.

For each page: pictures into the media store (by content, so twice is once), then posts, rejections and
checkpoint in one transaction, then the queue is rung. Dying before the commit, the page is read again;
dying after it, its posts are known and still pending, and the queue is rung for them again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ingest.adapter import Adapter, Checkpoint, Page, Rejected
from ingest.bell import Bell
from ingest.prepare import Prepared, prepare
from triage import checkpoints, posts, rejections
from triage.db import session_scope
from triage.media import MediaStore, open_store

MAX_PLACE = 500
"""Longest place of a rejected item, in characters; it is part of an index."""


@dataclass(frozen=True)
class Summary:
    """What became of the items read, and the ids of the posts that now wait for their scores."""

    posts: int = 0
    stored: int = 0
    duplicates: int = 0
    rejected: int = 0
    warnings: int = 0
    waiting: tuple[int, ...] = ()

    def __add__(self, other: "Summary") -> "Summary":
        return Summary(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Progress:
    """Told after each page: the part of the source read (0 to 1), the sums, and what to tell a person."""

    fraction: float
    summary: Summary
    messages: tuple[str, ...] = ()


def pump(adapter: Adapter, source: str, on_page: Callable[[Progress], None] = lambda _: None) -> Summary:
    """Read a source from where it was left to its end; store its posts and queue them.

    Args:
        adapter: reads the source.
        source: name under which the checkpoint and the rejected items are kept.
        on_page: called after each page is stored.

    Raises:
        InputError: the source as a whole cannot be read.
        ServiceUnavailable: the database or the media store cannot be reached. A broker that cannot be
            reached is only a message: the posts stay pending and are queued again later.
    """
    store, bell, summary, done = open_store(), Bell(), Summary(), False
    checkpoint = _left_at(source)
    while not done:
        page = adapter.fetch(checkpoint)
        checkpoint, done = page.checkpoint, page.done
        outcome, messages = _store(page, source, store)
        messages += bell.ring(outcome.waiting, last=done)
        summary += outcome
        on_page(Progress(page.fraction, summary, tuple(messages)))
    return summary


def _left_at(source: str) -> Checkpoint:
    with session_scope() as session:
        return checkpoints.load(session, source) or {}


def _store(page: Page, source: str, store: MediaStore) -> tuple[Summary, list[str]]:
    """Store one page; return what became of it and what to tell a person."""
    prepared = prepare(page, store)
    outcome = _commit(page, source, prepared)
    reasons = [f"{item.where}: rejected: {item.reason}" for item in prepared.rejected]
    return outcome, [*page.notices, *reasons, *prepared.warnings]


def _commit(page: Page, source: str, prepared: Prepared) -> Summary:
    with session_scope() as session:
        recorded = posts.record(session, prepared.posts)
        for item in prepared.rejected:
            rejections.record(session, source, _place(item), item.reason, item.raw)
        # A finished source begins at its start the next time, so that what was mended is read.
        checkpoints.save(session, source, {} if page.done else dict(page.checkpoint))
    return Summary(
        posts=len(prepared.posts) + len(prepared.rejected),
        stored=len(recorded.stored),
        duplicates=recorded.duplicates,
        rejected=len(prepared.rejected),
        warnings=len(prepared.warnings),
        waiting=(*recorded.stored, *recorded.waiting),
    )


def _place(item: Rejected) -> str:
    """Keep the end of a long place: the file's name and the line."""
    return item.where if len(item.where) <= MAX_PLACE else "..." + item.where[-MAX_PLACE:]
