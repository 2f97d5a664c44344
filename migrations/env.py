"""Alembic's environment: the configured database, or the embedded one, started for as long as it takes."""

from alembic import context

from triage import db, embedded
from triage.models import Base

LOCK = 0x6D696772


def run() -> None:
    """Run the migrations in one transaction, giving up rather than blocking a busy database."""
    with embedded.database(), db.engine().connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata)
        with context.begin_transaction():
            # Two first starts at once: the second waits here, and then finds nothing left to do.
            connection.exec_driver_sql(f"select pg_advisory_xact_lock({LOCK})")
            connection.exec_driver_sql("set local lock_timeout = '10s'")
            connection.exec_driver_sql("set local statement_timeout = '15min'")
            context.run_migrations()


if context.is_offline_mode():
    context.configure(url="postgresql://", target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    run()
