"""Wait until stored posts are scored."""

import time
from collections.abc import Callable, Sequence

from triage import attempts, posts, queue
from triage.db import session_scope
from triage.posts import Tally

POLL_SECONDS = 0.2
RING_SECONDS = 10.0


def await_scores(post_ids: Sequence[int], on_poll: Callable[[Tally], None], timeout: float | None) -> Tally:
    """Wait until none of the posts is pending.

    Args:
        post_ids: ids of stored posts.
        on_poll: called with each count; may raise to give up.
        timeout: longest wait in seconds; the result then still has pending posts. None: no limit.

    Returns:
        How many of the posts are scored, failed, flagged, and still pending.

    """
    begin = rung = time.monotonic()
    while True:
        now = time.monotonic()
        with session_scope() as session:
            tally = posts.tally(session, post_ids)
        on_poll(tally)
        if not tally.pending or (timeout is not None and now - begin > timeout):
            return tally
        if now - rung > RING_SECONDS:
            _ring_for_overdue()
            rung = now
        # Counting many posts takes a while itself; never spend more than a tenth of the time on it.
        time.sleep(max(POLL_SECONDS, 9 * (time.monotonic() - now)))


def _ring_for_overdue() -> None:
    """Do what beat does where it runs: queue posts again whose message was lost."""
    with session_scope() as session:
        late = attempts.overdue(session)
    queue.enqueue(late)
