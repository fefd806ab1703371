"""Incidents in which something small was broken, or one person was hasty: the client is heard all the same."""

import threading
import time
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from crisisplans.queries import main_line
from notifications.delivery.models import Device
from notifications.escalations.models import Case, CaseCause, EventKind
from notifications.escalations.tiers import Tier
from server.people.models import Client, Staff
from server.people.terms import Role
from tests.checkins.told import NOT_SAFE, answer, count, opened, send
from tests.escalations.telling import act, called, flagged, hush, lines, ok, row, told
from tests.world import World

SPOILT = b"\x01\x09" + b"y" * 60
NOTHING = {"disposition": "false_positive", "reason": "she always says so"}
SAFE = {"disposition": "safe_with_plan", "next_contact_on": "2026-01-14"}


def spoil(world: World, table: type[Any], row_id: UUID, **values: Any) -> None:
    """Something wrote over these columns."""
    where = table.__table__.update().where(table.id == row_id).values(**values)
    world.db.write_now(lambda tx: tx.connection.execute(where))


def cries(world: World) -> Any:
    """Noor asks for someone with words of her own; the reply."""
    return ok(world.noor.api.put(f"/me/help/{uuid4()}", {"note": "please call my mobile"}))


@pytest.mark.parametrize(
    ("table", "whose", "values"),
    [
        (Staff, "mara", {"name": SPOILT}),
        (Client, "noor", {"zone": "US/Pacific-New"}),
    ],
)
def test_what_only_makes_a_sentence_never_takes_a_cry_for_help_back(
    world: World, table: type[Any], whose: str, values: dict[str, Any]
) -> None:
    checkin = opened(world)
    spoil(world, table, getattr(world, whose).id, **values)
    reply = answer(world.noor, checkin, world, NOT_SAFE)
    assert "Mara" not in reply["coverage"]
    assert f"call or text {main_line().number}" in reply["coverage"]
    assert f"call or text {main_line().number}" in cries(world)["coverage"]
    assert count(world, Case) == 1
    world.tick()
    assert world.mara.phone.take_all()[0] == "case_call"


def test_a_zone_that_is_gone_leaves_the_time_out_of_what_noor_reads(world: World) -> None:
    case_id = UUID(cries(world)["case_id"])
    spoil(world, Client, world.noor.id, zone="US/Pacific-New")
    act(world, world.ben, case_id, "acknowledge")
    shown = ok(world.noor.api.get("/me/case"))["case"]
    line = f"If you need someone now, call or text {main_line().number}."
    assert shown["sentence"] == f"Ben has seen this. {line}"
    hush(world)


@pytest.mark.parametrize(("key", "lost"), [(SPOILT, 0), (b"", 1)], ids=["damaged", "deleted"])
def test_a_client_key_that_does_not_open_costs_the_words_at_most_and_not_the_call(
    world: World, key: bytes, lost: int
) -> None:
    spoil(world, Client, world.noor.id, wrapped_key=key)
    case_id = cries(world)["case_id"]
    assert count(world, CaseCause, CaseCause.note.is_(None)) == lost
    assert called(world, UUID(case_id)) == [["Mara"]]
    hush(world)


@pytest.mark.parametrize("policy", ["{broken", "[1]"])
def test_an_open_case_whose_rules_are_broken_still_takes_news_and_goes_on_by_the_usual_rules(
    world: World, policy: str
) -> None:
    case_id = flagged(world, Tier.URGENT)
    hush(world)
    usable = policy if world.db.sqlite else "[1]"  # PostgreSQL lets nothing in that is not JSON
    world.db.write_now(lambda tx: tx.session.execute(text("update cases set policy = :p"), {"p": usable}))
    assert UUID(cries(world)["case_id"]) == case_id
    assert len(ok(world.mara.api.get("/cases"))["cases"][0]["causes"]) == 2
    world.pass_time(minutes=20, step_seconds=120)
    assert called(world, case_id) == [["Mara"], ["Ben"], ["Sol"]]
    act(world, world.sol, case_id, "acknowledge")
    hush(world)


def test_an_open_case_that_cannot_be_read_at_all_calls_every_supervisor(world: World) -> None:
    if not world.db.sqlite:
        pytest.skip("PostgreSQL lets no word in that is not on the list")
    case_id = flagged(world, Tier.URGENT)
    hush(world)

    def overwrite(tx: Any) -> None:
        tx.session.execute(text("pragma ignore_check_constraints = on"))
        tx.session.execute(text("update cases set tier = 'dire'"))
        tx.session.execute(text("pragma ignore_check_constraints = off"))

    world.db.write_now(overwrite)
    reply = cries(world)
    assert (UUID(reply["case_id"]), reply["tier"]) == (case_id, "urgent")
    assert f"call or text {main_line().number}" in reply["coverage"]
    assert count(world, CaseCause) == 2
    world.tick()
    assert world.sol.phone.take_all() == ["case_call"]
    world.db.write_now(lambda tx: tx.session.execute(text("update cases set tier = 'urgent'")))
    assert "rescued" in told(world, case_id)
    hush(world)


