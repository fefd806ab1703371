"""The push channel: the genuine firebase-admin against a stand-in FCM over real sockets, fault by fault."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from notifications.delivery.channels.fcm import FcmChannel
from notifications.delivery.outcomes import Ambiguous, GoneAddress, Misconfigured, Outcome, Sent, TryLater
from tests.fakes.envelopes import envelope
from tests.fakes.fcm import TOKEN_PATH, FcmServer
from tests.fakes.fcm_rules import Fault, in_seconds

# firebase-admin 7.7 would rather have Firebase installation ids; apps still register with tokens.
pytestmark = pytest.mark.filterwarnings("ignore:Message.token is deprecated:DeprecationWarning")

PHONE = "mara-phone:APA91bSECRETtoken"
SHORT = 0.5


@pytest.fixture(scope="module")
def standing() -> Iterator[tuple[FcmServer, FcmChannel]]:
    """One server and one signed-in channel for all tests that need no fresh ones."""
    with FcmServer() as server:
        channel = FcmChannel(server.service_account(), base_url=server.base_url, timeout=5)
        channel.send(envelope("warm-up"))
        yield server, channel
        channel.close()


@pytest.fixture
def fcm(standing: tuple[FcmServer, FcmChannel]) -> FcmServer:
    standing[0].forget()
    return standing[0]


@pytest.fixture
def channel(fcm: FcmServer, standing: tuple[FcmServer, FcmChannel]) -> FcmChannel:
    return standing[1]


@pytest.fixture
def fresh(fcm: FcmServer) -> Iterator[FcmChannel]:
    """A channel that has no access token yet and little patience."""
    channel = FcmChannel(fcm.service_account(), base_url=fcm.base_url, timeout=SHORT)
    yield channel
    channel.close()


def test_a_call_reaches_the_phone_with_neutral_words_ids_and_a_stable_id(fcm: FcmServer, channel: FcmChannel):
    outcome = channel.send(envelope(PHONE))

    assert outcome == Sent(provider_id="projects/handrail-stand-in/messages/1")
    (delivery,) = fcm.inbox(PHONE)
    message = delivery.message
    assert message["notification"] == {
        "title": "Handrail",
        "body": "Somebody needs you. Please open the app.",
    }
    assert message["data"] == {"kind": "case_call", "case_id": "01990000-0000-7000-8000-0000000000aa"}
    assert message["android"]["priority"] == "high"
    assert message["android"]["ttl"] == "300s"
    assert message["android"]["notification"]["tag"] == envelope(PHONE).message_id
    headers = message["apns"]["headers"]
    assert headers["apns-priority"] == "10"
    assert headers["apns-collapse-id"] == envelope(PHONE).message_id
    assert abs(int(headers["apns-expiration"]) - time.time() - 300) < 10
    assert message["apns"]["payload"]["aps"]["interruption-level"] == "time-sensitive"


def test_an_everyday_message_does_not_wake_a_sleeping_phone(fcm: FcmServer, channel: FcmChannel):
    channel.send(envelope(PHONE, priority=2, ttl_seconds=0))

    message = fcm.inbox(PHONE)[0].message
    assert message["android"]["priority"] == "normal"
    assert message["apns"]["headers"]["apns-priority"] == "5"
    assert message["apns"]["headers"]["apns-expiration"] == "0"
    assert message["apns"]["payload"]["aps"]["interruption-level"] == "active"


def test_an_id_too_long_for_apple_is_shortened_and_stays_the_same(fcm: FcmServer, channel: FcmChannel):
    for _ in range(2):
        assert isinstance(channel.send(envelope(PHONE, message_id="check-in/" + "x" * 90)), Sent)

    ids = {got.message["apns"]["headers"]["apns-collapse-id"] for got in fcm.inbox(PHONE)}
    assert len(ids) == 1
    assert len(ids.pop()) == 64


FAULTS: list[tuple[Fault, str | None, Outcome]] = [
    (Fault.UNREGISTERED, None, GoneAddress(code="unregistered")),
    (Fault.INVALID_TOKEN, None, GoneAddress(code="invalid_token")),
    (Fault.INVALID_TOKEN_IN_WORDS, None, GoneAddress(code="invalid_token")),
    (Fault.INVALID_ARGUMENT, None, Misconfigured(code="invalid_argument")),
    (Fault.PROJECT_NOT_FOUND, None, Misconfigured(code="http_404")),
    (Fault.SENDER_ID_MISMATCH, None, Misconfigured(code="sender_mismatch")),
    (Fault.FORBIDDEN, None, Misconfigured(code="http_403")),
    (Fault.QUOTA_EXCEEDED, "37", TryLater(code="quota", retry_after=timedelta(seconds=37))),
    (Fault.QUOTA_EXCEEDED, None, TryLater(code="quota")),
    (Fault.INTERNAL_500, None, TryLater(code="http_500")),
    (Fault.UNAVAILABLE_503, "12", TryLater(code="http_503", retry_after=timedelta(seconds=12))),
    (Fault.UNAVAILABLE_503, "soon", TryLater(code="http_503")),
    (Fault.BAD_GATEWAY_HTML, None, TryLater(code="http_502")),
    (Fault.NON_JSON_200, None, Ambiguous(code="unreadable_reply")),
    (Fault.NAMELESS_200, None, Ambiguous(code="unreadable_reply")),
    (Fault.DROP_AFTER_ACCEPT, None, Ambiguous(code="connection_lost")),
]


@pytest.mark.parametrize(("fault", "wait", "expected"), FAULTS, ids=str)
def test_each_fault_has_its_outcome_and_is_tried_exactly_once(
    fcm: FcmServer, channel: FcmChannel, fault: Fault, wait: str | None, expected: Outcome
):
    fcm.fail(fault, retry_after=wait)
    started = time.monotonic()

    assert channel.send(envelope(PHONE)) == expected

    assert fcm.asked() == 1
    assert time.monotonic() - started < 1


def test_a_retry_after_given_as_a_date_is_honoured(fcm: FcmServer, channel: FcmChannel):
    fcm.fail(Fault.UNAVAILABLE_503, retry_after=in_seconds(90))

    outcome = channel.send(envelope(PHONE))

    assert isinstance(outcome, TryLater)
    assert outcome.retry_after is not None
    assert 80 < outcome.retry_after.total_seconds() <= 90


@pytest.mark.parametrize(
    ("fault", "code"), [(Fault.UNAUTHENTICATED, "http_401"), (Fault.THIRD_PARTY_AUTH, "third_party_auth")]
)
def test_a_401_is_asked_again_once_with_a_new_token_and_then_left_to_a_person(
    fcm: FcmServer, channel: FcmChannel, fault: Fault, code: str
):
    fcm.fail(fault)

    assert channel.send(envelope(PHONE)) == Misconfigured(code=code)
    assert (fcm.asked(), fcm.asked(TOKEN_PATH)) == (2, 1)


def test_a_revoked_access_token_costs_one_more_round_and_the_message_arrives(
    fcm: FcmServer, channel: FcmChannel
):
    assert isinstance(channel.send(envelope(PHONE)), Sent)
    fcm.revoke_bearers()

    assert isinstance(channel.send(envelope(PHONE)), Sent)
    assert len(fcm.inbox(PHONE)) == 2
    assert fcm.asked(TOKEN_PATH) == 1


def test_the_access_token_is_kept_between_messages(fcm: FcmServer, fresh: FcmChannel):
    for _ in range(5):
        assert isinstance(fresh.send(envelope(PHONE)), Sent)
    assert fcm.asked(TOKEN_PATH) == 1


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.TRICKLE])
def test_a_provider_that_never_finishes_answering_leaves_it_open_and_costs_no_more_than_the_limit(
    fcm: FcmServer, fresh: FcmChannel, fault: Fault
):
    assert isinstance(fresh.send(envelope("warm-up")), Sent)
    fcm.fail(fault)
    started = time.monotonic()

    assert fresh.send(envelope(PHONE)) == Ambiguous(code="timeout")

    assert SHORT * 0.9 < time.monotonic() - started < SHORT + 0.3
    assert fcm.asked() == 2


def test_one_stuck_phone_does_not_hold_up_the_others(fcm: FcmServer, fresh: FcmChannel):
    fcm.fail(Fault.HANG, token="stuck")
    fresh.send(envelope("warm-up"))
    with ThreadPoolExecutor(4) as pool:
        stuck = [pool.submit(fresh.send, envelope("stuck")) for _ in range(3)]
        while fcm.asked() < 4:
            time.sleep(0.01)
        assert isinstance(pool.submit(fresh.send, envelope(PHONE)).result(), Sent)
        assert not any(waiting.done() for waiting in stuck)
        assert {waiting.result() for waiting in stuck} == {Ambiguous(code="timeout")}


@pytest.mark.parametrize("address", ["", "two words", "line\nbreak", "é" * 20])
def test_an_address_that_cannot_be_a_token_is_gone(channel: FcmChannel, address: str):
    assert isinstance(channel.send(envelope(address)), GoneAddress)


def test_a_message_fcm_will_not_take_is_for_a_person_to_look_at(fcm: FcmServer, channel: FcmChannel):
    assert channel.send(envelope(PHONE, data={"from": "reserved"})) == Misconfigured(code="invalid_argument")
    assert channel.send(envelope(PHONE, data={"n": 3})) == Misconfigured(code="ValueError")
    assert channel.send(envelope(PHONE, body="long " * 1000)) == Misconfigured(code="invalid_argument")
    assert fcm.inbox(PHONE) == []


def test_an_error_nobody_foresaw_is_told_by_its_class_and_never_by_its_words(
    channel: FcmChannel, monkeypatch: pytest.MonkeyPatch
):
    def broken(message: object, app: object) -> None:
        raise RuntimeError(f"cannot send to {PHONE}")

    monkeypatch.setattr("firebase_admin.messaging.send", broken)

    assert channel.send(envelope(PHONE)) == Misconfigured(code="RuntimeError")
