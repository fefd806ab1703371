"""From settings to running parts: the database with its keys, and the channels that are configured."""

import gc
import logging
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Engine, exists, select
from sqlalchemy.exc import ArgumentError

from notifications.delivery import vapid
from notifications.delivery.channels.base import LONGEST, Channel
from notifications.delivery.channels.console import ConsoleChannel
from notifications.delivery.channels.email import EmailChannel
from notifications.delivery.channels.switched import SHARE, SwitchedChannel
from notifications.delivery.models import ChannelName
from notifications.delivery.providers.chosen import may_call, providers
from server import migrations
from server.core import log_lines
from server.core.db import Database, DatabaseUnusable, Tx, embedded_engine, server_engine
from server.core.settings import Settings, SettingsError
from server.core.tables import new_id
from server.core.vault import Keys, SealBroken, Vault
from server.people.models import Installation

_CHECK = "installation.keys_check"
_SENTENCE = "These keys belong to this database."


def database_file(settings: Settings) -> Path:
    """Where the embedded database is."""
    return settings.data / "handrail.db"


def open_engine(settings: Settings, keys: Keys) -> Engine:
    """The engine the settings name."""
    if settings.embedded:
        settings.data.mkdir(parents=True, exist_ok=True)
        return embedded_engine(database_file(settings), keys.database)
    try:
        conninfo_to_dict(settings.database)
        return server_engine(settings.database, pool_size=settings.database_threads + 2)
    except (psycopg.ProgrammingError, ArgumentError, ValueError) as error:
        # Any other words of this error may hold the password.
        known = str(error).startswith("invalid URI query parameter")
        words = str(error).splitlines()[0] if known else "write postgresql://user:password@host:port/name"
        raise SettingsError(f"database: {words}") from None


def open_database(settings: Settings) -> Database:
    """The database, after making sure that it is migrated and that the keys file is the one it was made with."""
    if settings.embedded and not database_file(settings).exists():
        raise DatabaseUnusable(
            f"there is no database at {database_file(settings)}; run `handrail init` first"
        )
    keys = Keys.read(settings.keys_path)
    engine = open_engine(settings, keys)
    database = Database(engine, Vault(keys), threads=settings.database_threads)
    try:
        at = migrations.current(engine)
        if at != migrations.head():
            raise DatabaseUnusable(
                f"the database is at schema {at}, not {migrations.head()}; run `handrail migrate`"
            )
        database.read_now(check_keys)
    except BaseException:
        database.close()
        raise
    return database


def initialise(settings: Settings) -> Database:
    """Keys, schema and the keys check; goes on where an earlier try stopped, refuses a second time."""
    if not settings.keys_path.exists():
        if settings.embedded and database_file(settings).exists():
            raise DatabaseUnusable(
                f"there is a database, but no keys file at {settings.keys_path}; without it nothing opens"
            )
        Keys.fresh().write(settings.keys_path)
    keys = Keys.read(settings.keys_path)
    engine = open_engine(settings, keys)
    database = Database(engine, Vault(keys), threads=settings.database_threads)
    try:
        migrations.upgrade(engine)

        def plant(tx: Tx) -> None:
            if tx.session.scalar(select(exists().where(Installation.id.is_not(None)))):
                check_keys(tx)
                raise DatabaseUnusable("this database is initialised already")
            plant_keys_check(tx)

        database.write_now(plant)
    except BaseException:
        database.close()
        raise
    return database


def check_port(settings: Settings) -> None:
    """Refuse to start where somebody listens already, before anything is done or printed."""
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if settings.share_port:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            where = f"{settings.host}:{settings.port}"
            raise SettingsError(f"cannot listen at {where}: {error.strerror}; choose another port") from None


def plant_keys_check(tx: Tx) -> None:
    """Seal a known sentence, once, so that later starts can tell the right keys from others."""
    installation_id = new_id()
    wrapped = tx.vault.new_subject_key(installation_id)
    sealed = tx.vault.subject(installation_id, wrapped).seal_text(_CHECK, installation_id, _SENTENCE)
    row = Installation(id=installation_id, wrapped_key=wrapped, keys_check=sealed, created_at=tx.now)
    tx.session.add(row)


