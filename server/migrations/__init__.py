"""The one chain of migrations for all packages."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from server.core.tables import Base
from server.migrations.tables import import_all


def _config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to `revision`; each step is one transaction."""
    command.upgrade(_config(engine), revision)


def current(engine: Engine) -> str | None:
    """The revision the database is at."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The newest revision in the chain."""
    return ScriptDirectory(str(Path(__file__).parent)).get_current_head()


def drift(engine: Engine) -> list[object]:
    """How the migrated schema differs from the models; empty when it does not."""
    import_all()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def make_revision(engine: Engine, message: str) -> None:
    """Write a new revision from the models (for developers)."""
    command.revision(_config(engine), message=message, autogenerate=True)
