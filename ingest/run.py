"""The pump: pages of an adapter into the database, so that stopping anywhere loses and repeats nothing.

For each page: pictures into the media store (by content, so twice is once), then posts, rejections and
checkpoint in one transaction, then the queue is rung. Dying before the commit, the page is read again;
dying after it, its posts are known and still pending, and the queue is rung for them again.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from threading import Event
from typing import Any

from ingest.adapter import Adapter, Checkpoint, Page, Rejected, Stream
from ingest.bell import Bell
from ingest.prepare import Prepared, prepare
from triage import checkpoints, deletions, handles, posts, rejections
from triage.db import session_scope
from triage.media import open_store

MAX_PLACE = 500
"""Longest place of a rejected item, in characters; it is part of an index."""


@dataclass(frozen=True)
class Summary:
    """What became of the items read, and the ids of the posts that now wait for their scores."""

    posts: int = 0
    stored: int = 0
    duplicates: int = 0
    rejected: int = 0
    deleted: int = 0
    """Deletions that the source told of, of posts known or not, and posts whose account was deleted."""
    warnings: int = 0
    waiting: tuple[int, ...] = ()
    news: int = 0
    """Posts stored, and deletions and rejections that were not known before."""

    def __add__(self, other: "Summary") -> "Summary":
        return Summary(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Progress:
    """Told after each page: the part of the source read (0 to 1), the sums, and what to tell a person."""

    fraction: float
    summary: Summary
    messages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Position:
    """What is kept between pages: where reading stands, and the first post that this reading stored."""

    at: Checkpoint
    first_id: int | None = None


def pump(
    adapter: Adapter,
    source: str,
    on_page: Callable[[Progress], None] = lambda _: None,
    go_on: Callable[[], bool] = lambda: True,
    owner: str | None = None,
    stop: Event | None = None,
) -> Summary:
    """Read a source from where it was left to its end; store its posts and queue them.

    Args:
        adapter: reads the source.
        source: name under which the checkpoint and the rejected items are kept.
        on_page: called after each page is stored.
        go_on: asked before each page; False stops there, and the next reading begins there.
        owner: see `ingest.prepare`. With one, who reads again and again, what is rejected is told once.
        stop: once set, no picture is waited for.

    Returns:
        What became of the items read now. Its `waiting` also holds posts that an interrupted reading stored
        and that have no scores yet (and, rarely, what somebody else stored meanwhile).

    Raises:
        InputError: the source as a whole cannot be read.
        Stopped: `stop` was set while pictures were read; their page is not stored, and is read again.
        ServiceUnavailable: the database or the media store cannot be reached. A broker that cannot be
            reached is only a message: the posts stay pending and are queued again later.
    """
    store, bell, done = open_store(), Bell(), False
    position, left = _left_at(source)
    summary = Summary(waiting=left)
    messages = bell.ring(left, last=False)
    while not done and go_on():
        page = adapter.fetch(position.at)
        done = page.done
        prepared = prepare(page, store, owner, stop)
        first_id = None if isinstance(adapter, Stream) else position.first_id  # streams have no end
        outcome, position, news = _commit(page, source, prepared, first_id)
        told = prepared.rejected if owner is None else news
        messages += [*_messages(page, told, prepared.warnings), *bell.ring(outcome.waiting, last=done)]
        summary += outcome
        on_page(Progress(page.fraction, summary, tuple(messages)))
        messages = []
    return summary


def _left_at(source: str) -> tuple[Position, tuple[int, ...]]:
    """Return where an interrupted reading stopped, and its posts that still wait for their scores."""
    with session_scope() as session:
        kept = checkpoints.load(session, source) or {}
        position = Position(kept.get("at", {}), kept.get("first_id"))
        left = posts.pending_since(session, position.first_id) if position.first_id else []
    return position, tuple(left)


def _commit(
    page: Page, source: str, prepared: Prepared, first_id: int | None
) -> tuple[Summary, Position, list[Rejected]]:
    """Store posts, deletions, rejections and checkpoint together; return which rejections are news, too."""
    with session_scope() as session:
        recorded = posts.record(session, prepared.posts)
        gone = set(prepared.deleted) - deletions.known(session, prepared.deleted)
        deletions.record(session, prepared.deleted)
        handles.record(session, prepared.handles)
        left = deletions.record_accounts(session, prepared.accounts)
        news = [
            item
            for item in prepared.rejected
            if rejections.record(session, source, _place(item), item.reason)
        ]
        position = Position(page.checkpoint, first_id or min(recorded.stored, default=None))
        checkpoints.save(session, source, _kept(page, position))
    outcome = Summary(
        posts=len(prepared.posts) + len(prepared.rejected) + len(prepared.deleted) + left,
        stored=len(recorded.stored),
        duplicates=recorded.duplicates,
        rejected=len(prepared.rejected),
        deleted=len(prepared.deleted) + left,
        warnings=len(prepared.warnings),
        waiting=(*recorded.stored, *recorded.waiting),
        news=len(recorded.stored) + len(gone) + left + len(news),
    )
    return outcome, position, news


def _kept(page: Page, position: Position) -> dict[str, Any]:
    """Return what the next reading goes on from."""
    if not page.done:
        return asdict(position)
    # A finished file begins at its start the next time, so that what was mended is read.
    return asdict(Position(page.checkpoint)) if page.live else {}


def _messages(page: Page, rejected: Iterable[Rejected], warnings: Iterable[str]) -> list[str]:
    reasons = [f"{item.where}: rejected: {item.reason}" for item in rejected]
    return [*page.notices, *reasons, *warnings]


def _place(item: Rejected) -> str:
    """Keep the end of a long place: the file's name and the line."""
    return item.where if len(item.where) <= MAX_PLACE else "..." + item.where[-MAX_PLACE:]
