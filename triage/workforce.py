"""Somebody must take the queues while a command waits: whoever does already, else processes of its own."""

import time
from contextlib import ExitStack

from triage import fleet, queue, readings

LOOK_SECONDS = 10.0
"""So often somebody who uses another's processes looks whether they are still there."""


class Workforce:
    """Sees to it that somebody takes each queue: others as long as they answer, else a process of our own."""

    def __init__(self, stack: ExitStack) -> None:
        """Look who takes the queues, and start what nobody does; it stops with the stack."""
        self._stack = stack
        self._own: dict[str, fleet.Part] = {}
        self._needed = [queue.SCORE, queue.READ] if readings.switched_on() else [queue.SCORE]
        self._looked = float("-inf")
        self.check()

    def check(self) -> None:
        """Look again, now and then.

        Raises:
            ServiceUnavailable: a process of our own ended by itself.
        """
        for part in self._own.values():
            part.require_running()
        missing = [name for name in self._needed if name not in self._own]
        if missing and time.monotonic() - self._looked > LOOK_SECONDS:
            taken = fleet.queues_taken()
            for name in missing:
                if name not in taken:
                    self._own[name] = self._stack.enter_context(fleet.running(*_process(name)))
            self._looked = time.monotonic()


def _process(takes: str) -> tuple[str, list[str]]:
    """Return the name and the command of what takes a queue."""
    return ("reader", fleet.reader_command()) if takes == queue.READ else ("worker", fleet.worker_command())
