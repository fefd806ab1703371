"""The push channel's account: the token endpoint, the key file, connections that come and go."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import firebase_admin
import pytest

from notifications.delivery.channels.fcm import FcmChannel
from notifications.delivery.outcomes import Ambiguous, Misconfigured, Outcome, Sent, TryLater
from tests.fakes.envelopes import envelope
from tests.fakes.fcm import SEND_PATH, TOKEN_PATH, FcmServer
from tests.fakes.fcm_rules import Fault

pytestmark = pytest.mark.filterwarnings("ignore:Message.token is deprecated:DeprecationWarning")

PHONE = "mara-phone:APA91bSECRETtoken"
SHORT = 0.5


@pytest.fixture
def fcm() -> Iterator[FcmServer]:
    with FcmServer() as server:
        yield server


@pytest.fixture
def fresh(fcm: FcmServer) -> Iterator[FcmChannel]:
    """A channel that has no access token yet and little patience."""
    channel = FcmChannel(fcm.service_account(), base_url=fcm.base_url, timeout=SHORT)
    yield channel
    channel.close()


TOKEN_FAULTS: list[tuple[Fault, Outcome]] = [
    (Fault.TOKEN_DOWN, TryLater(code="token_endpoint", retry_after=timedelta(seconds=9))),
    (Fault.TOKEN_GARBAGE, TryLater(code="token_endpoint", retry_after=timedelta(seconds=9))),
    (Fault.TOKEN_REFUSED, Misconfigured(code="account_refused")),
    (Fault.TOKEN_HANG, TryLater(code="token_endpoint")),
]


@pytest.mark.parametrize(("fault", "expected"), TOKEN_FAULTS, ids=str)
def test_without_an_access_token_nothing_is_sent_and_the_endpoint_is_asked_once(
    fcm: FcmServer, fresh: FcmChannel, fault: Fault, expected: Outcome
):
    fcm.fail(fault, retry_after="9")
    started = time.monotonic()

    assert fresh.send(envelope(PHONE)) == expected

    assert (fcm.asked(), fcm.asked(TOKEN_PATH)) == (0, 1)
    assert time.monotonic() - started < SHORT + 0.3
    fcm.heal()
    assert isinstance(fresh.send(envelope(PHONE)), Sent)


def test_a_key_of_another_account_is_refused_for_good(fcm: FcmServer):
    account = fcm.service_account() | {"client_email": "stranger@elsewhere.invalid"}
    channel = FcmChannel(account, base_url=fcm.base_url)
    assert channel.send(envelope(PHONE)) == Misconfigured(code="account_refused")
    channel.close()


def test_nobody_listening_means_later(fcm: FcmServer):
    with socket.create_server(("127.0.0.1", 0)) as spare:
        closed = f"http://127.0.0.1:{spare.getsockname()[1]}"
    no_send = FcmChannel(fcm.service_account(), base_url=closed)
    no_token = FcmChannel(fcm.service_account() | {"token_uri": closed + TOKEN_PATH}, base_url=fcm.base_url)

    assert no_send.send(envelope(PHONE)) == TryLater(code="unreachable")
    assert no_token.send(envelope(PHONE)) == TryLater(code="token_endpoint")
    no_send.close()
    no_token.close()


def test_a_restarted_provider_is_found_again_on_a_fresh_connection():
    with FcmServer() as first:
        channel = FcmChannel(first.service_account(), base_url=first.base_url, timeout=2)
        assert isinstance(channel.send(envelope(PHONE)), Sent)
        port = int(first.base_url.rsplit(":", 1)[1])
    assert channel.send(envelope(PHONE)) in (TryLater(code="unreachable"), Ambiguous(code="connection_lost"))
    with FcmServer(port):
        assert isinstance(channel.send(envelope(PHONE)), Sent)
    channel.close()


@pytest.mark.parametrize(
    "account",
    [
        {},
        {"type": "service_account"},
        {"project_id": "p", "type": "service_account", "private_key": "MARKERKEY"},
    ],
)
def test_a_key_file_that_cannot_be_used_stops_the_start_without_quoting_it(account: dict[str, str]):
    with pytest.raises(ValueError, match="cannot be used") as raised:
        FcmChannel(account)
    assert "MARKERKEY" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_a_key_file_that_is_missing_or_no_json_stops_the_start(tmp_path: Path):
    (tmp_path / "bad.json").write_text("not json", encoding="utf-8")
    for name in ("missing.json", "bad.json"):
        with pytest.raises(ValueError, match="cannot be used"):
            FcmChannel(tmp_path / name)


def test_only_the_two_endpoints_are_asked_and_nothing_is_looked_up_beside(
    fcm: FcmServer, fresh: FcmChannel, monkeypatch: pytest.MonkeyPatch
):
    looked_up: list[object] = []
    manager = "google.auth._regional_access_boundary_utils._RegionalAccessBoundaryRefreshManager"
    monkeypatch.setattr(f"{manager}.start_refresh", lambda *given: looked_up.append(given))

    fresh.send(envelope(PHONE))

    assert looked_up == []
    assert [seen.path for seen in fcm.requests] == [TOKEN_PATH, SEND_PATH]


def test_a_stand_in_is_reached_past_any_proxy(
    fcm: FcmServer, fresh: FcmChannel, monkeypatch: pytest.MonkeyPatch
):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert isinstance(fresh.send(envelope(PHONE)), Sent)


def test_closing_works_inside_a_running_event_loop_and_leaves_no_app_behind(fcm: FcmServer):
    before = dict(firebase_admin._apps)
    channel = FcmChannel(fcm.service_account(), base_url=fcm.base_url)

    async def close() -> None:
        channel.close()

    asyncio.run(close())

    assert firebase_admin._apps == before


def test_closing_works_twice_and_the_channel_then_refuses_quietly(fcm: FcmServer):
    channel = FcmChannel(fcm.service_account(), base_url=fcm.base_url)
    channel.send(envelope(PHONE))
    channel.close()
    channel.close()
    assert channel.send(envelope(PHONE)) == Misconfigured(code="closed")


def test_the_stand_in_runs_as_a_process_and_logs_each_delivery(tmp_path: Path):
    key, log = tmp_path / "account.json", tmp_path / "deliveries.log"
    command = [sys.executable, "-m", "tests.fakes.fcm", "--credentials", str(key), "--log", str(log)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as process:
        assert process.stdout is not None
        channel = FcmChannel(key, base_url=process.stdout.readline().strip())
        outcome = channel.send(envelope(PHONE))
        process.terminate()
        channel.close()
    assert isinstance(outcome, Sent)
    at, token, data = log.read_text(encoding="utf-8").strip().split(" ", 2)
    assert 0 < time.monotonic_ns() - int(at) < 60e9
    assert (token, "case_call" in data) == (PHONE, True)
