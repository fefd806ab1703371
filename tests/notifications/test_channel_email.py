"""The e-mail channel against a genuine SMTP server on a socket, one fault at a time."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from notifications.delivery.channels.base import Envelope
from notifications.delivery.channels.email import EmailChannel, Security
from notifications.delivery.outcomes import Ambiguous, GoneAddress, Misconfigured, Outcome, Sent, TryLater
from server.people.terms import Language
from tests.fakes.envelopes import envelope
from tests.fakes.smtp import HOST, PASSWORD, USERNAME, Fault, SmtpServer

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")

MARA = "mara.secret@clinic.example"
SENDER = "handrail@clinic.example"
SHORT = 0.6
BODY = "Please open the app.\n.\nGracias, señora."


def mail(address: str = MARA, **changes: Any) -> Envelope:
    return envelope(address, **({"language": Language.ES, "body": BODY} | changes))


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


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


def test_a_mail_arrives_in_plain_words_and_says_that_a_machine_wrote_it(smtp: SmtpServer):
    outcome = channel_to(smtp).send(mail())

    assert outcome == Sent(provider_id=f"<{mail().message_id}@clinic.example>")
    (got,) = smtp.mails
    assert (got.sender, got.recipients) == (SENDER, (MARA,))
    message = got.message
    assert got.raw.isascii()  # no server has to know 8BITMIME
    assert message["Subject"] == "Handrail"
    assert (message["From"], message["To"]) == (SENDER, MARA)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == f"<{mail().message_id}@clinic.example>"
    assert message["Content-Language"] == "es"
    assert message["Importance"] == "high"
    assert message["Date"].datetime.tzinfo is not None
    assert message.get_content_type() == "text/plain"
    assert message.get_content().splitlines() == ["Please open the app.", ".", "Gracias, señora."]


@pytest.mark.parametrize("security", ["tls", "none"])
def test_mail_also_goes_through_tls_from_the_first_byte_and_through_a_local_relay(security: Security):
    with SmtpServer(security, sign_in=False) as smtp:
        channel = channel_to(smtp, security=security, username=None, password=None)
        assert isinstance(channel.send(mail()), Sent)
        assert len(smtp.mails) == 1


def test_a_repeated_mail_carries_the_same_id_and_a_strange_id_becomes_a_safe_one(smtp: SmtpServer):
    channel = channel_to(smtp)
    for stable_id in ("one", "one", "t>\r\nBcc: x@y.z", "t>\r\nBcc: x@y.z"):
        assert isinstance(channel.send(mail(message_id=stable_id)), Sent)

    ids = [got.message["Message-ID"] for got in smtp.mails]
    assert ids[0] == ids[1] == "<one@clinic.example>"
    assert ids[2] == ids[3] != ids[0]
    assert ids[2].removeprefix("<").removesuffix("@clinic.example>").isalnum()


@pytest.mark.parametrize("mark", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b", "\x00"])
def test_a_subject_cannot_smuggle_in_a_header_or_a_recipient(smtp: SmtpServer, mark: str):
    outcome = channel_to(smtp).send(
        mail(subject=f"Hello{mark}Bcc: otto@elsewhere.example{mark}{mark}<b>text</b>")
    )

    assert isinstance(outcome, Sent)
    (got,) = smtp.mails
    assert got.recipients == (MARA,)
    assert got.message["Bcc"] is None
    assert got.message["Subject"] == "Hello Bcc: otto@elsewhere.example <b>text</b>"
    assert "<b>" not in got.message.get_content()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "no-at-sign",
        "mara@clinic.example\r\nRCPT TO:<otto@elsewhere.example>",
        "mara@clinic.example, otto@elsewhere.example",
        "Mara <mara@clinic.example>",
        "mara@clinic.example\x00",
        "ma\x07ra@clinic.example",
        " mara@clinic.example",
        "mara(otto)@clinic.example",
        "mára@clinic.example",
        "mara@",
        "@clinic.example",
        "a b@clinic.example",
    ],
)
def test_an_address_that_is_not_one_plain_address_is_gone_and_nobody_is_written_to(
    smtp: SmtpServer, address: str
):
    assert channel_to(smtp).send(mail(address)) == GoneAddress(code="invalid_address")
    assert smtp.conversations == 0


def test_a_body_with_broken_characters_is_still_sent(smtp: SmtpServer):
    assert isinstance(channel_to(smtp).send(mail(body="half \ud800 a pair")), Sent)
    assert smtp.mails[0].message.get_content().strip() == "half ? a pair"


def test_a_sender_that_is_no_address_stops_the_start():
    with pytest.raises(ValueError, match="e-mail address"):
        EmailChannel(HOST, 25, sender="Handrail\r\nBcc: x@y.z", security="none")


FAULTS: list[tuple[Fault, Outcome]] = [
    (Fault.AUTH_FAILS, Misconfigured(code="smtp_535")),
    (Fault.AUTH_BUSY, TryLater(code="smtp_454")),
    (Fault.SENDER_REFUSED, Misconfigured(code="smtp_550")),
    (Fault.REJECT_RECIPIENT, GoneAddress(code="smtp_550")),
    (Fault.RELAY_DENIED, Misconfigured(code="smtp_554")),
    (Fault.MAILBOX_FULL, TryLater(code="smtp_552")),
    (Fault.GREYLIST, TryLater(code="smtp_451")),
    (Fault.CONTENT_REFUSED, Misconfigured(code="smtp_554")),
    (Fault.UNKNOWN_AFTER_DATA, GoneAddress(code="smtp_550")),
    (Fault.BUSY_AFTER_DATA, TryLater(code="smtp_451")),
    (Fault.DROP_AFTER_DATA, Ambiguous(code="connection_lost")),
]


@pytest.mark.parametrize(("fault", "expected"), FAULTS, ids=str)
def test_each_fault_has_its_outcome_after_one_conversation(smtp: SmtpServer, fault: Fault, expected: Outcome):
    smtp.fault = fault

    outcome = channel_to(smtp).send(mail())

    assert outcome == expected
    assert smtp.conversations == 1
    assert "secret" not in repr(outcome)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.HANG_AT_MAIL, TryLater(code="timeout")),
        (Fault.HANG, Ambiguous(code="timeout")),
        (Fault.SLOW_TALK, TryLater(code="timeout")),
    ],
)
def test_a_server_that_hangs_or_dawdles_costs_no_more_than_the_limit(
    smtp: SmtpServer, fault: Fault, expected: Outcome
):
    smtp.fault = fault
    started = time.monotonic()

    assert channel_to(smtp, timeout=SHORT).send(mail()) == expected

    assert SHORT * 0.9 < time.monotonic() - started < SHORT + 0.3


def test_one_stuck_mail_does_not_hold_up_the_next(smtp: SmtpServer):
    channel = channel_to(smtp, timeout=1.5)
    smtp.fault = Fault.HANG
    stuck = threading.Thread(target=channel.send, args=(mail(),))
    stuck.start()
    while not smtp.mails:
        time.sleep(0.01)
    smtp.fault = None
    started = time.monotonic()
    assert isinstance(channel.send(mail()), Sent)
    assert time.monotonic() - started < 1
    assert stuck.is_alive()
    stuck.join()
