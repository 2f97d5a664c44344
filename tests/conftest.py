"""Real services for all tests: PostgreSQL and Redis, started once per run, emptied between tests."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from ingest.http import fetcher
from triage import db, embedded, handles, media, policy, pseudonyms, queue, schema
from triage.models import Base
from triage.settings import get_settings
from worker.extras import prepare_tensorflow

prepare_tensorflow()

ROOT = Path(__file__).parent.parent
TOY_POLICY = Path(__file__).with_name("toy_policy.toml")
CACHES = (
    get_settings,
    media.open_store,
    policy.current,
    pseudonyms._key,
    handles._public_key,
    queue.app,
    fetcher.shared,
)


def forget() -> None:
    """Let this process read its settings anew."""
    db.forget_engine()
    for cache in CACHES:
        cache.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def home() -> Iterator[Path]:
    """A FLAGPOST_HOME of this test run, so that nobody's own state is touched."""
    folder = Path(tempfile.mkdtemp(prefix="flagpost-test-"))
    for name in [name for name in os.environ if name.startswith("FLAGPOST_") and name != "FLAGPOST_DATA"]:
        del os.environ[name]
    os.environ["FLAGPOST_HOME"] = str(folder)
    forget()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def _fresh_settings() -> Iterator[None]:
    """Leave no changed setting behind."""
    forget()
    yield
    forget()


@pytest.fixture(scope="session")
def services(home: Path) -> Iterator[None]:
    """The embedded PostgreSQL, migrated, and Redis, for the whole test run."""
    with embedded.services():
        schema.migrate()
        yield


@pytest.fixture
def database(services: None) -> Iterator[None]:
    """A migrated database and a queue with nothing in them."""
    tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
    with db.engine().begin() as connection:
        connection.execute(
            text("set local session_replication_role = replica")
        )  # the audit log refuses truncate
        connection.execute(text(f"truncate {tables} restart identity cascade"))
    empty_queue()
    yield
    db.forget_engine()


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that need no model: a caption that says `toy-threat` is flagged."""
    monkeypatch.setenv("FLAGPOST_POLICY", str(TOY_POLICY))
    monkeypatch.setenv("FLAGPOST_SCORERS", "toy_text,toy_image")
    monkeypatch.setenv("FLAGPOST_WORKER_PROCESSES", "1")
    monkeypatch.setenv("FLAGPOST_READER", "off")


def empty_queue() -> None:
    """Forget every message."""
    with embedded._redis_client() as client:
        client.flushall()


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder with the real pictures and texts; skips where there is none, and fails in CI."""
    folder = Path(os.environ.get("FLAGPOST_DATA", ROOT.parent / "shared" / "data")).resolve()
    if not (folder / "images" / "index.csv").is_file():
        reason = f"no data at {folder}: set FLAGPOST_DATA to the folder with images/ and text/"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


FLAGPOST = Path(sys.executable).with_name("flagpost")


def flagpost(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the real `flagpost` command in a process of its own."""
    command = [str(FLAGPOST), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False, input=stdin)
