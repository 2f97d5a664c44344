"""Wait until stored posts are scored, and until the words in their pictures are read."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy.orm import Session

from triage import attempts, post_readings, posts, queue, readings
from triage.db import session_scope
from triage.post_readings import Progress
from triage.posts import Tally

POLL_SECONDS = 0.2
RING_SECONDS = 10.0

T = TypeVar("T")


def await_scores(post_ids: Sequence[int], on_poll: Callable[[Tally], None], timeout: float | None) -> Tally:
    """Wait until none of the posts is pending.

    Args:
        post_ids: ids of stored posts.
        on_poll: called with each count; may raise to give up.
        timeout: longest wait in seconds; the result then still has pending posts. None: no limit.

    Returns:
        How many of the posts are scored, failed, flagged, and still pending.

    """
    return _await(
        lambda session: posts.tally(session, post_ids), lambda tally: tally.pending, on_poll, timeout
    )


def await_readings(
    post_ids: Sequence[int], on_poll: Callable[[Progress], None], timeout: float | None
) -> Progress:
    """Wait until no picture of the posts waits to be read; see `await_scores`."""

    def count(session: Session) -> Progress:
        return post_readings.progress(session, post_ids)

    return _await(count, lambda found: found.waiting, on_poll, timeout)


def _await(
    count: Callable[[Session], T],
    waiting: Callable[[T], int],
    on_poll: Callable[[T], None],
    timeout: float | None,
) -> T:
    begin = rung = time.monotonic()
    while True:
        now = time.monotonic()
        with session_scope() as session:
            found = count(session)
        on_poll(found)
        if not waiting(found) or (timeout is not None and now - begin > timeout):
            return found
        if now - rung > RING_SECONDS:
            _ring_for_overdue()
            rung = now
        # Counting many posts takes a while itself; never spend more than a tenth of the time on it.
        time.sleep(max(POLL_SECONDS, 9 * (time.monotonic() - now)))


def _ring_for_overdue() -> None:
    """Do what beat does where it runs: ring again for what waits though its message was lost."""
    with session_scope() as session:
        late = attempts.overdue(session)
        forgotten = readings.none_begun(session)
    queue.enqueue(late)
    if forgotten:
        queue.ring_reader()