@pytest.mark.parametrize("press", [True, False])
def test_mara_signs_out_at_the_moment_noor_is_not_safe(world: World, press: bool) -> None:
    """Only PostgreSQL can meet the two: the phone's row is gone before the call that names it is written."""
    if world.db.sqlite:
        pytest.skip("one writer at a time")
    checkin = opened(world)
    replies: list[Any] = []
    forgetting = world.db.engine.connect()
    forgetting.execute(Device.__table__.delete().where(Device.id == world.mara.device_id))
    body = {"answered_at": world.clock.at.isoformat(), "answers": NOT_SAFE}
    one = lambda: world.noor.api.put(f"/me/help/{uuid4()}", {})  # noqa: E731
    other = lambda: send(world.noor, checkin, body)  # noqa: E731
    sending = threading.Thread(target=lambda: replies.append(one() if press else other()))
    sending.start()
    time.sleep(0.7)
    forgetting.commit()
    forgetting.close()
    sending.join()
    case_id = UUID(ok(replies[0])["case_id"])
    assert called(world, case_id)[0] == ["Mara"]
    assert not lines(world, case_id, EventKind.UNREACHABLE_RECIPIENT)  # her e-mail is left
    hush(world)


def test_the_only_supervisor_has_left_and_a_hasty_closing_silences_nobody(world: World) -> None:
    ok(world.adi.api.delete(f"/staff/{world.sol.id}"), 204)
    case_id = flagged(world, Tier.EMERGENCY)
    hush(world)
    waiting = act(world, world.ben, case_id, "close", **NOTHING)
    assert (waiting["state"], waiting["awaiting_cosign"]) == ("open", True)
    before = len(called(world, case_id))
    world.pass_time(minutes=30)
    assert len(called(world, case_id)) >= before + 5
    assert "Adi" in called(world, case_id)[-1]
    assert "case_call" in world.adi.phone.take_all()
    assert world.anybody().get("/health/escalations").status_code == 200
    hush(world)


def test_an_unreached_emergency_closed_by_one_rings_the_supervisor_until_the_second_signature(
    world: World,
) -> None:
    case_id = flagged(world, Tier.EMERGENCY)
    act(world, world.mara, case_id, "acknowledge")
    hush(world)
    act(world, world.mara, case_id, "close", **NOTHING)
    world.tick()
    world.sol.phone.take("case_call")
    world.pass_time(minutes=8)
    assert world.sol.phone.take_all() == ["case_call", "case_call"]
    signed = act(world, world.sol, case_id, "cosign", agree=True)
    assert (signed["state"], signed["cosigned_by"]["name"]) == ("closed", "Sol")
    world.pass_time(minutes=30, step_seconds=300)
    assert "case_call" not in world.sol.phone.take_all()
    hush(world)


def test_a_supervisor_who_takes_the_case_instead_of_signing_withdraws_the_closing(world: World) -> None:
    case_id = flagged(world, Tier.EMERGENCY)
    act(world, world.ben, case_id, "close", **NOTHING)
    hush(world)
    taken = act(world, world.sol, case_id, "acknowledge")
    assert (taken["awaiting_cosign"], taken["disposition"], taken["owner"]["name"]) == (False, None, "Sol")
    assert told(world, case_id)[-2:] == ["acknowledged", "closing_withdrawn"]
    hush(world)


def test_reached_while_a_closing_waits_and_the_calls_stop(world: World) -> None:
    case_id = flagged(world, Tier.EMERGENCY)
    act(world, world.ben, case_id, "close", **NOTHING)
    hush(world)
    act(world, world.ben, case_id, "contacts", channel="phone", reached=True)
    world.pass_time(minutes=30, step_seconds=300)
    world.sol.phone.nothing()
    assert row(world, case_id).awaiting_cosign
    assert act(world, world.sol, case_id, "cosign", agree=True)["state"] == "closed"
    hush(world)


def test_nobody_hears_that_a_signature_is_needed_so_the_administrators_do(world: World) -> None:
    case_id = flagged(world, Tier.EMERGENCY)
    act(world, world.mara, case_id, "contacts", channel="phone", reached=True)
    hush(world)
    ok(world.sol.api.delete(f"/me/devices/{world.sol.device_id}"), 204)  # nobody serves e-mail here
    act(world, world.mara, case_id, "close", **SAFE)
    world.pass_time(hours=23, step_seconds=3600)
    world.adi.phone.nothing()
    world.pass_time(hours=1, step_seconds=1800)
    world.adi.phone.take("case_undelivered")
    hush(world)


def test_nobody_has_to_sign_for_a_programme_with_one_supervisor_who_owns_the_case_but_admins_hear(
    world: World,
) -> None:
    case_id = flagged(world, Tier.EMERGENCY)
    act(world, world.sol, case_id, "contacts", channel="phone", reached=True)
    hush(world)
    act(world, world.sol, case_id, "close", **SAFE)
    world.tick()
    world.adi.phone.take("case_cosign")
    world.staff("Sam", Role.SUPERVISOR, world.programme_id)
    sam = world.people["sam"]
    assert act(world, sam, case_id, "cosign", agree=True)["state"] == "closed"
    hush(world)


def test_ben_alone_cannot_call_noors_cry_for_help_nothing(world: World) -> None:
    case_id = UUID(cries(world)["case_id"])
    hush(world)
    waiting = act(world, world.ben, case_id, "close", **NOTHING)
    assert (waiting["state"], waiting["awaiting_cosign"]) == ("open", True)
    world.tick()
    world.sol.phone.take("case_call")
    assert ok(world.noor.api.get("/me/case"))["case"]["state"] != "closed"
    assert act(world, world.sol, case_id, "cosign", agree=True)["state"] == "closed"
    hush(world)


def test_ben_who_spoke_with_noor_may_close_it_himself(world: World) -> None:
    case_id = UUID(cries(world)["case_id"])
    act(world, world.ben, case_id, "contacts", channel="phone", reached=True)
    assert act(world, world.ben, case_id, "close", **NOTHING)["state"] == "closed"
    hush(world)
