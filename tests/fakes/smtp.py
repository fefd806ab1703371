"""A stand-in mail server: genuine SMTP (aiosmtpd) on a socket, with TLS, a sign-in, and faults by name."""

import asyncio
import tempfile
import threading
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import StrEnum, auto
from pathlib import Path
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult

from tests.fakes.certificates import HOST, certificate

USERNAME = "handrail"
PASSWORD = "stand-in-password"


class Fault(StrEnum):
    """What can go wrong, in the order of a conversation."""

    AUTH_FAILS = auto()
    AUTH_BUSY = auto()
    SENDER_REFUSED = auto()
    HANG_AT_MAIL = auto()
    SLOW_TALK = auto()
    REJECT_RECIPIENT = auto()
    RELAY_DENIED = auto()
    MAILBOX_FULL = auto()
    GREYLIST = auto()
    CONTENT_REFUSED = auto()
    UNKNOWN_AFTER_DATA = auto()
    BUSY_AFTER_DATA = auto()
    DROP_AFTER_DATA = auto()
    HANG = auto()


_AT_MAIL = {Fault.SENDER_REFUSED: "550 5.7.1 This sender is not allowed here"}
_AT_RCPT = {
    Fault.REJECT_RECIPIENT: "550 5.1.1 <{}>: no such user",
    Fault.RELAY_DENIED: "554 5.7.1 <{}>: relay access denied",
    Fault.MAILBOX_FULL: "552 5.2.2 <{}>: mailbox full",
    Fault.GREYLIST: "451 4.7.1 <{}>: greylisted, come back later",
}
_AT_DATA = {
    Fault.CONTENT_REFUSED: "554 5.7.1 This looks like spam",
    Fault.UNKNOWN_AFTER_DATA: "550 5.1.1 no such user after all",
    Fault.BUSY_AFTER_DATA: "451 4.3.0 queue file write error",
}


@dataclass(frozen=True)
class Mail:
    """One mail as it came; `sender` and `recipients` are the envelope's."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        parsed = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


class SmtpServer:
    """Start with `with SmtpServer() as smtp:`; `security` "none" does not offer STARTTLS.

    `ca_file` is the certificate a client must trust; with `sign_in` a client must give USERNAME and PASSWORD.
    """

    def __init__(self, security: str = "starttls", *, sign_in: bool = True) -> None:
        self._security = security
        self._sign_in = sign_in
        self._folder = tempfile.TemporaryDirectory()
        self.ca_file, self._context = certificate(Path(self._folder.name))
        self._loop = asyncio.new_event_loop()
        self.fault: Fault | None = None
        self.mails: list[Mail] = []
        self.conversations = 0
        self.port = 0

    def __enter__(self) -> Self:
        context = self._context if self._security == "tls" else None
        server = self._loop.run_until_complete(
            self._loop.create_server(self._conversation, HOST, 0, ssl=context)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = server
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()
        self._folder.cleanup()

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _conversation(self) -> SMTP:
        self.conversations += 1
        return SMTP(
            _Handler(self),
            hostname="mail.stand-in.invalid",
            tls_context=self._context if self._security == "starttls" else None,
            require_starttls=self._security == "starttls",
            auth_required=self._sign_in,
            auth_require_tls=self._security == "starttls",
            authenticator=self._authenticate,
            loop=self._loop,
        )

    def _authenticate(self, _server: Any, _session: Any, _envelope: Any, _way: str, login: Any) -> AuthResult:
        if self.fault is Fault.AUTH_BUSY:
            return AuthResult(
                success=False, handled=False, message="454 4.7.0 Temporary authentication failure"
            )
        right = (login.login, login.password) == (USERNAME.encode(), PASSWORD.encode())
        return AuthResult(success=right and self.fault is not Fault.AUTH_FAILS, handled=False)


class _Handler:
    def __init__(self, fake: SmtpServer) -> None:
        self._fake = fake

    async def _pause(self) -> None:
        if self._fake.fault is Fault.SLOW_TALK:
            await asyncio.sleep(0.35)

    async def handle_MAIL(  # noqa: N802 (aiosmtpd's name, like the others)
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        await self._pause()
        if self._fake.fault is Fault.HANG_AT_MAIL:
            await asyncio.sleep(60)
        envelope.mail_from = address
        return _AT_MAIL.get(self._fake.fault or Fault.HANG, "250 2.1.0 Ok")

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        await self._pause()
        fault = self._fake.fault
        if fault is not None and fault in _AT_RCPT:
            return _AT_RCPT[fault].format(address)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        await self._pause()
        fake = self._fake
        if fake.fault is not None and fake.fault in _AT_DATA:
            return _AT_DATA[fake.fault]
        fake.mails.append(Mail(envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content))
        if fake.fault is Fault.HANG:
            await asyncio.sleep(60)
        if fake.fault is Fault.DROP_AFTER_DATA:
            server.transport.abort()
        return f"250 2.0.0 Ok: queued as {len(fake.mails)}"
