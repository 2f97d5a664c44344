"""Real processes for tests: started, waited for, stopped."""

import socket
import time
from collections.abc import Callable

from triage import fleet


def until(reached: Callable[[], bool], part: fleet.Part | None = None, seconds: float = 60) -> None:
    """Wait until something is reached; fail with the end of the part's log where it is not."""
    deadline = time.monotonic() + seconds
    while not reached():
        if part:
            part.require_running()
        assert time.monotonic() < deadline, part.log.read_text()[-3000:] if part else "too late"
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
