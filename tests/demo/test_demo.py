"""`make demo`: one load that is whole or not at all, and a start that goes on with what is there."""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from pyotp.totp import TOTP
from sqlalchemy import func, select

from checkins import queries
from checkins.models import AnswerRow, FlagRow, Occurrence, OccurrenceState, ScheduleRow
from crisisplans.models import PlanReceipt, PlanRevision
from notifications.delivery.models import Message, MessageState
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case, ContactAttempt
from notifications.escalations.tiers import Tier
from server import configured, demo
from server.core.actor import Actor, ActorKind
from server.core.db import Database, DatabaseUnusable, Tx
from server.core.settings import Settings, check
from server.demo import handout, loading
from server.demo.voices import everybody
from server.people import passwords, sign_in
from server.people.models import Client, Invitation, Programme, Staff

T = TypeVar("T")


def settings_for(folder: Path) -> Settings:
    return check({"data": str(folder), "port": 8099})


# the load


def size_of(file: Path) -> int:
    """Its bytes; none when it is not there (SQLite takes its log away between two connections)."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, bool]:
    """A loaded folder in which an earlier load was killed half way; and whether that left half a load."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    command = "\n".join(
        (
            "import sys; from pathlib import Path",
            "from server import demo; from tests.demo.test_demo import settings_for",
            "demo.prepare(settings_for(Path(sys.argv[1])))",
        )
    )
    process = subprocess.Popen([sys.executable, "-c", command, str(folder)], stdout=subprocess.DEVNULL)
    unfinished = folder / "loading" / "handrail.db-wal"
    until = time.monotonic() + 60
    while size_of(unfinished) < 600_000 and time.monotonic() < until:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    half = (folder / "loading" / "keys.json").exists() and not (folder / "demo.json").exists()
    settings = settings_for(folder)
    demo.prepare(settings)
    return settings, half


@contextlib.contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    database = configured.open_database(settings)
    yield database
    database.close()


def ask(settings: Settings, work: Callable[[Tx], T]) -> T:
    with opened(settings) as database:
        return database.read_now(work)


def test_a_load_that_was_killed_is_done_again_whole(demonstration: tuple[Settings, bool]) -> None:
    settings, half = demonstration
    assert half, "the first load was to be killed half way"
    assert sorted(file.name for file in settings.data.iterdir()) == ["demo.json", "handrail.db", "keys.json"]
    assert ask(settings, lambda tx: tx.session.scalar(select(func.count(Programme.id)))) == 1
    assert ask(settings, lambda tx: tx.session.scalar(select(func.count(Client.id)))) == 12


def test_demo_json_has_its_shape_and_is_for_the_owner_alone(demonstration: tuple[Settings, bool]) -> None:
    settings, _ = demonstration
    file = settings.data / "demo.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = msgspec.json.decode(file.read_bytes())
    assert told["base_url"] == "http://127.0.0.1:8099"
    assert len(told["staff"]) == 6
    assert len(told["clients"]) == 12
    assert all(set(one) == {"name", "role", "email", "password", "totp_secret"} for one in told["staff"])
    assert all(set(one) == {"id", "name", "pairing_code"} for one in told["clients"])
    roles = sorted(one["role"] for one in told["staff"])
    assert roles == ["administrator", "case_manager", "case_manager", "clinician", "clinician", "supervisor"]


def test_every_staff_member_can_sign_in(demonstration: tuple[Settings, bool]) -> None:
    settings, _ = demonstration
    given = handout.read(settings.data)
    with opened(settings) as database:
        for card in given.staff:
            assert passwords.problem(card.password, second_factor=False) is None
            found = database.write_now(lambda tx, card=card: sign_in.find(tx, card.email, "test"))
            assert isinstance(found, list)
            right = sign_in.with_password(found, card.password)
            assert len(right) == 1

            def begin(tx: Tx, card: Any = card, right: Any = right) -> str:
                return sign_in.sign_in(tx, right, card.email, TOTP(card.totp_secret).at(tx.now))[2]

            assert database.write_now(begin) == "full"


def test_three_weeks_were_answered_about_as_often_as_people_do(demonstration: tuple[Settings, bool]) -> None:
    settings, _ = demonstration
    states = ask(settings, lambda tx: list(tx.session.scalars(select(Occurrence.state))))
    answered = states.count(OccurrenceState.ANSWERED) + states.count(OccurrenceState.ANSWERED_LATE)
    assert 0.6 <= answered / (answered + states.count(OccurrenceState.MISSED)) <= 0.85
    assert answered > 150
    first = ask(settings, lambda tx: tx.session.scalar(select(func.min(AnswerRow.answered_at))))
    assert first is not None
    assert datetime.now(UTC) - first > timedelta(days=20)
    assert (ask(settings, lambda tx: tx.session.scalar(select(func.count(FlagRow.id)))) or 0) > 10


def test_two_cases_are_open_and_the_others_were_closed_by_people(
    demonstration: tuple[Settings, bool],
) -> None:
    settings, _ = demonstration
    cases = ask(settings, lambda tx: list(tx.session.scalars(select(Case))))
    by_state = {state: [case for case in cases if case.state is state] for state in CaseState}
    (waiting,), (taken,) = by_state[CaseState.OPEN], by_state[CaseState.ACKNOWLEDGED]
    assert waiting.tier is Tier.EMERGENCY
    assert waiting.owner_id is None
    assert taken.tier is Tier.URGENT
    assert taken.owner_id is not None
    tries = ask(
        settings,
        lambda tx: list(tx.session.scalars(select(ContactAttempt).where(ContactAttempt.case_id == taken.id))),
    )
    assert [attempt.reached for attempt in tries] == [False]
    closed = by_state[CaseState.CLOSED]
    assert len(closed) >= 8
    assert all(case.disposition and case.closed_by and case.contacted_at for case in closed)
    assert all(case.tier is not Tier.EMERGENCY or case.cosigned_by for case in closed)


