"""What is wrong with the settings of the second mail relay and of the providers of text messages and calls."""

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from server.core.settings import Settings

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_SERVICE = re.compile(r"MG[0-9a-f]{32}")
_HERE = ("localhost", "127.0.0.1", "::1")
SLOTS = ("sms", "sms2")


def problem(settings: "Settings") -> str | None:
    """The first thing wrong, in one line that begins with the setting's name; None when all is well."""
    if settings.smtp2_host and not settings.smtp_host:
        return "smtp2_host: a second relay needs a first one; set smtp_host"
    if settings.smtp2_sender and "@" not in settings.smtp2_sender:
        return "smtp2_sender: this is not an e-mail address"
    if settings.sms2_provider and not settings.sms_provider:
        return "sms2_provider: a second provider needs a first one; set sms_provider"
    found = (_of_provider(settings, slot) for slot in SLOTS)
    return next((each for each in found if each is not None), None)


def _of_provider(settings: "Settings", slot: str) -> str | None:
    kind, sender = getattr(settings, f"{slot}_provider"), getattr(settings, f"{slot}_sender")
    calls, url = getattr(settings, f"{slot}_calls"), getattr(settings, f"{slot}_base_url")
    if not kind:
        return f"{slot}_calls: set {slot}_provider, who makes the calls" if calls else None
    needed = ("secret", "sender", *(("account",) if kind == "twilio" or calls else ()))
    for name in needed:
        if not getattr(settings, f"{slot}_{name}").strip():
            return f"{slot}_{name}: needed when {slot}_provider is set"
    service = kind == "twilio" and _SERVICE.fullmatch(sender) and not calls
    if not _NUMBER.fullmatch(sender) and not service:
        return f"{slot}_sender: give the number with its country code, such as +15550100000"
    if url and not _safe(url):
        return f"{slot}_base_url: start it with https:// (http:// only on this machine)"
    if calls and kind == "telnyx" and not getattr(settings, f"{slot}_callback_key").strip():
        return f"{slot}_callback_key: calls need the public key that their questions are signed with"
    if calls and not settings.public_address:
        return f"{slot}_calls: calls need a base_url that starts with https://"
    return None


def _safe(url: str) -> bool:
    """An https address, or one on this machine, as deep as a path."""
    try:
        parts = urlsplit(url)
        here = parts.scheme == "http" and parts.hostname in _HERE
        plain = not (parts.query or parts.fragment or parts.username) and (
            parts.port is None or parts.port > 0
        )
    except ValueError:
        return False
    return bool(parts.hostname) and plain and url.isascii() and (parts.scheme == "https" or here)
