"""Wire shapes of devices."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from server.people.schemas import Input, Output

PushToken = Annotated[str, Meta(min_length=1, max_length=4096, pattern=r"^[!-~]+$")]


class DeviceIn(Input):
    """How this phone can be reached: its channel and the token the push service gave it."""

    channel: Literal["fcm"]
    token: PushToken


class DeviceOut(Output):
    """A registered device. The token is never shown again."""

    id: UUID
    channel: Literal["fcm"]
    registered_at: datetime
