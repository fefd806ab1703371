"""Settings: from a TOML file, overridden by environment variables. A wrong one stops the start with one line."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from server.core import provider_settings, sink_settings
from server.core.mail_address import read_address

PUSH_SERVICES = (
    "fcm.googleapis.com,jmt17.google.com,*.push.services.mozilla.com,*.push.apple.com,*.notify.windows.com"
)
"""Google's (the second for Chromium without Google's keys), Mozilla's, Apple's and Microsoft's, as of 2026."""


class SettingsError(Exception):
    """A setting is wrong; the text names it and says what is expected."""


class Relay(msgspec.Struct, frozen=True, kw_only=True):
    """A mail relay, and who writes through it; the user name is empty where none is asked for."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    username: str
    password: str
    sender: str


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything an operator can set. The environment variable is HANDRAIL_ and the name in capitals."""

    data: Path = Path("data")
    """Folder of the embedded database and the keys file."""
    database: str = "sqlite"
    """`sqlite` (embedded, encrypted, in the data folder) or a `postgresql://` address."""
    keys_file: Path | None = None
    """Where the keys are kept; `keys.json` in the data folder unless set."""
    host: str = "127.0.0.1"
    """Address the web process listens on."""
    port: int = 8080
    """Port the web process listens on."""
    base_url: str = ""
    """The address people reach the service at, used in links and to check where a browser's request comes from."""
    trusted_proxies: str = ""
    """Comma-separated addresses whose X-Forwarded-For is believed."""
    share_port: bool = False
    """Let several web processes of one machine listen on the same port (Linux); PostgreSQL only."""
    database_threads: int = 4
    """How many transactions one process runs at once on PostgreSQL."""
    console_channel: bool = False
    """Print messages instead of sending them, for trying things out; staff appear in it by name."""
    smtp_host: str = ""
    """Mail relay; empty means no e-mail is sent."""
    smtp_port: int = 587
    """Port of the mail relay."""
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection to the relay is protected."""
    smtp_username: str = ""
    """User name at the relay, if it asks for one."""
    smtp_password: str = ""
    """Password at the relay."""
    smtp_sender: str = ""
    """Sender address of every mail."""
    smtp2_host: str = ""
    """A second relay, which steps in at once when the first does not take a mail."""
    smtp2_port: int = 587
    """Port of the second relay."""
    smtp2_security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection to the second relay is protected."""
    smtp2_username: str = ""
    """User name at the second relay, if it asks for one."""
    smtp2_password: str = ""
    """Password at the second relay."""
    smtp2_sender: str = ""
    """Sender address of mail through the second relay; `smtp_sender` unless set."""
    sms_provider: Literal["", "twilio", "telnyx"] = ""
    """Who carries text messages: `twilio` (or who offers its interface) or `telnyx`; empty means none are sent."""
    sms_account: str = ""
    """Account at the provider (Twilio: the account SID; Telnyx: the id of the TeXML application, for calls)."""
    sms_secret: str = ""
    """Its secret (Twilio: the auth token; Telnyx: the API key)."""
    sms_sender: str = ""
    """Number that messages come from, as `+15550100000` (Twilio: a messaging service's SID does as well)."""
    sms_base_url: str = ""
    """Another address (https) in place of the provider's own, for who offers the same interface."""
    sms_callback_key: str = ""
    """What its callbacks are verified with (Telnyx: the public key; Twilio: the secret, unless set)."""
    sms_calls: bool = False
    """Make telephone calls through this provider as well, from the same number; needs an https `base_url`."""
    sms2_provider: Literal["", "twilio", "telnyx"] = ""
    """A second provider, which steps in at once when the first does not take a message."""
    sms2_account: str = ""
    """Account at the second provider."""
    sms2_secret: str = ""
    """Secret at the second provider."""
    sms2_sender: str = ""
    """Number that messages through the second provider come from."""
    sms2_base_url: str = ""
    """Another address (https) in place of the second provider's own."""
    sms2_callback_key: str = ""
    """What the second provider's callbacks are verified with."""
    sms2_calls: bool = False
    """Make telephone calls through the second provider as well."""
    fcm_service_account: Path | None = None
    """Service-account JSON file for push through Firebase Cloud Messaging."""
    fcm_base_url: str = ""
    """Another address in place of Firebase's, for stand-ins in tests."""
    push_contact: str = ""
    """Where push services can reach you, as `mailto:` and an address; empty means no Web Push."""
    push_key_file: Path | None = None
    """Private key (PEM, P-256) that Web Push signs with, instead of the one in the keys file."""
    push_hosts: str = PUSH_SERVICES
    """Comma-separated push services that browsers may subscribe at; `*.` stands for any host below."""
    deadman_url: str = ""
    """Address outside (https) that the auditor pings while all holds; it raises the alarm when pings stay away."""
    operators: str = ""
    """Comma-separated e-mail addresses the auditor writes to, with no need of the database; needs `smtp_host`."""
    nodes: str = ""
    """Comma-separated addresses of web nodes the auditor asks for a sign of life; `base_url` unless set, or `none`."""
    sink_email: str = ""
    """Address of your own that the synthetic case is mailed to; empty sinks get none (docs/runbook.md)."""
    sink_sms: str = ""
    """Number of your own, as `+15550100000`, that it is sent to as a text message."""
    sink_voice: str = ""
    """Number of your own that it rings."""
    sink_fcm: str = ""
    """Registration token of a phone of your own that it is pushed to through Firebase."""
    sink_webpush: Path | None = None
    """File with the push subscription (JSON) of a browser of your own."""
    sink_minutes: int = 15
    """Minutes from one synthetic case to the next."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """How much is logged. Logs hold ids, never what people wrote."""

    @property
    def keys_path(self) -> Path:
        """Where the keys file is."""
        return self.keys_file or self.data / "keys.json"

    @property
    def address(self) -> str:
        """The address people use, without a slash at the end."""
        return (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def public_address(self) -> str:
        """The same where others can be sent to it, so https; empty otherwise."""
        return self.address if self.base_url.startswith("https://") else ""

    @property
    def relays(self) -> tuple[Relay, ...]:
        """The mail relays, the one that is asked first in front; none where mail is not set up."""
        first = Relay(
            host=self.smtp_host,
            port=self.smtp_port,
            security=self.smtp_security,
            username=self.smtp_username,
            password=self.smtp_password,
            sender=self.smtp_sender,
        )
        second = Relay(
            host=self.smtp2_host,
            port=self.smtp2_port,
            security=self.smtp2_security,
            username=self.smtp2_username,
            password=self.smtp2_password,
            sender=self.smtp2_sender or self.smtp_sender,
        )
        return tuple(relay for relay in (first, second) if relay.host)

    @property
    def push_services(self) -> tuple[str, ...]:
        """The push services Web Push goes to: a host, `*.` and a host, either one with a port of its own."""
        return tuple(part for part in (entry.strip() for entry in self.push_hosts.split(",")) if part)

    @property
    def operator_addresses(self) -> tuple[str, ...]:
        """Whom the auditor writes to."""
        return tuple(
            dict.fromkeys(part for part in (each.strip() for each in self.operators.split(",")) if part)
        )

    @property
    def node_addresses(self) -> tuple[str, ...]:
        """The web nodes that have to answer, without a slash at the end; none where people have no address yet."""
        named = "" if self.nodes.strip() == "none" else self.nodes or self.base_url
        return tuple(
            dict.fromkeys(part for part in (each.strip().rstrip("/") for each in named.split(",")) if part)
        )

    @property
    def sinks(self) -> dict[str, str]:
        """Where the synthetic case goes, by the name of the channel; for `webpush` the file that says where."""
        named = {name: getattr(self, f"sink_{name}") for name in ("email", "sms", "voice", "fcm", "webpush")}
        return {name: str(address) for name, address in named.items() if address}

    @property
    def embedded(self) -> bool:
        """True when the database is the file in the data folder."""
        return self.database == "sqlite"


PREFIX = "HANDRAIL_"
_PUSH_SERVICE = re.compile(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+(:[1-9][0-9]{0,4})?")
_MAIL = re.compile(r"[^@\s,;<>\"]+@[\w-]+(\.[\w-]+)+", re.ASCII)
_HERE = ("localhost", "127.0.0.1", "::1")
_CONTACT = re.compile(r"mailto:[^@\s,;]+@[\w-]+(\.[\w-]+)+", re.ASCII)
_FIELDS = {field.name: field for field in msgspec.structs.fields(Settings)}


def load(environment: Mapping[str, str] | None = None, file: Path | None = None) -> Settings:
    """Read settings from `file` (or HANDRAIL_CONFIG) and the environment; SettingsError names what is wrong."""
    environment = os.environ if environment is None else environment
    named = environment.get(PREFIX + "CONFIG")
    values = _from_file(file or (Path(named) if named else None))
    for name, text in environment.items():
        if name.startswith(PREFIX) and name != PREFIX + "CONFIG":
            key = name.removeprefix(PREFIX).lower()
            if key not in _FIELDS:
                raise SettingsError(f"{name}: there is no such setting")
            values[key] = _parse(name, key, text)
    return check(values)


def _from_file(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        values = tomllib.loads(file.read_text())
    except OSError as error:
        raise SettingsError(f"settings file {file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"settings file {file}: {error}") from None
    for key in values:
        if key not in _FIELDS:
            raise SettingsError(f"settings file {file}: there is no setting {key!r}")
    return values


def _parse(name: str, key: str, text: str) -> object:
    kind = _FIELDS[key].type
    if kind is bool:
        if text.lower() not in ("true", "false", "1", "0", "yes", "no"):
            raise SettingsError(f"{name}: say true or false")
        return text.lower() in ("true", "1", "yes")
    if kind is int:
        if not text.strip().isdecimal():
            raise SettingsError(f"{name}: a whole number is needed")
        return int(text)
    return text


def check(values: Mapping[str, Any]) -> Settings:
    """Turn plain values into Settings or say which one is wrong, in one line."""
    try:
        settings = msgspec.convert(dict(values), Settings, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise SettingsError(str(error).replace("Object", "settings").replace("$.", "")) from None
    if not settings.embedded and not settings.database.startswith(("postgresql://", "postgres://")):
        raise SettingsError("database: say sqlite or give a postgresql:// address")
    for name in ("port", "smtp_port", "smtp2_port"):
        port = getattr(settings, name)
        if not 1 <= port <= 65535:
            raise SettingsError(f"{name}: a port is between 1 and 65535")
    if settings.share_port and settings.embedded:
        raise SettingsError("share_port: several web processes need a postgresql:// database")
    if not 1 <= settings.database_threads <= 64:
        raise SettingsError("database_threads: between 1 and 64")
    if settings.base_url and urlsplit(settings.base_url).scheme not in ("http", "https"):
        raise SettingsError("base_url: start it with https:// (or http:// on this machine)")
    if settings.smtp_host and "@" not in settings.smtp_sender:
        raise SettingsError("smtp_sender: an e-mail address is needed when smtp_host is set")
    for name in ("smtp_sender", "smtp2_sender"):
        if getattr(settings, name):
            _check_sender(name, getattr(settings, name))
    if settings.fcm_service_account and not settings.fcm_service_account.is_file():
        raise SettingsError(f"fcm_service_account: {settings.fcm_service_account} is not a file")
    _check_push(settings)
    wrong = provider_settings.problem(settings) or sink_settings.problem(settings)
    if wrong:
        raise SettingsError(wrong)
    _check_watch(settings)
    return settings


def _check_sender(name: str, address: str) -> None:
    try:
        read_address(address)
    except ValueError:
        raise SettingsError(f"{name}: give the address alone, without a name or brackets") from None


def _check_watch(settings: Settings) -> None:
    try:
        parts = urlsplit(settings.deadman_url)
        good = parts.hostname and (
            parts.scheme == "https" or (parts.scheme, parts.hostname in _HERE) == ("http", True)
        )
        good = good and (parts.port is None or parts.port > 0) and settings.deadman_url.isascii()
    except ValueError:
        good = False
    if settings.deadman_url and not good:
        raise SettingsError(
            "deadman_url: start it with https:// (http:// only for an address on this machine)"
        )
    for address in settings.operator_addresses:
        if not _MAIL.fullmatch(address):
            raise SettingsError("operators: give e-mail addresses with commas between them")
    if settings.operator_addresses and not settings.smtp_host:
        raise SettingsError("operators: smtp_host is needed to write to them")
    for address in settings.node_addresses:
        if not _is_node(address):
            raise SettingsError("nodes: give http:// or https:// addresses with commas between them, or none")


def _is_node(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _check_push(settings: Settings) -> None:
    if settings.push_contact and not _CONTACT.fullmatch(settings.push_contact):
        raise SettingsError("push_contact: give mailto: and an e-mail address")
    if settings.push_key_file and not settings.push_key_file.is_file():
        raise SettingsError(f"push_key_file: {settings.push_key_file} is not a file")
    for service in settings.push_services:
        if not _PUSH_SERVICE.fullmatch(service):
            raise SettingsError("push_hosts: give host names in small letters, such as *.push.example")


def _path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError
