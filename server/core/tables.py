"""What every table is made of: one declarative base and the column types the two databases share."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, DateTime, Enum, LargeBinary, MetaData, Uuid
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine
from uuid_utils.compat import uuid7

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


Instant = datetime | ColumnElement[datetime]
"""A moment, or the place for one in a statement that is made once."""


class UTCDateTime(TypeDecorator[datetime]):
    """An aware instant. Naive values are refused; SQLite keeps whole microseconds since 1970 as an integer."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone; naive datetimes are refused")
        if dialect.name == "sqlite":
            return (value - EPOCH) // timedelta(microseconds=1)
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "sqlite":
            return EPOCH + timedelta(microseconds=value)
        return value.astimezone(UTC)


class Id(TypeDecorator[UUID]):
    """A UUIDv7 key: native on PostgreSQL, 16 bytes on SQLite (half the size of text, and in time order)."""

    impl = Uuid
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(LargeBinary(16))
        return dialect.type_descriptor(Uuid())

    def bind_processor(self, dialect: Dialect) -> Any:
        return super().bind_processor(dialect) if dialect.name == "sqlite" else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        return super().result_processor(dialect, coltype) if dialect.name == "sqlite" else None

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return value.bytes

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        if value is None or dialect.name != "sqlite":
            return value
        return UUID(bytes=bytes(value))


class Base(DeclarativeBase):
    """The base of all tables, with named constraints so that migrations can speak of them."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UTCDateTime(), UUID: Id(), bytes: LargeBinary()}  # noqa: RUF012  SQLAlchemy's own idiom


def words(enum: type[StrEnum]) -> Enum:
    """A column type for a StrEnum kept as its plain word, with a CHECK that names the allowed words."""

    def values(members: type[StrEnum]) -> list[str]:
        return [member.value for member in members]

    values_callable: Callable[[Any], list[str]] = values
    return Enum(
        enum,
        native_enum=False,
        length=32,
        create_constraint=True,
        values_callable=values_callable,
        name=enum.__name__.lower(),
    )


def new_id() -> UUID:
    """A fresh UUIDv7: unique, and later ids sort after earlier ones."""
    return uuid7()


Key = Annotated[UUID, mapped_column(Id(), primary_key=True, default=new_id)]
Sealed = Annotated[bytes, mapped_column(LargeBinary())]
SealedOrNone = Annotated[bytes | None, mapped_column(LargeBinary())]
