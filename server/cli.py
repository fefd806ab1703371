"""The `handrail` command. Every problem an operator can cause ends in one clear line and exit code 1."""

import json
import signal
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec
from sqlalchemy.exc import OperationalError

from server import configured, drilling, migrations, upkeep
from server.app import create_app, openapi_document
from server.core import audit, strict_json
from server.core.db import Database, DatabaseUnusable, Tx
from server.core.errors import Refusal
from server.core.settings import Settings, SettingsError, load
from server.core.vault import Keys, KeysFileError
from server.core.zones import UnknownZone, zone
from server.people import actions
from server.people.schemas import StaffNew
from server.people.terms import Role
from server.sinks import sinks, without_sink
from server.watch.command import audit_escalations
from server.web import WebServer
from server.worker import Jobs, Worker

NOBODY = "nobody can be notified: set smtp_host or fcm_service_account"


SWITCH_SECONDS = 0.0005
"""How long one thread of the web process may hold the interpreter while SQLite's writer waits."""


@contextmanager
def one_line() -> Generator[None]:
    """Turn what an operator can mend into one line on standard error."""
    try:
        yield
    except (SettingsError, KeysFileError, DatabaseUnusable) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(
            f"{error.filename}: {error.strerror}" if error.filename else str(error)
        ) from None
    except OperationalError as error:
        first = str(error.orig).strip().splitlines()[0]
        raise click.ClickException(f"database: {first}") from None
    except Refusal as error:
        words = [f"{problem.path}: {problem.message}" for problem in error.errors]
        raise click.ClickException("; ".join(words) or error.detail or error.title) from None


@click.group()
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="Settings file (TOML); HANDRAIL_* variables override it.",
)
@click.pass_context
def main(context: click.Context, config: Path | None) -> None:
    """Handrail: crisis plans, check-ins and escalations until a human acts."""
    with one_line():
        context.obj = load(file=config)


@main.command()
@click.option("--programme", prompt="Programme's name, as clients see it", help="Name shown to clients.")
@click.option("--zone", "zone_name", prompt="Its time zone (such as America/Chicago)", help="IANA time zone.")
@click.option("--name", prompt="First administrator's name", help="First administrator.")
@click.option("--email", prompt="First administrator's e-mail", help="First administrator's e-mail.")
@click.pass_obj
def init(settings: Settings, programme: str, zone_name: str, name: str, email: str) -> None:
    """Create the keys file, the database, a programme and its first administrator."""
    with one_line():
        try:
            zone(zone_name)
        except UnknownZone:
            raise SettingsError(f"zone: {zone_name} is not an IANA time zone") from None
        new = strict_json.convert(
            {"name": name, "email": email.strip(), "role": Role.ADMINISTRATOR}, StaffNew
        )
        database = configured.initialise(settings)
        try:
            code = database.write_now(lambda tx: _first_administrator(tx, programme, zone_name, new))
        finally:
            database.close()
    click.echo(
        f"Keys:      {settings.keys_path} (back it up apart from the database; without it nothing opens)"
    )
    click.echo(f"Database:  {configured.database_file(settings) if settings.embedded else 'PostgreSQL'}")
    click.echo(f"Set {name}'s password within 72 hours with this code: {code}")


def _first_administrator(tx: Tx, programme: str, zone_name: str, new: StaffNew) -> str:
    row = actions.create_programme(tx, programme, zone_name)
    return actions.create_staff(tx, row.id, new)[2]


@contextmanager
def opened(settings: Settings) -> Generator[Database]:
    """The database for the length of one command."""
    database = configured.open_database(settings)
    try:
        yield database
    finally:
        database.close()


@main.command()
@click.option("--with-worker", is_flag=True, help="Run the worker in the same process (one machine).")
@click.pass_obj
def serve(settings: Settings, with_worker: bool) -> None:
    """Run the web process."""
    with one_line():
        configured.set_up_logging(settings)
        configured.check_port(settings)
        run_web(settings, with_worker=with_worker)


@contextmanager
def working(settings: Settings, database: Database) -> Generator[None]:
    """A worker for as long as the block runs; it finishes what it has begun. Without a way to staff none starts."""
    channels = configured.open_channels(settings)
    if not configured.reach_staff(channels):
        raise SettingsError(f"{NOBODY}; a worker without a channel would call nobody")
    worker = Worker(Jobs(database, channels, sinks(settings)))
    worker.start()
    try:
        yield
    finally:
        worker.stop()
        for channel in channels.values():
            channel.close()


def run_web(settings: Settings, *, with_worker: bool, ready: Callable[[], None] | None = None) -> None:
    """Serve until told to stop; the worker, if any, begins before and finishes after the web."""
    # On SQLite everybody waits for the one writer; at the interpreter's usual five milliseconds a turn it waits for
    # whoever is in the middle of theirs. PostgreSQL's threads wait for the database, and short turns only cost them.
    if settings.embedded:
        sys.setswitchinterval(SWITCH_SECONDS)
    with opened(settings) as database, ExitStack() as behind:
        web = WebServer(create_app(database, settings), settings)
        if with_worker:
            behind.enter_context(working(settings, database))
        if ready is not None:
            ready()
        configured.settle_memory()
        web.serve_until_stopped()


