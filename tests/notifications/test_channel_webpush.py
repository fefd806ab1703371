"""Push to browsers: the genuine pywebpush against a stand-in push service over real TLS, fault by fault."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from notifications.delivery.channels.webpush import PADDED, WebPushChannel
from notifications.delivery.outcomes import Ambiguous, GoneAddress, Misconfigured, Outcome, Sent, TryLater
from notifications.delivery.vapid import public_part
from tests.fakes.envelopes import envelope
from tests.fakes.push_rules import Fault
from tests.fakes.push_service import ELSEWHERE, Browser, PushService

KEY = ec.generate_private_key(ec.SECP256R1())
SHORT = 0.5
NOTICE = {"kind": "notice", "message": "01990000-0000-7000-8000-000000000001"}


@pytest.fixture(scope="module")
def standing() -> Iterator[tuple[PushService, WebPushChannel]]:
    """One service and one channel for all tests that need no fresh ones."""
    with PushService() as service:
        channel = channel_to(service)
        yield service, channel
        channel.close()


def channel_to(service: PushService, *, key: ec.EllipticCurvePrivateKey = KEY, timeout: float = 5):
    return WebPushChannel(
        key,
        contact="mailto:ops@riverside.example",
        services=[service.host],
        app_url="https://handrail.example/app",
        timeout=timeout,
        ca_file=service.ca_file,
    )


@pytest.fixture
def service(standing: tuple[PushService, WebPushChannel]) -> PushService:
    standing[0].requests.clear()
    standing[0].refused.clear()
    return standing[0]


@pytest.fixture
def channel(standing: tuple[PushService, WebPushChannel]) -> WebPushChannel:
    return standing[1]


@pytest.fixture
def phone(service: PushService) -> Browser:
    return service.subscribe(public_part(KEY))


def test_a_notice_reaches_the_browser_signed_sealed_and_in_neutral_words(
    service: PushService, channel: WebPushChannel, phone: Browser
):
    assert channel.send(envelope(phone.address, data=NOTICE)) == Sent()

    (push,) = phone.got
    assert push.json == {
        "web_push": 8030,
        "notification": {
            "title": "Handrail",
            "body": "Somebody needs you. Please open the app.",
            "lang": "en",
            "navigate": "https://handrail.example/app",
            "tag": NOTICE["message"],
            "data": NOTICE,
        },
    }
    assert push.headers["ttl"] == "300"
    assert b"Somebody" not in push.body
    assert service.refused == []


@pytest.mark.parametrize(("priority", "urgency"), [(0, "high"), (1, "high"), (2, "normal"), (3, "low")])
def test_only_what_presses_wakes_a_sleeping_phone(
    channel: WebPushChannel, phone: Browser, priority: int, urgency: str
):
    channel.send(envelope(phone.address, priority=priority))

    assert phone.got[0].headers["urgency"] == urgency


def test_the_service_keeps_a_message_for_its_time_but_never_for_no_time_or_for_ever(
    channel: WebPushChannel, phone: Browser
):
    for seconds in (0, 300, 90 * 86400):
        channel.send(envelope(phone.address, ttl_seconds=seconds))

    assert [push.headers["ttl"] for push in phone.got] == ["1", "300", str(28 * 86400)]


def test_a_double_has_the_same_topic_and_tag_and_is_seen_once(channel: WebPushChannel, phone: Browser):
    for _ in range(2):
        channel.send(envelope(phone.address))
    channel.send(envelope(phone.address, message_id="another"))

    topics = [push.headers["topic"] for push in phone.got]
    assert topics[0] == topics[1] != topics[2]
    assert [notice["tag"] for notice in phone.shown] == [envelope("").message_id, "another"]


def test_every_message_has_the_same_length(channel: WebPushChannel, phone: Browser):
    channel.send(envelope(phone.address, body="Hi"))
    channel.send(envelope(phone.address, subject="Ñ" * 200, body="A longer text, with more to say."))

    assert {len(push.body) for push in phone.got} == {86 + PADDED + 1 + 16}
    assert {len(push.plain) for push in phone.got} == {PADDED}


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault.GONE_410, GoneAddress("subscription_gone")),
        (Fault.NOT_FOUND_404, GoneAddress("subscription_gone")),
        (Fault.BAD_REQUEST_400, Misconfigured("http_400")),
        (Fault.TOO_LARGE_413, Misconfigured("http_413")),
        (Fault.UNAUTHORIZED_401, Misconfigured("signature_refused")),
        (Fault.FORBIDDEN_403, Misconfigured("signature_refused")),
        (Fault.TOO_MANY_429, TryLater("quota", timedelta(seconds=7))),
        (Fault.TOO_MANY_406, TryLater("quota", timedelta(seconds=7))),
        (Fault.INTERNAL_500, TryLater("http_500", timedelta(seconds=7))),
        (Fault.UNAVAILABLE_503, TryLater("http_503", timedelta(seconds=7))),
        (Fault.DROPPED_201, TryLater("dropped", timedelta(seconds=7))),
        (Fault.ODD_204, Ambiguous("unreadable_reply")),
        (Fault.DROP_AFTER_ACCEPT, Ambiguous("connection_lost")),
    ],
)
def test_each_fault_has_its_outcome_and_the_next_message_goes_through(
    service: PushService, channel: WebPushChannel, phone: Browser, fault: Fault, outcome: Outcome
):
    service.fail(fault, retry_after="7")

    assert channel.send(envelope(phone.address)) == outcome
    assert channel.send(envelope(phone.address)) == Sent()


@pytest.mark.parametrize("fault", [Fault.REDIRECT_302, Fault.REDIRECT_307])
def test_a_redirect_is_never_followed(
    service: PushService, channel: WebPushChannel, phone: Browser, fault: Fault
):
    service.fail(fault)

    assert channel.send(envelope(phone.address)) == Misconfigured("redirected")
    assert ELSEWHERE not in service.requests
    assert len(service.requests) == 1


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.TRICKLE])
def test_a_service_that_does_not_come_to_an_end_is_left_in_time(
    service: PushService, phone: Browser, fault: Fault
):
    channel = channel_to(service, timeout=SHORT)
    service.fail(fault)
    began = time.monotonic()

    assert channel.send(envelope(phone.address)) == Ambiguous("timeout")
    assert time.monotonic() - began < SHORT + 1
    channel.close()


def test_a_browser_that_subscribed_with_another_key_is_kept_and_an_operator_has_to_act(
    service: PushService, phone: Browser
):
    channel = channel_to(service, key=ec.generate_private_key(ec.SECP256R1()))

    assert channel.send(envelope(phone.address)) == Misconfigured("signature_refused")
    assert service.refused == [403]
    channel.close()


def test_a_service_nobody_vouches_for_gets_nothing(service: PushService, phone: Browser):
    channel = WebPushChannel(
        KEY,
        contact="mailto:ops@riverside.example",
        services=[service.host],
        app_url="https://handrail.example",
    )

    assert channel.send(envelope(phone.address)) == Misconfigured("certificate")
    assert service.requests == []
    channel.close()


def test_a_service_taken_off_the_list_gets_nothing_more(service: PushService, phone: Browser):
    channel = WebPushChannel(
        KEY, contact="mailto:ops@riverside.example", services=["*.push.example"], app_url="https://x.example"
    )

    assert channel.send(envelope(phone.address)) == Misconfigured("service_not_listed")
    assert service.requests == []
    channel.close()


def test_nobody_listens_any_more(service: PushService):
    with PushService() as gone:
        browser = gone.subscribe(public_part(KEY))
    channel = WebPushChannel(
        KEY,
        contact="mailto:ops@riverside.example",
        services=[gone.host],
        app_url="https://handrail.example/app",
        ca_file=service.ca_file,
    )

    assert channel.send(envelope(browser.address)) == TryLater("unreachable")
    channel.close()


def test_a_subscription_that_cannot_be_read_or_encrypted_to_never_raises(
    service: PushService, channel: WebPushChannel, phone: Browser
):
    off_the_curve = phone.subscription | {"keys": {"p256dh": "B" + "A" * 86, "auth": "A" * 22}}

    assert channel.send(envelope("no json")) == Misconfigured("unreadable_subscription")
    assert isinstance(channel.send(envelope(json.dumps(off_the_curve))), Misconfigured)
    assert service.requests == []


def test_a_closed_channel_says_so(service: PushService, phone: Browser):
    channel = channel_to(service)
    channel.close()
    channel.close()

    assert channel.send(envelope(phone.address)) == Misconfigured("closed")


def test_a_password_kept_for_the_host_is_not_sent_in_the_signature_s_place(
    service: PushService, phone: Browser, tmp_path: object, monkeypatch: pytest.MonkeyPatch
):
    netrc = f"{tmp_path}/netrc"
    with open(netrc, "w") as file:
        file.write("machine 127.0.0.1 login somebody password secret\n")
    monkeypatch.setenv("NETRC", netrc)
    channel = channel_to(service)

    assert channel.send(envelope(phone.address)) == Sent()
    channel.close()
