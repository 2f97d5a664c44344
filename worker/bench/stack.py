"""Through Redis, Celery and PostgreSQL: servers and a home of their own, so that no real queue is touched."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from triage import fleet
from triage.errors import FlagpostError, ServiceUnavailable
from triage.settings import get_settings

OWN = ("FLAGPOST_DATABASE_URL", "FLAGPOST_BROKER_URL", "FLAGPOST_MEDIA_URL")


@dataclass(frozen=True)
class Stack:
    """Running services and a running worker."""

    worker: fleet.Part

    def posts_per_second(self, file: Path, *, batch_size: int | None = None) -> float:
        """Send a file through `flagpost run` and return how many posts a second came out scored.

        Args:
            file: posts as JSON lines.
            batch_size: posts to a queue message; 1 is the naive way: one task, one model call per post.

        Raises:
            ServiceUnavailable: not all of them came out.
        """
        size = {"FLAGPOST_BATCH_SIZE": str(batch_size)} if batch_size else {}
        command = [sys.executable, "-m", "triage", "run", str(file), "--json"]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, **size}
        )
        try:
            result = json.loads(done.stdout)
        except ValueError as error:
            raise ServiceUnavailable(f"`flagpost run` ended with {done.returncode}: {done.stderr}") from error
        if result["scored"] != result["posts"]:
            raise ServiceUnavailable(f"Not all posts were scored: {result}")
        return float(result["scored"] / result["seconds"])

    def memory(self) -> int:
        """Return the memory of the worker and its processes that is theirs alone, in bytes."""
        family = psutil.Process(self.worker.process.pid)
        return sum(process.memory_full_info().uss for process in [family, *family.children(recursive=True)])


@contextmanager
def stack(home: Path) -> Iterator[Stack]:
    """Run services and a worker under a home for as long as the block lasts."""
    before = dict(os.environ)
    os.environ["FLAGPOST_HOME"] = str(home)
    os.environ["FLAGPOST_READER"] = "off"  # it works when the worker is done, and is no part of its speed
    os.environ |= dict.fromkeys(OWN, "")  # empty, not absent: a .env file must not fill them
    get_settings.cache_clear()
    try:
        with fleet.services(), fleet.running("worker", fleet.worker_command()) as part:
            fleet.await_worker(part)
            yield Stack(part)
    except FlagpostError as error:
        raise ServiceUnavailable(f"{error} (logs: {home}/logs)") from error
    finally:
        os.environ.clear()
        os.environ.update(before)
        get_settings.cache_clear()