@main.command()
@click.pass_obj
def work(settings: Settings) -> None:
    """Run the worker; any number of them may run beside each other."""
    with one_line():
        configured.set_up_logging(settings)
        stopped = threading.Event()

        def stop(*_: Any) -> None:
            stopped.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        with opened(settings) as database, working(settings, database):
            configured.settle_memory()
            stopped.wait()


@main.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Bring the database to the newest schema."""
    with one_line():
        engine = configured.open_engine(settings, Keys.read(settings.keys_path))
        before = migrations.current(engine)
        migrations.upgrade(engine)
        click.echo(f"Schema: {before} → {migrations.current(engine)}")
        engine.dispose()


@main.command("check-config")
@click.pass_obj
def check_config(settings: Settings) -> None:
    """Check settings, keys, database and channels without starting anything."""
    with one_line():
        with opened(settings) as database:
            overdue = database.read_now(upkeep.lines_to_check)
        no_web_push = configured.no_web_push(settings)
        channels = configured.open_channels(settings)
        for channel in channels.values():
            channel.close()
    for programme, line in overdue:
        click.echo(f"Crisis line due for a check ({programme}): {line}", err=True)
    click.echo(f"Settings, keys and database are in order. Channels: {', '.join(channels) or 'none'}.")
    if no_web_push:
        click.echo(f"No Web Push to the phone app: {no_web_push}.")
    if left_out := without_sink(settings, channels):
        click.echo(f"The synthetic case does not go down: {', '.join(left_out)} (no sink is set).")
    if not configured.reach_staff(channels):
        click.echo(f"{NOBODY}.", err=True)
        sys.exit(1)


@main.command()
@click.option("--email", required=True, help="E-mail of the staff member.")
@click.option("--programme", help="The programme's name, where the e-mail is known in more than one.")
@click.pass_obj
def recover(settings: Settings, email: str, programme: str | None) -> None:
    """Let a staff member begin anew with a one-time code, when no administrator can."""
    with one_line(), opened(settings) as database:
        code = database.write_now(lambda tx: upkeep.recover(tx, email, programme))
    click.echo(f"Set a new password within 72 hours with this code, then add a second factor: {code}")


@main.command()
@click.option("--programme", help="The programme's name, where there is more than one.")
@click.option("--team", help="The team whose duty is tested; the programme's first one unless named.")
@click.option("--last", "ask", is_flag=True, help="Start none: show the last drills and who answered.")
@click.pass_obj
def drill(settings: Settings, programme: str | None, team: str | None, ask: bool) -> None:
    """Call whoever is on duty, as practice: marked as such everywhere, and never shown to a client."""
    with one_line(), opened(settings) as database:
        if ask:
            drilling.tell_last(*database.read_now(lambda tx: drilling.last(tx, programme)))
        else:
            drilling.tell_started(*database.write_now(lambda tx: drilling.start(tx, programme, team)))


@main.command("rewrap-keys")
@click.pass_obj
def rewrap_keys(settings: Settings) -> None:
    """After a new active key-encryption key was added to the keys file: wrap every key by it."""
    with one_line(), opened(settings) as database:
        changed = upkeep.rewrap(database)
    click.echo(
        f"Keys wrapped anew: {changed}. The old key-encryption key is no longer needed for this database."
    )


@main.command("check-audit")
@click.option(
    *("--head", "kept"),
    type=(click.IntRange(1, 2**31 - 1), str),
    metavar="NUMBER DIGEST",
    help="A head that was kept.",
)
@click.pass_obj
def check_audit(settings: Settings, kept: tuple[int, str] | None) -> None:
    """Check the audit chain, and a head kept on another machine, and print the head of now."""
    with one_line(), opened(settings) as database:
        broken = database.read_now(audit.first_broken_seal)
        head = database.read_now(upkeep.audit_head)
        held = kept is None or database.read_now(lambda tx: upkeep.holds_head(tx, *kept))
    if broken is not None:
        raise click.ClickException(f"the audit rows of link {broken} are not what was sealed")
    if kept and not held:
        raise click.ClickException(
            f"link {kept[0]} is not in this chain as it was kept: rows were cut off, or the chain was made anew"
        )
    click.echo(f"The audit chain holds. Head: {f'{head[0]} {head[1]}' if head else 'nothing sealed yet'}")


@main.command()
def openapi() -> None:
    """Print the OpenAPI description."""
    click.echo(json.dumps(openapi_document(), indent=1, sort_keys=True, ensure_ascii=False))


@main.command()
@click.pass_obj
def demo(settings: Settings) -> None:
    """Load the demonstration programme (once) and serve it with the worker in one process."""
    from server import demo as demonstration

    with one_line():
        configured.set_up_logging(msgspec.structs.replace(settings, log_level="warning"))
        configured.check_port(settings)
        with demonstration.claimed(settings):
            run_web(settings, with_worker=True, ready=demonstration.prepare(settings))


main.add_command(audit_escalations)


if __name__ == "__main__":
    main()
