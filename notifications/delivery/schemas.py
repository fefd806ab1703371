"""Wire shapes of devices."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from server.people.schemas import Input, Output

PushToken = Annotated[str, Meta(min_length=1, max_length=4096, pattern=r"^[!-~]+$(?!\n)")]


class FcmDeviceIn(Input, tag_field="channel", tag="fcm"):
    """A native app, reached through Firebase Cloud Messaging by the token it was given there."""

    token: PushToken


class SubscriptionKeys(Input):
    """What a browser encrypts with: a P-256 point (65 bytes) and a secret (16 bytes), base64url (RFC 8291)."""

    p256dh: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{87}=?$(?!\n)")]
    auth: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{22}(==)?$(?!\n)")]


class Subscription(Input):
    """A browser's push subscription: the address at its push service, and its keys."""

    endpoint: Annotated[str, Meta(min_length=1, max_length=2048)]
    keys: SubscriptionKeys


class WebPushDeviceIn(Input, tag_field="channel", tag="webpush"):
    """A browser, such as the phone app's, reached through the push service it subscribed at."""

    subscription: Subscription


PushChannel = Literal["fcm", "webpush"]
DeviceIn = FcmDeviceIn | WebPushDeviceIn
"""How this phone can be reached; `channel` says which of the two it is."""


class DeviceOut(Output):
    """A registered device. The token is never shown again."""

    id: UUID
    channel: PushChannel
    registered_at: datetime


class PushKeyOut(Output):
    """The public key a browser subscribes with (VAPID, base64url); null where Web Push is not set up."""

    key: str | None
