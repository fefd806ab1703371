"""One try, in bounded time, over the `requests` sessions that the push libraries insist on.

Google's own retries sit in three places (firebase-admin's adapters, google-auth's token session and its back-off
loop), each with its own timeout, so one "ten second" call can last minutes. These adapters replace them all.
"""

import io
import ssl
import threading
import time
from collections.abc import Iterator
from enum import Enum, auto
from pathlib import Path
from typing import Any

import requests
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2 import service_account
from requests.adapters import HTTPAdapter
from urllib3 import Timeout
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError

from notifications.delivery.outcomes import Ambiguous, Misconfigured, Outcome, TryLater

_CONNECTIONS = 32
_CONNECT_SHARE = 3  # a host may have several addresses, and each is given this part of the time
_LONGEST_REPLY = 1 << 20
_SCHEMES = ("https://", "http://")
_NEVER_LEFT = (NewConnectionError, ConnectTimeoutError, ProxyError)


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
        super().__init__(pool_connections=8, pool_maxsize=_CONNECTIONS, max_retries=0)

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


class _PlainSession(requests.Session):
    """Follows no redirect, and looks no password up: addresses come from outside."""

    def __init__(self, ca_file: Path | None) -> None:
        super().__init__()
        self.auth = _as_it_is
        self._ca_file = ca_file

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002 (the library's name)
        """Nowhere."""
        return None

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Raises what `requests` raises. The reply's text is not worth guessing an encoding for."""
        if self._ca_file is not None:
            # Said here, because a bundle named in the environment outdoes what a session says.
            options["verify"] = str(self._ca_file)
        response = super().send(request, **options)
        response.encoding = "utf-8"
        return response


def plain_session(attempt: Attempt, *, ca_file: Path | None) -> requests.Session:
    """A session over https that tries once and obeys the attempt's deadline; `ca_file` names whom to trust."""
    session = _PlainSession(ca_file)
    session.mount("https://", _OneTry(attempt, Stage.MESSAGE))
    del session.adapters["http://"]
    return session


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """In the place of a user name and password that `requests` would look up for the host in ~/.netrc."""
    return request


def unanswered(error: Exception, attempt: Attempt) -> Outcome:
    """What became of a message whose call raised without a reply: from how far the call had come.

    Codes are short words or class names; a library's message text may quote the address and is never used.
    """
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Misconfigured(code="certificate")
    if attempt.stage is Stage.PREPARING:
        return Misconfigured(code=type(error).__name__)
    if attempt.stage is Stage.TOKEN:
        return TryLater(code="token_endpoint")
    if any(isinstance(cause, _NEVER_LEFT) for cause in causes):
        return TryLater(code="unreachable")
    if any(isinstance(cause, requests.Timeout) for cause in causes):
        return Ambiguous(code="timeout")
    if any(isinstance(cause, requests.ConnectionError) for cause in causes):
        return Ambiguous(code="connection_lost")
    return Ambiguous(code=type(error).__name__)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and everything it was raised from or during."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
