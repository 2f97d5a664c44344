"""Ring the queue for stored posts. A broker that is down costs time, never a post."""

from triage import queue
from triage.errors import ServiceUnavailable


class Bell:
    """Queues post ids; after a failure it waits for the last call, not for the broker at every page."""

    def __init__(self) -> None:
        self._unsent: list[int] = []

    def ring(self, post_ids: tuple[int, ...], *, last: bool) -> list[str]:
        """Queue posts after their commit, and return what a person should hear about it.

        Args:
            post_ids: ids of committed posts.
            last: no call follows, so what could not be sent before is tried once more.
        """
        failed_before = bool(self._unsent)
        self._unsent.extend(post_ids)
        if not self._unsent or (failed_before and not last):
            return []
        try:
            queue.enqueue(self._unsent)
        except ServiceUnavailable as error:
            return [str(error)] if not failed_before or last else []
        self._unsent.clear()
        return []
