"""The one chain of migrations for all packages.

What each start asks (where the database is, where the chain ends) is read plainly; Alembic, four megabytes of every
process, is loaded by whoever changes a schema.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, inspect, text

from server.core.tables import Base
from server.migrations.tables import import_all

if TYPE_CHECKING:
    from alembic.config import Config

_HERE = Path(__file__).parent


def current(engine: Engine) -> str | None:
    """The revision the database is at."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("select version_num from alembic_version")).scalar_one_or_none()


def head() -> str:
    """The newest revision in the chain: files begin with their revision's number."""
    return max(path.name.split("_")[0] for path in _HERE.glob("versions/[0-9]*.py"))


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to `revision`; each step is one transaction."""
    from alembic import command

    command.upgrade(_config(engine), revision)


def drift(engine: Engine) -> list[object]:
    """How the migrated schema differs from the models; empty when it does not."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    import_all()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def make_revision(engine: Engine, message: str) -> None:
    """Write a new revision from the models (for developers)."""
    from alembic import command

    command.revision(_config(engine), message=message, autogenerate=True, rev_id=f"{int(head()) + 1:04}")


def _config(engine: Engine) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.attributes["engine"] = engine
    return config
