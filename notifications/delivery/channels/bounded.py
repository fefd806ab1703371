"""One try, in bounded time, over the `requests` sessions that Google's libraries insist on.

Their own retries sit in three places (firebase-admin's adapters, google-auth's token session and its back-off
loop), each with its own timeout, so one "ten second" call can last minutes. These adapters replace them all.
"""

import io
import threading
import time
from enum import Enum, auto
from typing import Any

import requests
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2 import service_account
from requests.adapters import HTTPAdapter
from urllib3 import Timeout

_CONNECTIONS = 32
_CONNECT_SHARE = 3  # a host may have several addresses, and each is given this part of the time
_LONGEST_REPLY = 1 << 20
_SCHEMES = ("https://", "http://")


class Stage(Enum):
    """How far a call has come; only from MESSAGE on can the provider have taken the message."""

    PREPARING = auto()
    TOKEN = auto()
    MESSAGE = auto()


class Attempt(threading.local):
    """What this thread's running call has reached: its deadline, its stage and the last complete reply."""

    deadline: float = 0.0
    stage: Stage = Stage.PREPARING
    reply: requests.Response | None = None

    def begin(self, timeout: float) -> None:
        """Start the clock; `timeout` (seconds) covers token and message together."""
        self.deadline = time.monotonic() + timeout
        self.stage = Stage.PREPARING
        self.reply = None

    def left(self) -> float:
        """Seconds left. Raises `requests.Timeout` when there are none."""
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise requests.Timeout
        return seconds


class _OneTry(HTTPAdapter):
    """Sends once, within what is left of the attempt, and notes how far the attempt has come."""

    def __init__(self, attempt: Attempt, stage: Stage) -> None:
        self._attempt = attempt
        self._stage = stage
        super().__init__(pool_connections=4, pool_maxsize=_CONNECTIONS, max_retries=0)

    def send(self, request: Any, *_: Any, **options: Any) -> requests.Response:
        """Raises what `requests` raises; a reply that drips in slowly ends as a `requests.Timeout`."""
        left = self._attempt.left()
        timeout = Timeout(total=left, connect=left / _CONNECT_SHARE)
        self._attempt.stage, self._attempt.reply = self._stage, None
        options.update(stream=True, timeout=timeout)
        response = super().send(request, **options)
        response.raw = io.BytesIO(self._body(response))
        self._attempt.reply = response
        if self._stage is Stage.TOKEN and response.status_code >= 400:
            # google-auth may sleep and ask twice more; an error of the transport ends the call at once.
            raise requests.RequestException(response=response)
        return response

    def _body(self, response: requests.Response) -> bytes:
        body = bytearray()
        try:
            while chunk := response.raw.read1(65536, decode_content=True):
                body += chunk
                self._attempt.left()
                if len(body) > _LONGEST_REPLY:
                    raise requests.ConnectionError
        except BaseException:
            # Hang up: half a reply is still in there.
            response.raw.close()
            raise
        return bytes(body)


class TokenOnlyAccount(service_account.Credentials):
    """A service account that fetches tokens and nothing else.

    After each token google-auth also looks up "regional access boundaries" at another Google host, on its own
    thread with its own retries. Messages do not need them, and tests would call the open internet.
    """

    def _after_refresh(self, request: Any, method: Any, url: Any, headers: Any) -> None:
        """The hook that would start the look-up."""


def one_try_session(account: TokenOnlyAccount, attempt: Attempt, *, use_proxies: bool) -> AuthorizedSession:
    """A session that signs requests with the account's token, tries once, and obeys the attempt's deadline.

    A refused token (401) is fetched anew once and the request sent again, inside the same deadline.
    """
    token_session = requests.Session()
    session = AuthorizedSession(account, max_refresh_attempts=1, auth_request=Request(token_session))
    for scheme in _SCHEMES:
        token_session.mount(scheme, _OneTry(attempt, Stage.TOKEN))
        session.mount(scheme, _OneTry(attempt, Stage.MESSAGE))
    token_session.trust_env = session.trust_env = use_proxies
    return session
