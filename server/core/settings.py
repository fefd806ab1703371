"""Settings: from a TOML file, overridden by environment variables. A wrong one stops the start with one line."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

PUSH_SERVICES = (
    "fcm.googleapis.com,jmt17.google.com,*.push.services.mozilla.com,*.push.apple.com,*.notify.windows.com"
)
"""Google's (the second for Chromium without Google's keys), Mozilla's, Apple's and Microsoft's, as of 2026."""


class SettingsError(Exception):
    """A setting is wrong; the text names it and says what is expected."""


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
    database_threads: int = 6
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
    def push_services(self) -> tuple[str, ...]:
        """The push services Web Push goes to: a host, `*.` and a host, either one with a port of its own."""
        return tuple(part for part in (entry.strip() for entry in self.push_hosts.split(",")) if part)

    @property
    def embedded(self) -> bool:
        """True when the database is the file in the data folder."""
        return self.database == "sqlite"


PREFIX = "HANDRAIL_"
_PUSH_SERVICE = re.compile(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+(:[1-9][0-9]{0,4})?")
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
    for name, port in (("port", settings.port), ("smtp_port", settings.smtp_port)):
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
    if settings.fcm_service_account and not settings.fcm_service_account.is_file():
        raise SettingsError(f"fcm_service_account: {settings.fcm_service_account} is not a file")
    _check_push(settings)
    return settings


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