def test_nothing_of_the_past_is_ever_sent(demonstration: tuple[Settings, bool]) -> None:
    settings, _ = demonstration
    states = ask(settings, lambda tx: set(tx.session.scalars(select(Message.state))))
    assert states <= {MessageState.SENT, MessageState.DEAD}, "something old is still owed"
    assert (
        ask(settings, lambda tx: tx.session.scalar(select(func.count()).where(Message.noticed_at.is_(None))))
        == 0
    )


def test_the_first_three_clients_have_a_check_in_open_for_hours(demonstration: tuple[Settings, bool]) -> None:
    settings, _ = demonstration
    given = handout.read(settings.data)

    def mine(tx: Tx, client_id: Any) -> Any:
        programme_id = tx.session.get_one(Client, client_id).programme_id
        tx.actor = Actor(kind=ActorKind.CLIENT, id=client_id, programme_id=programme_id, role="client")
        return queries.my_checkins(tx)

    with opened(settings) as database:
        for card in given.clients[:3]:
            shown = database.write_now(lambda tx, card=card: mine(tx, card.id))
            assert any(one.closes_at > datetime.now(UTC) + timedelta(hours=2) for one in shown.open)
            assert all(one.items for one in shown.open)


def test_every_client_has_a_plan_on_the_phone_and_schedules(demonstration: tuple[Settings, bool]) -> None:
    settings, _ = demonstration

    def counts(tx: Tx) -> tuple[int, int, int, int]:
        return (
            tx.session.scalar(select(func.count(func.distinct(PlanRevision.client_id)))) or 0,
            tx.session.scalar(select(func.count(PlanRevision.id))) or 0,
            tx.session.scalar(select(func.count(PlanReceipt.id))) or 0,
            tx.session.scalar(select(func.count(func.distinct(ScheduleRow.client_id)))) or 0,
        )

    revised = sum(voice.later is not None for voice in everybody())
    assert ask(settings, counts) == (12, 12 + revised, 12 + revised, 12)
    assert revised >= 3


# starting again


@pytest.fixture
def again(demonstration: tuple[Settings, bool], tmp_path: Path) -> Settings:
    """A copy of the loaded folder, to change things in."""
    folder = tmp_path / "again"
    shutil.copytree(demonstration[0].data, folder)
    return settings_for(folder)


def test_a_second_start_goes_on_with_the_data_it_has(again: Settings) -> None:
    before = handout.read(again.data)
    shown = demo.prepare(again)
    assert handout.read(again.data) == before
    assert callable(shown)
    staff = ask(again, lambda tx: tx.session.scalar(select(func.count(Staff.id))))
    assert staff == 6


def test_the_table_shows_every_sign_in_and_code(again: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    demo.prepare(again)()
    printed = capsys.readouterr().out
    given = handout.read(again.data)
    for card in given.staff:
        assert all(part in printed for part in (card.name, card.email, card.password, card.totp_secret))
    for client in given.clients:
        assert client.name in printed
        assert client.pairing_code in printed.replace(" ", "")
    assert "http://127.0.0.1:8099/api/openapi.json" in printed


def test_used_and_expired_codes_are_renewed_and_the_others_stay(again: Settings) -> None:
    before = handout.read(again.data)
    with opened(again) as database:
        token = database.write_now(lambda tx: sign_in.pair(tx, before.clients[0].pairing_code, "test"))
        assert isinstance(token, tuple)

        def run_out(tx: Tx) -> None:
            query = select(Invitation).where(Invitation.client_id == before.clients[1].id)
            tx.session.scalars(query).one().expires_at = tx.now - timedelta(minutes=1)

        database.write_now(run_out)
    demo.prepare(again)
    after = handout.read(again.data)
    changed = [
        old.pairing_code != new.pairing_code for old, new in zip(before.clients, after.clients, strict=True)
    ]
    assert changed == [True, True, *[False] * 10]
    with opened(again) as database:
        for card in after.clients[:2]:
            answer = database.write_now(lambda tx, card=card: sign_in.pair(tx, card.pairing_code, "test"))
            assert isinstance(answer, tuple)
            assert answer[1] == card.id


def test_another_port_is_told_in_demo_json(again: Settings) -> None:
    demo.prepare(msgspec.structs.replace(again, port=9001))
    assert handout.read(again.data).base_url == "http://127.0.0.1:9001"


@pytest.mark.parametrize("moved", [(), ("keys.json",), ("handrail.db", "keys.json")])
def test_a_move_that_was_interrupted_is_finished(again: Settings, moved: tuple[str, ...]) -> None:
    unfinished = again.data / "loading"
    unfinished.mkdir()
    for file in list(again.data.iterdir()):
        if file.is_file() and file.name not in moved:
            file.replace(unfinished / file.name)
    before = handout.read(unfinished)
    demo.prepare(again)
    assert handout.read(again.data) == before
    assert not unfinished.exists()


def test_a_folder_with_another_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "handrail.db").write_bytes(b"somebody's")
    with pytest.raises(DatabaseUnusable, match="choose another folder"):
        demo.prepare(settings_for(tmp_path))
    assert os.listdir(tmp_path) == ["handrail.db"]


def test_a_server_database_is_refused_in_one_line(tmp_path: Path) -> None:
    settings = check({"data": str(tmp_path), "database": "postgresql://nowhere/none"})
    with pytest.raises(DatabaseUnusable, match="leave database and keys_file unset"):
        loading.needed(settings)
