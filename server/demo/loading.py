"""Loading the demonstration: all of it in a folder of its own, then moved into place. Half of it is never used.

The folder `loading` holds keys, database and, written last, demo.json. While demo.json is not there the load did
not finish and is done again from nothing; once it is, all that is left to do is to move three files, and a start
that finds them half moved goes on moving.
"""

import shutil
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from sqlalchemy import event

from server import configured
from server.core.clock import SystemClock
from server.core.db import Database, DatabaseUnusable
from server.core.settings import Settings
from server.demo import filling, handout

_FOLDER = "loading"


def needed(settings: Settings) -> bool:
    """True when there is no whole demonstration in the folder; finishes a move that was interrupted.

    DatabaseUnusable where something else is kept there, or the settings name another place.
    """
    if not settings.embedded or settings.keys_file is not None:
        raise DatabaseUnusable(
            "the demonstration keeps to its own folder: leave database and keys_file unset"
        )
    loading = settings.data / _FOLDER
    if (loading / handout.FILE).exists():
        _move(loading, settings.data)
    if (settings.data / handout.FILE).exists():
        return False
    for file in (configured.database_file(settings), settings.keys_path):
        if file.exists():
            raise DatabaseUnusable(
                f"{file} is not the demonstration's; choose another folder: make demo DATA=…"
            )
    return True


def load(settings: Settings) -> None:
    """Load everything into a fresh folder, then move it into place."""
    loading = settings.data / _FOLDER
    shutil.rmtree(loading, ignore_errors=True)
    loading.mkdir(parents=True, mode=0o700)
    apart = replace(settings, data=loading)
    db = configured.initialise(apart)
    try:
        _hurry(db)
        given = filling.fill(db, SystemClock().now(), settings.address)
        _onto_disk(db)
    finally:
        db.close()
    handout.write(given, loading)
    _move(loading, settings.data)


def _hurry(db: Database) -> None:
    """Do not wait for the disk after every step: a load that is interrupted is done again anyway."""
    db.engine.dispose()

    @event.listens_for(db.engine, "connect")
    def connected(connection: Any, _: Any) -> None:  # pyright: ignore[reportUnusedFunction]  registered
        connection.execute("PRAGMA synchronous = OFF")


def _onto_disk(db: Database) -> None:
    """Bring everything into the one database file, and that onto the disk."""
    connection: Any = db.engine.raw_connection()
    try:
        connection.driver_connection.execute("PRAGMA synchronous = FULL")
        connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.close()


def _move(loading: Path, folder: Path) -> None:
    """Put the finished files into place, demo.json last; may be repeated."""
    for file in sorted(loading.iterdir(), key=lambda file: file.name == handout.FILE):
        file.replace(folder / file.name)
    loading.rmdir()
