"""What all tables share: names of constraints, column types, and a primary key."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    Identity,
    Interval,
    MetaData,
    Text,
    any_,
    func,
    literal,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, mapped_column

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Id = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
Now = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.now())]


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        int: BigInteger,
        str: Text,
    }


def among(column: InstrumentedAttribute[int], ids: Iterable[int]) -> ColumnElement[bool]:
    """Return the SQL of a check that a column holds one of some ids: one array, however many there are."""
    return column == any_(literal(list(ids), ARRAY(BigInteger)))


def from_now(**span: float) -> ColumnElement[datetime]:
    """Return the SQL of a moment by the database's clock: `from_now(days=30)`, `from_now(hours=-1)`."""
    return func.now() + literal(timedelta(**span), Interval)


def one_of(column: str, values: type) -> str:
    """Return the SQL of a check that a column holds one of an enum's values."""
    allowed = ", ".join(f"'{value}'" for value in values)  # type: ignore[attr-defined]
    return f"{column} in ({allowed})"
