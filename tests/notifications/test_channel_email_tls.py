"""What the e-mail channel does before it trusts a server with a mail: greeting, encryption, certificate."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from notifications.delivery.channels.base import Envelope
from notifications.delivery.channels.email import EmailChannel, Security
from notifications.delivery.outcomes import Misconfigured, Outcome, TryLater
from tests.fakes.envelopes import envelope
from tests.fakes.smtp import HOST, PASSWORD, USERNAME, SmtpServer

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")

SENDER = "handrail@clinic.example"


def mail() -> Envelope:
    return envelope("mara@clinic.example")


def channel_to(smtp: SmtpServer, *, timeout: float = 5, **changes: object) -> EmailChannel:
    fields = {
        "sender": SENDER,
        "security": "starttls",
        "username": USERNAME,
        "password": PASSWORD,
        "timeout": timeout,
        "ca_file": smtp.ca_file,
    }
    return EmailChannel(HOST, smtp.port, **(fields | changes))  # type: ignore[arg-type]  # the constructor's own


@contextmanager
def server_saying(first_line: bytes | None) -> Iterator[int]:
    """A server that says one line (or nothing at all) and waits."""
    with socket.create_server((HOST, 0)) as listener:

        def talk() -> None:
            connection, _ = listener.accept()
            with connection:
                if first_line is not None:
                    connection.sendall(first_line)
                connection.recv(1000)

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        yield listener.getsockname()[1]


@pytest.mark.parametrize(
    ("greeting", "expected"),
    [
        (None, TryLater(code="timeout")),
        (b"421 4.3.2 going down\r\n", TryLater(code="smtp_421")),
        (b"554 5.7.1 you are on a list\r\n", Misconfigured(code="smtp_554")),
        (b"HTTP/1.1 400 Bad Request\r\n", TryLater(code="unreadable_reply")),
    ],
)
def test_a_server_with_a_bad_greeting(greeting: bytes | None, expected: Outcome):
    with server_saying(greeting) as port:
        channel = EmailChannel(HOST, port, sender=SENDER, security="none", timeout=0.3)
        assert channel.send(mail()) == expected


def test_nobody_listening_means_later():
    with socket.create_server((HOST, 0)) as spare:
        port = spare.getsockname()[1]
    assert EmailChannel(HOST, port, sender=SENDER, security="none").send(mail()) == TryLater(
        code="unreachable"
    )


def test_a_server_without_starttls_gets_neither_password_nor_mail():
    with SmtpServer("none") as smtp:
        assert channel_to(smtp).send(mail()) == Misconfigured(code="tls_not_offered")
        assert smtp.mails == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_nobody_vouches_for_is_refused_by_default(security: Security):
    with SmtpServer(security) as smtp:
        channel = channel_to(smtp, security=security, ca_file=None)
        assert channel.send(mail()) == Misconfigured(code="certificate")
        assert smtp.mails == []


def test_a_certificate_for_another_name_is_refused():
    with SmtpServer("tls") as smtp:
        channel = EmailChannel(
            "localhost", smtp.port, sender=SENDER, security="tls", ca_file=smtp.ca_file, timeout=2
        )
        assert channel.send(mail()) == Misconfigured(code="certificate")


def test_tls_spoken_to_a_plain_server_is_a_setting_to_correct():
    with SmtpServer("none") as smtp:
        assert channel_to(smtp, security="tls", timeout=2).send(mail()) == Misconfigured(code="tls")


def test_a_password_for_a_server_that_knows_no_sign_in_is_a_setting_to_correct():
    with SmtpServer("tls", sign_in=False) as smtp:
        channel = channel_to(smtp, security="tls", password="señal")
        assert isinstance(channel.send(mail()), Misconfigured)
        assert smtp.mails == []
