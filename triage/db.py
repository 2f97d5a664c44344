"""The engine and the one place that commits: `session_scope()`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from psycopg.errors import UndefinedColumn, UndefinedTable
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from triage import embedded
from triage.errors import ConfigurationError, ServiceUnavailable
from triage.settings import get_settings

APPLICATION = "flagpost"


def database_url() -> str:
    """Return the SQLAlchemy URL of the configured or of the running embedded PostgreSQL.

    Raises:
        ConfigurationError: the configured URL is not one of PostgreSQL.
        ServiceUnavailable: nothing is configured and the embedded server does not run.

    """
    given = get_settings().database_url or embedded.database_url()
    try:
        url = make_url(given)
    except ArgumentError as error:
        raise ConfigurationError("FLAGPOST_DATABASE_URL is not a database URL.") from error
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise ConfigurationError("FLAGPOST_DATABASE_URL must begin with postgresql://")
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


@lru_cache(maxsize=1)
def _engine(_process: int) -> Engine:
    return create_engine(
        database_url(),
        pool_pre_ping=True,
        pool_size=5,
        insertmanyvalues_page_size=2000,
        connect_args={"application_name": APPLICATION, "connect_timeout": 5},
    )


def engine() -> Engine:
    """Return this process's engine. Keyed by process id: a forked child never shares a connection."""
    return _engine(os.getpid())


def forget_engine() -> None:
    """Close this process's connections; the next use connects anew (to another server, perhaps)."""
    if _engine.cache_info().currsize:
        engine().dispose()
    _engine.cache_clear()


@contextmanager
def session_scope() -> Iterator[Session]:
    """Open a session; commit at the end, roll back on any error. Nothing else in Flagpost commits.

    Raises:
        ServiceUnavailable: the database cannot be reached, refuses (disk full, shutting down, ...), or
            holds the tables of another version.
    """
    try:
        with Session(engine(), expire_on_commit=False) as session, session.begin():
            yield session
    except OperationalError as error:
        raise ServiceUnavailable(
            f"The database cannot be reached or refuses: {str(error.orig).strip()}. "
            "Check FLAGPOST_DATABASE_URL, or run `flagpost doctor`."
        ) from error
    except ProgrammingError as error:
        if not isinstance(error.orig, UndefinedTable | UndefinedColumn):
            raise
        raise ServiceUnavailable(
            f"The database was made by another version of Flagpost: {_first_line(error.orig)}. "
            "Run `flagpost migrate`."
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def reachable() -> None:
    """Ask the database for one row.

    Raises:
        ServiceUnavailable: it cannot be reached.

    """
    with session_scope() as session:
        session.execute(text("select 1"))
