"""Alembic's entry: runs migrations on the engine it is handed, with a short lock timeout on PostgreSQL."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Engine, text
from sqlalchemy.types import TypeDecorator

from server.core.tables import Base
from server.migrations.tables import import_all

import_all()


def _render(kind: str, thing: Any, autogen: Any) -> str | Literal[False]:
    if kind == "type" and type(thing).__module__ == "server.core.tables":
        autogen.imports.add("from server.core import tables")
        return f"tables.{thing!r}"
    if kind == "type" and isinstance(thing, TypeDecorator):
        return f"sa.{thing.impl!r}"  # a type of one package's own is stored as what it wraps
    return False


engine: Engine = context.config.attributes["engine"]
with engine.connect() as connection:
    if connection.dialect.name == "postgresql":
        # A migration waits for locks no longer than this: better to fail and be run again than to stop the service.
        connection.execute(text("set lock_timeout = '4s'"))
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transaction_per_migration=True,
        transactional_ddl=True,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=_render,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
