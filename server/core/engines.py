"""Opening the two databases safely: an encrypted SQLite file, or PostgreSQL with limits on everything."""

import importlib
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import QueuePool

OLDEST_SQLITE = (3, 51, 3)

LIMITS = {
    "statement_timeout": "30s",
    # Whoever waits is told "not stored, try again" before the phone gives up, and gives up before what a frozen node
    # holds is let go: so none of the same node's other requests takes it over from there.
    "lock_timeout": "4s",
    # A node that is frozen within a transaction holds what others wait for no longer than this. Ours think for some
    # milliseconds between two statements; one that is cut all the same is run again, or was not stored.
    "idle_in_transaction_session_timeout": "5s",
}
"""The longest that PostgreSQL waits for a statement, for a lock, and for a node that is silent in a transaction."""


class DatabaseUnusable(Exception):
    """The database cannot be used as it is; one line says why."""


def embedded_engine(path: Path, key: bytes) -> Engine:
    """The encrypted SQLite file at `path`. Writers take the lock at BEGIN; every commit is on disk."""
    dbapi2: Any = importlib.import_module("sqlcipher3.dbapi2")  # ships no types

    if dbapi2.sqlite_version_info < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        raise DatabaseUnusable(f"SQLite {dbapi2.sqlite_version} can lose data; {oldest} or newer is needed")

    path.touch(mode=0o600)  # the write-ahead log and its index get the same mode

    def connect() -> Any:
        connection = dbapi2.connect(str(path), isolation_level=None, check_same_thread=False, timeout=10)
        try:
            connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
            for pragma in (
                "journal_mode = WAL",
                "synchronous = FULL",
                "foreign_keys = ON",
                "busy_timeout = 10000",
                "secure_delete = ON",
                "wal_autocheckpoint = 2000",
                "cache_size = -16000",
            ):
                connection.execute(f"PRAGMA {pragma}")
        except dbapi2.DatabaseError as error:
            connection.close()
            if "not a database" in str(error):
                raise DatabaseUnusable(f"{path} does not open with this keys file") from None
            raise
        return connection

    engine = create_engine(
        "sqlite://",
        module=dbapi2,
        creator=connect,
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=8,
        hide_parameters=True,
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:  # pyright: ignore[reportUnusedFunction]  registered by the decorator
        # A reader that later writes could find the lock taken by then; writers therefore say so at the start.
        deferred = connection.get_execution_options().get("deferred", False)
        connection.exec_driver_sql("BEGIN" if deferred else "BEGIN IMMEDIATE")

    return engine


def server_engine(url: str, *, pool_size: int = 8) -> Engine:
    """PostgreSQL at `url`, with limits so that no statement, lock or forgotten transaction hangs a node.

    With several hosts, written as libpq writes them, each connection goes to the one that takes writes.
    """
    options = " ".join(f"-c {name}={longest}" for name, longest in LIMITS.items())
    return create_engine(
        _address(url),
        pool_size=pool_size,
        max_overflow=4,
        pool_pre_ping=False,
        pool_recycle=1800,
        hide_parameters=True,
        connect_args={
            "options": options,
            "connect_timeout": 5,
            # psycopg forgets every statement it prepared at each rollback, ours among them; server/core/pq.py keeps
            # those that matter.
            "prepare_threshold": None,
            "application_name": "handrail",
            # A server that vanished without a word is noticed within half a minute, not after hours.
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 15000,
        },
    )


def _address(url: str) -> str:
    """The address in SQLAlchemy's words, which names several hosts behind the question mark."""
    place, _, options = url.split("://", 1)[1].partition("?")
    where, _, database = place.partition("/")
    user, at, hosts = where.rpartition("@")
    if "," not in hosts:
        return f"postgresql+psycopg://{place}" + (f"?{options}" if options else "")
    each = [f"host={host if ':' in host else host + ':5432'}" for host in hosts.split(",")]
    if "target_session_attrs=" not in options:
        each.append("target_session_attrs=read-write")
    return f"postgresql+psycopg://{user}{at}/{database}?" + "&".join([*each, *([options] if options else [])])
