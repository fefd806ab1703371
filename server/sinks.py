"""Where the synthetic case goes: from the settings to the addresses that the worker's channels take."""

from collections.abc import Mapping
from datetime import timedelta

from notifications.delivery.channels.base import Channel
from notifications.delivery.models import ChannelName
from notifications.delivery.sounding import Sinks
from server.core.settings import Settings


def sinks(settings: Settings) -> Sinks:
    """The sinks that are set, and how often the synthetic case goes to them."""
    addresses = {ChannelName(name): address for name, address in settings.sinks.items()}
    if settings.sink_webpush:
        addresses[ChannelName.WEBPUSH] = settings.sink_webpush.read_text(encoding="utf-8").strip()
    return Sinks(addresses=addresses, every=timedelta(minutes=settings.sink_minutes))


def without_sink(settings: Settings, channels: Mapping[ChannelName, Channel]) -> list[str]:
    """Channels that the synthetic case does not go down, while it goes down others."""
    left_out = {ChannelName.CONSOLE, *(ChannelName(name) for name in settings.sinks)}
    return sorted(channels.keys() - left_out) if settings.sinks else []
