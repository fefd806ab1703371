"""`handrail demo`: a believable programme to try everything with. Loaded once, then gone on with.

Everybody in it is invented. It is for looking at and for trying things out, never for real people.
"""

from collections.abc import Callable

import click

from server import configured
from server.core.settings import Settings
from server.demo import handout, loading


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
