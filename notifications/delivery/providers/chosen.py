"""The providers that the settings name, the first one first."""

from collections.abc import Callable
from datetime import datetime

from notifications.delivery.providers.base import Account, Provider, Told
from notifications.delivery.providers.telnyx import Telnyx
from notifications.delivery.providers.twilio import Twilio
from server.core.settings import Settings

_KINDS: dict[str, Callable[[Account], Provider]] = {"twilio": Twilio, "telnyx": Telnyx}

FIRST, SECOND = "sms", "sms2"
"""The names that settings and callback addresses know the two by."""


def providers(settings: Settings) -> list[Provider]:
    """One, two or none."""
    return [each for each in (provider(settings, FIRST), provider(settings, SECOND)) if each is not None]


def provider(settings: Settings, name: str) -> Provider | None:
    """The one with this name; None where it is not configured."""
    if name not in (FIRST, SECOND) or not getattr(settings, f"{name}_provider"):
        return None
    account = Account(
        name=name,
        account=getattr(settings, f"{name}_account"),
        secret=getattr(settings, f"{name}_secret"),
        sender=getattr(settings, f"{name}_sender"),
        base_url=getattr(settings, f"{name}_base_url").rstrip("/"),
        callback_key=getattr(settings, f"{name}_callback_key"),
    )
    return _KINDS[getattr(settings, f"{name}_provider")](account)


def signed_by_caller(settings: Settings, told: Told, now: datetime) -> bool:
    """Whether a request bears the signature of a provider that makes calls for us; False where none does."""
    makers = [each for each in providers(settings) if may_call(settings, each.account.name)]
    return any(each.signed(told, now) for each in makers)


def may_call(settings: Settings, name: str) -> bool:
    """Whether calls are made through this one too."""
    return bool(getattr(settings, f"{name}_calls"))
