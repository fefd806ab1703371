"""`handrail demo`: a believable programme to try everything with. Loaded once, then gone on with.

Everybody in it is invented. It is for looking at and for trying things out, never for real people.
"""

import fcntl
from collections.abc import Callable, Generator
from contextlib import contextmanager

import click

from server import configured
from server.core.db import DatabaseUnusable
from server.core.settings import Settings
from server.demo import handout, loading


@contextmanager
def claimed(settings: Settings) -> Generator[None]:
    """The folder for this process alone: two demonstrations on one folder would undo each other's codes."""
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (settings.data / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DatabaseUnusable(
                f"another demonstration runs on {settings.data}; stop it, or choose another folder: make demo DATA=…"
            ) from None
        yield


def prepare(settings: Settings) -> Callable[[], None]:
    """Load the demonstration where there is none yet, renew its codes, and return what prints the handout."""
    if loading.needed(settings):
        click.echo("Loading the demonstration (a few seconds) ...")
        loading.load(settings)
    db = configured.open_database(settings)
    try:
        given = handout.renewed(handout.read(settings.data), settings, db)
    finally:
        db.close()
    handout.write(given, settings.data)
    return lambda: click.echo(handout.table(given))
