"""Which push subscriptions of browsers are taken.

Their address comes from outside, and we post to it: so it has to be https at a push service on the list, with
no user name, no other port and nothing that two readers of an address could read in two ways.
"""

import base64
import re
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric import ec

from notifications.delivery.schemas import Subscription
from server.core.errors import FieldProblem, Invalid

_ENDPOINT = re.compile(
    r"https://(?P<host>[a-z0-9][a-z0-9.-]{0,252})(?::(?P<port>[1-9][0-9]{0,4}))?/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*"
)
_HTTPS = "443"


def origin_of(endpoint: str, services: Sequence[str]) -> str | None:
    """The endpoint's origin ("https://host" or "https://host:port"); None for one we do not speak to.

    `services` are host names; `*.` before one stands for any host below it. Port 443 unless one names its own.
    """
    found = _ENDPOINT.fullmatch(endpoint)
    if found is None:
        return None
    host, port = found["host"], found["port"] or _HTTPS
    if not any(_covers(service, host, port) for service in services):
        return None
    return f"https://{host}" if port == _HTTPS else f"https://{host}:{port}"


def _covers(service: str, host: str, port: str) -> bool:
    name, _, own_port = service.partition(":")
    if port != (own_port or _HTTPS):
        return False
    return host.endswith(name[1:]) if name.startswith("*.") else host == name


def check_subscription(given: Subscription, services: Sequence[str]) -> None:
    """Raises Invalid, naming the field, for a subscription that could not or must not be sent to."""
    if not _ENDPOINT.fullmatch(given.endpoint):
        raise _wrong("endpoint", "An https address of a push service is needed")
    if origin_of(given.endpoint, services) is None:
        raise _wrong("endpoint", "This push service is not one that notices are sent through here")
    point = base64.urlsafe_b64decode(given.keys.p256dh.rstrip("=") + "=")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise _wrong("keys.p256dh", "This is not a public key of a browser") from None


def _wrong(field: str, words: str) -> Invalid:
    return Invalid(errors=[FieldProblem(f"subscription.{field}", words)])
