import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from triage import db, schema
from triage.errors import ServiceUnavailable
from triage.models import Base

pytestmark = pytest.mark.usefixtures("database")


def test_the_migrations_make_exactly_the_tables_of_the_code() -> None:
    with db.engine().connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_migrating_again_changes_nothing() -> None:
    schema.migrate()
    assert schema.version() == schema.newest()


def test_an_old_schema_is_refused_with_what_to_do() -> None:
    with db.engine().begin() as connection:
        connection.execute(text("update alembic_version set version_num = '0000'"))
    try:
        with pytest.raises(ServiceUnavailable, match="flagpost migrate"):
            schema.require_newest()
    finally:
        with db.engine().begin() as connection:
            connection.execute(text("update alembic_version set version_num = :it"), {"it": schema.newest()})


def test_a_query_on_tables_of_another_version_says_to_migrate() -> None:
    with pytest.raises(ServiceUnavailable, match="flagpost migrate"), db.session_scope() as session:
        session.execute(text("select tomorrows_column from posts"))


def test_the_audit_log_refuses_to_be_changed() -> None:
    for statement in ("delete from audit_log", "update audit_log set actor = 'me'", "truncate audit_log"):
        with pytest.raises(Exception, match="append-only"), db.engine().begin() as connection:
            connection.execute(text(statement))
