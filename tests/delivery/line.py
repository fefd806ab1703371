"""The stand-in push service, the genuine channel to it, and browsers that register over the real address."""

from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from litestar import Litestar
from litestar.testing import TestClient

from notifications.delivery.channels.webpush import WebPushChannel
from notifications.delivery.models import ChannelName
from notifications.delivery.sending import Sender
from notifications.delivery.vapid import public_part
from tests.delivery.house import House
from tests.fakes.push_service import Browser, PushService

KEY = ec.generate_private_key(ec.SECP256R1())


class Line:
    """The stand-in, the genuine channel to it, a sender over it, and the real address to register at."""

    def __init__(self, house: House, service: PushService, api: TestClient[Litestar]) -> None:
        self.house, self.service, self.api = house, service, api
        self.channel = WebPushChannel(
            KEY,
            contact="mailto:ops@riverside.example",
            services=[service.host],
            app_url="https://handrail.example/app",
            ca_file=service.ca_file,
        )
        self.sender = Sender(house.db, {ChannelName.WEBPUSH: self.channel})

    def put(self, who: dict[str, str], subscription: Any, device_id: UUID | None = None) -> Any:
        body = {"channel": "webpush", "subscription": subscription}
        return self.api.put(f"/api/me/devices/{device_id or uuid4()}", json=body, headers=who)

    def subscribed(self, who: dict[str, str], device_id: UUID | None = None) -> Browser:
        """A browser of this person, subscribed and registered."""
        browser = self.service.subscribe(public_part(KEY))
        answer = self.put(who, browser.subscription, device_id)
        assert answer.status_code == 200, answer.text
        return browser

    def send_everything(self) -> None:
        while self.sender.send_due():
            assert self.sender.drain()

    def close(self) -> None:
        self.sender.close()
        self.channel.close()
