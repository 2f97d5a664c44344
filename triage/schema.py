"""The database schema: Alembic migrations, run from `flagpost migrate` or `alembic upgrade head`."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from triage import db
from triage.errors import ServiceUnavailable

ROOT = Path(__file__).parent.parent


def alembic_config() -> Config:
    """Return Alembic's configuration, wherever the command is run from."""
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return config


def migrate() -> None:
    """Bring the database to the newest schema. On a database that has it, nothing happens."""
    command.upgrade(alembic_config(), "head")


def version() -> str | None:
    """Return the schema version the database has, None where it has none."""
    with db.engine().connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """Return the schema version this Flagpost needs."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def require_newest() -> None:
    """Check that the database has the schema this Flagpost needs.

    Raises:
        ServiceUnavailable: it has another one; the message says what to run.

    """
    db.reachable()
    have, need = version(), newest()
    if have != need:
        raise ServiceUnavailable(
            f"The database has schema {have or 'none'}, this Flagpost needs {need}. Run `flagpost migrate`."
        )
