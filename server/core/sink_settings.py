"""Where the synthetic case goes: what is wrong with the settings of the sinks."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.core.settings import Settings

_MAIL = re.compile(r"[^@\s,;<>\"]+@[\w-]+(\.[\w-]+)+", re.ASCII)
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
SHORTEST, LONGEST = 5, 24 * 60


def problem(settings: "Settings") -> str | None:
    """The first thing wrong, in one line that begins with the setting's name; None when all is well."""
    carried = {
        "sink_email": (settings.smtp_host, "smtp_host"),
        "sink_sms": (settings.sms_provider, "sms_provider"),
        "sink_voice": (settings.sms_calls or settings.sms2_calls, "sms_calls"),
        "sink_fcm": (settings.fcm_service_account, "fcm_service_account"),
        "sink_webpush": (settings.push_contact, "push_contact"),
    }
    for name, (carrier, needed) in carried.items():
        if getattr(settings, name) and not carrier:
            return f"{name}: nothing carries it; set {needed}"
    if settings.sink_email and not _MAIL.fullmatch(settings.sink_email):
        return "sink_email: give one e-mail address"
    for name in ("sink_sms", "sink_voice"):
        if getattr(settings, name) and not _NUMBER.fullmatch(getattr(settings, name)):
            return f"{name}: give the number with its country code, such as +15550100000"
    if settings.sink_webpush and not settings.sink_webpush.is_file():
        return f"sink_webpush: {settings.sink_webpush} is not a file"
    if not SHORTEST <= settings.sink_minutes <= LONGEST:
        return f"sink_minutes: from {SHORTEST} to {LONGEST}"
    return None
