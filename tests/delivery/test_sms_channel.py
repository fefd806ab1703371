"""The genuine channels for text messages and calls against stand-in providers, fault by fault."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from notifications.delivery.channels.base import Envelope
from notifications.delivery.channels.sms import SmsChannel, text_of
from notifications.delivery.channels.voice import VoiceChannel
from notifications.delivery.messages import short
from notifications.delivery.notices import Kind
from notifications.delivery.outcomes import Ambiguous, GoneAddress, Misconfigured, Outcome, Sent, TryLater
from notifications.delivery.providers.telnyx import Telnyx
from notifications.delivery.providers.twilio import Twilio
from notifications.delivery.segments import fits
from notifications.delivery.timewords import by_time
from server.people.terms import Language
from tests.clock import MovableClock
from tests.fakes.sms import SENDER, Fault, Provider, TelnyxServer, TwilioServer

ADDRESS = "https://handrail.example"
NUMBER = "+12025550123"


def envelope(**changes: Any) -> Envelope:
    given: dict[str, Any] = {
        "message_id": "0198c0de-0000-7000-8000-000000000001",
        "address": NUMBER,
        "subject": "Riverside: someone needs an answer",
        "body": "Someone needs an answer. Open Riverside to see who, and to take it.",
        "language": Language.EN,
        "priority": 0,
        "ttl_seconds": 60,
        "data": {},
        "short": ("Riverside: someone needs an answer by 10:40 am", "Riverside: someone needs an answer"),
        "link": "/a/abcdefghijklmnopqrstuv",
    }
    return Envelope(**{**given, **changes})


@pytest.fixture(params=["twilio", "telnyx"])
def server(request: pytest.FixtureRequest) -> Iterator[TwilioServer | TelnyxServer]:
    with TwilioServer() if request.param == "twilio" else TelnyxServer() as made:
        yield made


def adapter(server: Provider, **changes: str) -> Twilio | Telnyx:
    if isinstance(server, TwilioServer):
        return Twilio(server.account(**changes))
    assert isinstance(server, TelnyxServer)
    return Telnyx(server.account(**changes))


def sent(server: Provider, given: Envelope | None = None, *, voice: bool = False, **changes: str) -> Outcome:
    """One message over a fresh channel to this provider."""
    kind = VoiceChannel if voice else SmsChannel
    channel = kind(adapter(server, **changes), address=ADDRESS, timeout=1.0)
    try:
        return channel.send(given or envelope())
    finally:
        channel.close()


def test_a_call_goes_out_as_one_text_with_its_link_and_the_receipts_address(server: Provider) -> None:
    outcome = sent(server)
    (taken,) = server.taken
    assert outcome == Sent(provider_id=taken.id)
    assert (taken.to, taken.sender) == (NUMBER, SENDER)
    assert (
        taken.text
        == "Riverside: someone needs an answer by 10:40 am Take it: https://handrail.example/a/abcdefghijklmnopqrstuv"
    )
    name = adapter(server).account.name
    assert taken.callback == f"{ADDRESS}/api/providers/{name}/status/0198c0de-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault.BROKEN_500, TryLater("http_500", timedelta(seconds=7))),
        (Fault.TOO_MANY_429, TryLater("quota", timedelta(seconds=7))),
        (Fault.HANG, Ambiguous("timeout")),
        (Fault.HANG_AFTER_TAKING, Ambiguous("timeout")),
        (Fault.RESET, Ambiguous("connection_lost")),
        (Fault.PAGE_200, Ambiguous("unreadable_reply")),
        (Fault.WRONG_AUTH, Misconfigured("credentials_refused")),
        (Fault.REDIRECT_302, Misconfigured("redirected")),
        (Fault.NOT_A_NUMBER, GoneAddress("not_a_number")),
        (Fault.TAKES_NO_TEXTS, GoneAddress("takes_no_texts")),
        (Fault.OPTED_OUT, GoneAddress("opted_out")),
        (Fault.SENDER_REFUSED, Misconfigured("http_400")),
    ],
)
def test_each_fault_has_its_own_outcome_and_is_tried_once(
    server: Provider, fault: Fault, outcome: object
) -> None:
    server.fail(fault, retry_after="7")
    if isinstance(outcome, Ambiguous):
        outcome = replace(outcome, unheard=(adapter(server).account.name,))
    assert sent(server) == outcome
    assert server.asked == 1
    assert sent(server) == Sent(provider_id=server.taken[-1].id)


def test_a_wrong_secret_is_our_fault_and_forgets_no_number(server: Provider) -> None:
    assert sent(server, secret="another") == Misconfigured("credentials_refused")


def test_nobody_listens_there(server: Provider) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{free.getsockname()[1]}"
        assert sent(server, base_url=nowhere) == TryLater("unreachable")


def test_what_is_no_number_never_leaves(server: Provider) -> None:
    for address in ("", "noor@riverside.example", "5550123", "+1202555012345678", "+1\r\n2025550123"):
        assert sent(server, envelope(address=address)) == GoneAddress("not_a_number")
    assert server.asked == 0


def test_a_call_by_voice_is_answered_from_our_own_address(server: Provider) -> None:
    outcome = sent(server, envelope(link="/api/voice/abc"), voice=True)
    (call,) = server.calls
    assert outcome == Sent(provider_id=call.id)
    assert (call.to, call.answer, call.text) == (NUMBER, f"{ADDRESS}/api/voice/abc", "")


def test_a_code_is_spoken_digit_by_digit_without_asking_us(server: Provider) -> None:
    sent(server, envelope(link="", body="Your code is 012345."), voice=True)
    (call,) = server.calls
    assert call.answer.count("0, 1, 2, 3, 4, 5") == 2
    assert "<Gather" not in call.answer


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", ["Riverside", "Clínica " + "Ñandú " * 19, "心のクリニック" * 10, "Х" * 120])
@pytest.mark.parametrize("address", [ADDRESS, "https://handrail.behavioural-health.riverside-county.example"])
def test_every_text_in_both_languages_is_one_message(
    clock: MovableClock, language: Language, name: str, address: str
) -> None:
    for hours in (1, 20, 100, 24 * 40):
        by = by_time(clock.at + timedelta(hours=hours), clock.at, "America/Chicago", language)
        for kind in Kind:
            wordings = short(kind, language, name, by, "012345")
            for link in ("", "/a/abcdefghijklmnopqrstuv"):
                text = text_of(envelope(short=wordings, language=language, link=link), address)
                assert fits(text), text
                assert kind is not Kind.NUMBER_CODE or "012345" in text


def test_the_link_is_kept_before_the_time_and_the_time_before_the_whole_name(clock: MovableClock) -> None:
    by = by_time(clock.at + timedelta(hours=100), clock.at, "America/Chicago", Language.EN)
    wordings = short(
        Kind.CASE_CALL, Language.EN, "A Very Long Name Of A Programme Somewhere In The Country", by
    )
    text = text_of(envelope(short=wordings), ADDRESS)
    assert text.startswith("A Very Long Name Of: someone needs an answer by")
    assert text.endswith("/a/abcdefghijklmnopqrstuv")
