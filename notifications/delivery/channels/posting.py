"""One request to a provider's HTTP interface, tried once in bounded time."""

import ssl
import time

import httpx

from notifications.delivery.outcomes import Ambiguous, Misconfigured, Outcome, TryLater
from notifications.delivery.providers.base import Asked, Reply

_CONNECT_SHARE = 3  # a host may have several addresses, and each is given this part of the time
_LONGEST_REPLY = 1 << 18
_CONNECTIONS = 16


class Poster:
    """Posts over kept connections; many threads may share it. Follows no redirect and repeats nothing."""

    def __init__(self, *, timeout: float) -> None:
        self._timeout = timeout
        limits = httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS)
        self._client = httpx.Client(limits=limits, follow_redirects=False)

    def post(self, asked: Asked) -> Reply | Outcome:
        """The whole reply, or what its absence means."""
        try:
            return self._post(asked)
        except Exception as error:
            return _unanswered(error)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _post(self, asked: Asked) -> Reply:
        until = time.monotonic() + self._timeout
        limits = httpx.Timeout(self._timeout, connect=self._timeout / _CONNECT_SHARE)
        with self._client.stream(
            "POST", asked.url, content=asked.body, headers=asked.headers, timeout=limits
        ) as answer:
            body = bytearray()
            for part in answer.iter_bytes():
                body += part
                if time.monotonic() > until or len(body) > _LONGEST_REPLY:
                    raise httpx.ReadTimeout("the reply has no end")
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return Reply(answer.status_code, headers, bytes(body))


def _unanswered(error: Exception) -> Outcome:
    """What became of a request without a reply. The library's texts may quote the address and are never used.

    Only what broke before the request was on its way was certainly not taken.
    """
    match error:
        case httpx.ConnectError() if _bad_certificate(error):
            return Misconfigured(code="certificate")
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout() | httpx.ProxyError():
            return TryLater(code="unreachable")
        case httpx.TimeoutException():
            return Ambiguous(code="timeout")
        case httpx.TransportError():
            return Ambiguous(code="connection_lost")
        case httpx.InvalidURL() | ValueError() | RuntimeError():
            return Misconfigured(code=type(error).__name__)
        case _:
            return Ambiguous(code=type(error).__name__)


def _bad_certificate(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