def check_keys(tx: Tx) -> None:
    """Refuse to start with keys that are not this database's."""
    row = tx.session.scalars(select(Installation)).one_or_none()
    if row is None:
        raise DatabaseUnusable("the database was never initialised; run `handrail init`")
    try:
        tx.vault.subject(row.id, row.wrapped_key).open_text(_CHECK, row.id, row.keys_check)
    except SealBroken:
        raise DatabaseUnusable("this keys file belongs to another database; nothing was changed") from None


def open_channels(settings: Settings) -> dict[ChannelName, Channel]:
    """The configured channels by name. What only one of them needs is loaded only where it is used."""
    channels: dict[ChannelName, Channel] = {}
    if settings.console_channel:
        channels[ChannelName.CONSOLE] = ConsoleChannel(sys.stdout)
    if settings.smtp_host:
        channels[ChannelName.EMAIL] = one_of(_relays(settings))
    _add_texts_and_calls(channels, settings)
    if settings.fcm_service_account:
        from notifications.delivery.channels.fcm import FcmChannel

        base = settings.fcm_base_url or None
        try:
            channels[ChannelName.FCM] = FcmChannel(settings.fcm_service_account, base_url=base)
        except ValueError:
            raise SettingsError(
                f"fcm_service_account: {settings.fcm_service_account} is not the key of a service account"
            ) from None
    if settings.push_contact:
        _add_web_push(channels, settings)
    return channels


def one_of(channels: Sequence[Channel]) -> Channel:
    """The only one, or all of them as one that switches."""
    return channels[0] if len(channels) == 1 else SwitchedChannel(channels)


def _relays(settings: Settings) -> list[Channel]:
    relays = settings.relays
    return [
        EmailChannel(
            relay.host,
            relay.port,
            sender=relay.sender,
            security=relay.security,
            username=relay.username or None,
            password=relay.password or None,
            timeout=SHARE if len(relays) > 1 else LONGEST,
            address=settings.public_address,
        )
        for relay in relays
    ]


def _add_texts_and_calls(channels: dict[ChannelName, Channel], settings: Settings) -> None:
    chosen = providers(settings)
    if not chosen:
        return
    from notifications.delivery.channels.sms import SmsChannel
    from notifications.delivery.channels.voice import VoiceChannel

    own, time = settings.public_address, SHARE if len(chosen) > 1 else LONGEST
    channels[ChannelName.SMS] = one_of([SmsChannel(each, address=own, timeout=time) for each in chosen])
    calling = [each for each in chosen if may_call(settings, each.account.name)]
    if calling:
        calls = [VoiceChannel(each, address=own, timeout=time) for each in calling]
        channels[ChannelName.VOICE] = one_of(calls)


def _add_web_push(channels: dict[ChannelName, Channel], settings: Settings) -> None:
    key = vapid.private_key(settings, Keys.read(settings.keys_path).push)
    if key is not None:
        from notifications.delivery.channels.webpush import WebPushChannel

        channels[ChannelName.WEBPUSH] = WebPushChannel(
            key,
            contact=settings.push_contact,
            services=settings.push_services,
            app_url=f"{settings.address}/app",
        )


def reach_staff(channels: Mapping[ChannelName, Channel]) -> bool:
    """Whether anybody can be called: Web Push by itself leads to clients alone."""
    return bool(channels.keys() - {ChannelName.WEBPUSH})


def no_web_push(settings: Settings) -> str | None:
    """Why browsers get no push, in words for an operator; None when they do."""
    return vapid.missing(settings, Keys.read(settings.keys_path).push)


def settle_memory() -> None:
    """Keep what a process holds for as long as it runs out of the collector's way, and let it look less often.

    Going through every module, table and statement again took tenths of a second in which nobody was answered, and
    so did going through 50,000 young objects at a time (docs/benchmarks.md). What one request leaves behind is small,
    and mostly gone without the collector.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000, 20, 100)


def set_up_logging(settings: Settings) -> None:
    """One JSON line per event on standard error: time, level, logger and words; ids only, never texts."""
    root = logging.getLogger()
    root.handlers = [log_lines.to_standard_error()]
    root.setLevel(settings.log_level.upper())
    # The metronome's own warnings say that a beat was skipped because the job still runs: that is its purpose.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    for noisy in ("alembic", "uvicorn.access", "httpx", "httpcore", "google", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
