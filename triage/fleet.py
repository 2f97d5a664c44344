"""The processes of one machine: worker, reader, beat and console, started and stopped together."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from triage import db, embedded, queue, readings, schema
from triage.errors import ServiceUnavailable
from triage.settings import get_settings

START_SECONDS = 60
STOP_SECONDS = 15
PING_SECONDS = 1.0
READER_NICENESS = "10"
"""The reader takes what processor time the worker leaves."""


@dataclass(frozen=True)
class Part:
    """One running process."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def require_running(self) -> None:
        """Check that it still runs.

        Raises:
            ServiceUnavailable: it ended; the message holds the end of its log.
        """
        if self.process.poll() is not None:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])
            raise ServiceUnavailable(f"The {self.name} ended by itself. The end of {self.log}:\n{tail}")


@contextmanager
def services() -> Iterator[None]:
    """Run the databases not configured by URL, with the newest schema, for as long as the block lasts.

    A configured database is never migrated unasked: it must have the newest schema.
    """
    with embedded.services():
        if get_settings().database_url is None:
            schema.migrate()
        schema.require_newest()
        yield


def worker_answers() -> bool:
    """Whether a worker that scores posts listens to this broker.

    Raises:
        ServiceUnavailable: the broker cannot be reached.
    """
    return queue.SCORE in queues_taken()


def queues_taken() -> set[str]:
    """Return the names of the queues that somebody listens to.

    Raises:
        ServiceUnavailable: the broker cannot be reached.
    """
    with queue.broker_errors():
        said = queue.app().control.inspect(timeout=PING_SECONDS).active_queues() or {}
    return {each["name"] for taken in said.values() for each in taken}


def worker_command() -> list[str]:
    """Return the command of a worker with one process per core (or FLAGPOST_WORKER_PROCESSES)."""
    processes = get_settings().worker_processes or os.cpu_count() or 1
    return _consumer("flagpost", queue.SCORE, processes)


def reader_command() -> list[str]:
    """Return the command of the reader: one process, which gives way to others."""
    return ["nice", "-n", READER_NICENESS, *_consumer("reader", queue.READ, 1)]


def _consumer(name: str, takes: str, processes: int) -> list[str]:
    own_name = f"{name}-{os.getpid()}@%h"  # two on one broker must not share a name
    return [*_celery(), "worker", "-c", str(processes), "-Q", takes, "-n", own_name, "--without-mingle"]


def beat_command() -> list[str]:
    """Return the command of the clock that rings for waiting posts and purges expired ones."""
    return [*_celery(), "beat", "-s", str(get_settings().home_dir / "run" / "beat")]


def console_command(host: str, port: int) -> list[str]:
    """Return the command of the console."""
    place = ["--host", host, "--port", str(port), "--no-server-header", "--no-access-log"]
    return [
        sys.executable,
        "-m",
        "uvicorn",
        "--factory",
        "--ws",
        "none",
        "triage.console.app:create_app",
        *place,
    ]


@contextmanager
def running(name: str, command: Sequence[str]) -> Iterator[Part]:
    """Run a command for as long as the block lasts; its output goes to `home`/logs/name.log."""
    log = get_settings().home_dir / "logs" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*_leash(), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_environment(),
            start_new_session=True,  # Ctrl-C reaches the parent, which stops its parts in order
        )
    try:
        yield Part(name, process, log)
    finally:
        _stop(process)


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn SIGTERM and SIGINT into KeyboardInterrupt within the block, so that all stops in order.

    Also where a shell started us in the background, which lets a process ignore SIGINT.
    """

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    before = {at: signal.signal(at, interrupt) for at in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for at, handler in before.items():
            signal.signal(at, handler)


def await_worker(part: Part) -> None:
    """Wait until a worker answers.

    Raises:
        ServiceUnavailable: it ended, or takes longer than `START_SECONDS`.
    """
    _await(worker_answers, [part])


def await_ready(parts: Sequence[Part], host: str, port: int) -> None:
    """Wait until a worker answers and the console listens.

    Raises:
        ServiceUnavailable: a part ended, or they take longer than `START_SECONDS`.
    """
    _await(lambda: _listens(host, port) and worker_answers(), parts)


def _await(ready: Callable[[], bool], parts: Sequence[Part]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        for part in parts:
            part.require_running()
        if time.monotonic() > deadline:
            names = " and ".join(part.name for part in parts)
            logs = get_settings().home_dir / "logs"
            raise ServiceUnavailable(f"Not ready after {START_SECONDS} s: {names}. See {logs}.")
        time.sleep(0.1)


def _listens(host: str, port: int) -> bool:
    with suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


def watch(parts: Sequence[Part]) -> NoReturn:
    """Wait until a part ends by itself.

    Raises:
        ServiceUnavailable: always, naming that part.
    """
    while True:
        for part in parts:
            part.require_running()
        time.sleep(0.5)


@contextmanager
def everything(host: str, port: int) -> Iterator[list[Part]]:
    """Run worker, reader (where pictures are read), beat and console on top of running services."""
    with ExitStack() as stack:
        parts = [stack.enter_context(running("worker", worker_command()))]
        if readings.switched_on():
            parts.append(stack.enter_context(running("reader", reader_command())))
        parts.append(stack.enter_context(running("beat", beat_command())))
        parts.append(stack.enter_context(running("console", console_command(host, port))))
        await_ready(parts, host, port)
        yield parts


def _celery() -> list[str]:
    return [sys.executable, "-m", "celery", "--quiet", "-A", "worker.app"]


def _leash() -> list[str]:
    """Return a prefix that ends a part when this process dies without a word, where the system has it."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def _environment() -> Mapping[str, str]:
    """Return the environment of a part: it must find the same databases, also with a relative home."""
    home = str(get_settings().home_dir)
    return {
        **os.environ,
        "FLAGPOST_HOME": home,
        "FLAGPOST_DATABASE_URL": db.database_url(),
        "PYTHONUNBUFFERED": "1",
    }


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask politely (Celery ends its running tasks first), then insist, children included."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
