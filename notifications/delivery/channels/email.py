"""E-mail over SMTP with the standard library: one short plain-text mail a call, one connection a mail."""

import contextlib
import re
import smtplib
import ssl
import time
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from enum import IntEnum, auto
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from notifications.delivery.call_lines import CallLine
from notifications.delivery.channels.base import URGENT, Envelope, one_line
from notifications.delivery.messages import call_line
from notifications.delivery.outcomes import Ambiguous, GoneAddress, Misconfigured, Outcome, Sent, TryLater
from server.core.mail_address import read_address

Security = Literal["starttls", "tls", "none"]

_SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")
_ENHANCED = re.compile(rb"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_CONNECT_SHARE = 3  # a host may have several addresses, and each is given this part of the time
_FAREWELL = 1.0  # seconds a polite QUIT may take once the mail is accepted


class _Step(IntEnum):
    """How far the conversation has come; only from CONTENT on can the mail have been taken."""

    GREETING = auto()
    SIGN_IN = auto()
    SENDER = auto()
    RECIPIENT = auto()
    CONTENT = auto()


class EmailChannel:
    """Plain-text mail through one SMTP server. Every mail has its own connection, so threads share nothing.

    `security`: "starttls" and "tls" insist on encryption and on a valid certificate, vouched for by `ca_file`
    in place of the system's authorities where a house has its own; "none" is for a relay on this machine.
    `timeout` is in seconds for the whole conversation; looking up a host name is the one thing it cannot cut
    short. `address` is our own (https), for the link in a call. Raises ValueError for a sender that is no address.
    """

    name = "email"

    def __init__(
        self,
        host: str,
        port: int,
        *,
        sender: str,
        security: Security,
        username: str | None = None,
        password: str | None = None,
        timeout: float = 10.0,
        ca_file: Path | None = None,
        address: str = "",
    ) -> None:
        self._host = host
        self._port = port
        self._sender = read_address(sender)
        self._security = security
        self._account = (username, password) if username and password is not None else None
        self._timeout = timeout
        self._own_address = address
        self._tls = ssl.create_default_context(cafile=ca_file)

    def send(self, envelope: Envelope) -> Outcome:
        """Hand one mail to the server; "sent" means the server took it, never that anybody read it."""
        try:
            recipient = read_address(envelope.address)
        except ValueError:
            return GoneAddress(code="invalid_address")
        message_id = _message_id(envelope.message_id, self._sender.domain)
        talk = _Talk()
        try:
            body = _body(envelope, self._own_address)
            mail = _mail(envelope, body, self._sender, recipient, message_id)
            return self._hand_over(talk, recipient, mail) or Sent(provider_id=message_id)
        except Exception as error:
            return _failed(error, talk.step)

    def close(self) -> None:
        """Nothing to give back: no connection outlives its mail."""

    def _hand_over(self, talk: "_Talk", recipient: Address, mail: bytes) -> Outcome | None:
        deadline = time.monotonic() + self._timeout
        with contextlib.closing(self._connect(deadline)) as smtp:
            if self._security == "starttls":
                smtp.starttls(context=self._tls)
            smtp.ehlo_or_helo_if_needed()
            if self._account:
                talk.step = _Step.SIGN_IN
                smtp.login(*self._account)
            talk.step = _Step.SENDER
            code, text = smtp.mail(self._sender.addr_spec)
            if _good(code):
                talk.step = _Step.RECIPIENT
                code, text = smtp.rcpt(recipient.addr_spec)
            if _good(code) and talk.step is _Step.RECIPIENT:
                talk.step = _Step.CONTENT
                code, text = smtp.data(mail)
            if not _good(code):
                return _refused(talk.step, code, text)
            with contextlib.suppress(OSError, smtplib.SMTPException):
                smtp.deadline = min(deadline, time.monotonic() + _FAREWELL)
                smtp.quit()
        return None

    def _connect(self, deadline: float) -> "_Plain | _Encrypted":
        # The sender's domain as our name: looking up our own could block far beyond the deadline.
        options: dict[str, Any] = {"deadline": deadline, "local_hostname": self._sender.domain}
        options["timeout"] = self._timeout / _CONNECT_SHARE
        if self._security == "tls":
            return _Encrypted(self._host, self._port, context=self._tls, **options)
        return _Plain(self._host, self._port, **options)


class _Talk:
    """Where a conversation stands."""

    def __init__(self) -> None:
        self.step = _Step.GREETING


class _Plain(smtplib.SMTP):
    """Waits for each reply no longer than what is left until `deadline` (monotonic seconds)."""

    def __init__(self, *args: Any, deadline: float, **options: Any) -> None:
        self.deadline = deadline
        super().__init__(*args, **options)

    def getreply(self) -> tuple[int, bytes]:
        """Raises TimeoutError once the deadline has passed."""
        left = self.deadline - time.monotonic()
        if self.sock is None or left <= 0:
            raise TimeoutError
        self.sock.settimeout(left)
        return super().getreply()


class _Encrypted(_Plain, smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""


def _message_id(stable_id: str, domain: str) -> str:
    """The same Message-ID on every attempt, so that mail programs show a duplicate once."""
    safe = stable_id if _SAFE_ID.fullmatch(stable_id) else sha256(stable_id.encode()).hexdigest()
    return f"<{safe}@{domain}>"


def _body(envelope: Envelope, own_address: str) -> str:
    """The neutral words, and under them the link where a call can be answered at once."""
    if not envelope.link or not own_address:
        return envelope.body
    return f"{envelope.body}\n\n{call_line(CallLine.TAKE, envelope.language)} {own_address}{envelope.link}\n"


def _mail(envelope: Envelope, body: str, sender: Address, recipient: Address, message_id: str) -> bytes:
    mail = EmailMessage(SMTP_POLICY)
    mail["From"] = sender
    mail["To"] = recipient
    mail["Subject"] = one_line(envelope.subject)
    mail["Date"] = datetime.now(UTC)
    mail["Message-ID"] = message_id
    # RFC 3834: nobody's holiday reply should answer a machine.
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    if envelope.priority <= URGENT:
        mail["Importance"] = "high"
    mail.set_content(body.encode(errors="replace").decode(), cte="quoted-printable")
    mail["Content-Language"] = envelope.language.value  # set_content would take away an earlier one
    return mail.as_bytes()


def _good(code: int) -> bool:
    return 200 <= code < 300


def _refused(step: _Step, code: int, text: bytes) -> Outcome:
    """What a refusing reply means (RFC 5321, 4.2; RFC 3463 for the finer code).

    Only words about the mailbox itself make an address gone. A relay that refuses us (5.7.x, 530) refuses
    everybody, and all addresses would be forgotten; a full mailbox (5.2.2, 552) may be emptied.
    """
    found = _ENHANCED.match(text)
    finer = found[1].decode() if found else ""
    word = f"smtp_{code}"
    if not 400 <= code < 600:
        broken = "unreadable_reply"
        return Ambiguous(code=broken) if step is _Step.CONTENT else TryLater(code=broken)
    if code < 500:
        return TryLater(code=word)
    if finer == "5.2.2" or (code == 552 and step is _Step.RECIPIENT):
        return TryLater(code=word)
    about_us = finer.startswith(("5.5.", "5.7.")) or code in (500, 501, 502, 503, 504, 530, 535)
    about_mailbox = finer == "5.1.1" and step is _Step.CONTENT
    if about_mailbox or (step is _Step.RECIPIENT and not about_us):
        return GoneAddress(code=word)
    return Misconfigured(code=word)


def _failed(error: Exception, step: _Step) -> Outcome:
    """What a conversation that broke off means. The server's text may quote the address and is never used."""
    match error:
        case smtplib.SMTPNotSupportedError():
            return Misconfigured(code="sign_in_not_offered" if step is _Step.SIGN_IN else "tls_not_offered")
        case smtplib.SMTPResponseException():
            text = error.smtp_error
            return _refused(step, error.smtp_code, text if isinstance(text, bytes) else text.encode())
        case ssl.SSLCertVerificationError():
            return Misconfigured(code="certificate")
        case ssl.SSLError() if step is _Step.GREETING and not isinstance(error, ssl.SSLEOFError):
            return Misconfigured(code="tls")
        case OSError() | smtplib.SMTPException():
            timed_out = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
            word = "timeout" if timed_out else "connection_lost"
            if step is _Step.CONTENT:
                return Ambiguous(code=word)
            lost = isinstance(error, smtplib.SMTPException) or timed_out
            return TryLater(code=word if lost else "unreachable")
        case _:
            word = type(error).__name__
            return Ambiguous(code=word) if step is _Step.CONTENT else Misconfigured(code=word)
