"""Who is called by the calendar of duty: on call at night, standing in, away, gone. Told as incidents."""

from datetime import date, timedelta

import msgspec
from sqlalchemy import update

from notifications.escalations.models import Case, EventKind
from notifications.escalations.oncall import acts
from notifications.escalations.oncall.acts import Swap
from notifications.escalations.oncall.models import RotaRow
from notifications.escalations.policy import DEFAULT_POLICY, Policy
from notifications.escalations.rotas.rota import Absence, Layer, Override
from notifications.escalations.tiers import Tier
from server.core.db import Tx
from server.people.teams import calendar_changed
from server.people.terms import Role
from tests.escalations.oncall import (
    CHRISTMAS,
    as_person,
    chicago,
    enter,
    first_team,
    nights_and_days,
    on_call_first,
)
from tests.escalations.telling import act, called, flagged, hush, lines, ok
from tests.world import Person, World


def away(world: World, person: Person, backup: Person | None, hours: int = 48) -> None:
    """Somebody enters their own out of office."""
    gone = Absence(
        person=person.id,
        from_at=world.clock.at.replace(second=0, microsecond=0) - timedelta(hours=1),
        to_at=world.clock.at.replace(second=0, microsecond=0) + timedelta(hours=hours),
        backup=backup.id if backup else None,
    )
    as_person(world, person, lambda tx: acts.add_absence(tx, gone))


def test_mara_is_out_of_office_and_ben_is_called_then_nobody_and_the_rung_is_passed(world: World) -> None:
    cleo = world.staff("Cleo", Role.CASE_MANAGER, world.programme_id)
    away(world, world.mara, cleo)
    case_id = flagged(world, Tier.URGENT)
    assert called(world, case_id) == [["Cleo"]]
    ok(cleo.api.get(f"/cases/{case_id}"))
    assert act(world, cleo, case_id, "acknowledge")["owner"]["name"] == "Cleo"
    hush(world)
    assert cleo.api.get(f"/clients/{world.noor.id}").status_code == 200
    away(world, cleo, None)
    other = world.add_client("Theo")
    second = flagged(world, Tier.URGENT, client=other)
    assert called(world, second) == [["Ben"]], "Cleo, who stands in for Mara, is away herself"
    assert lines(world, second, EventKind.PASSED)[0].data["rungs"] == [0]
    assert cleo.api.get(f"/clients/{other.id}").status_code == 404
    hush(world)


def test_who_was_called_in_sees_the_client_for_some_days_and_then_no_more(world: World) -> None:
    cleo = world.staff("Cleo", Role.CASE_MANAGER, world.programme_id)
    assert cleo.api.get(f"/clients/{world.noor.id}").status_code == 404
    away(world, world.mara, cleo)
    case_id = flagged(world, Tier.URGENT)
    assert cleo.api.get(f"/clients/{world.noor.id}").status_code == 200
    act(world, world.mara, case_id, "acknowledge")
    hush(world)
    world.clock.advance(days=3, minutes=1)
    assert cleo.api.get(f"/clients/{world.noor.id}").status_code == 404
    hush(world)


def test_three_in_the_morning_on_a_holiday_the_primary_the_backup_then_all_supervisors(world: World) -> None:
    cleo = world.staff("Cleo", Role.CASE_MANAGER, world.programme_id)
    world.clock.set(chicago(date(2026, 12, 21), 9))
    on_call_first(world)
    enter(world, nights_and_days(world, world.mara, cleo, world.ida))
    world.clock.set(chicago(CHRISTMAS, 3))
    case_id = flagged(world, Tier.EMERGENCY)
    world.pass_time(minutes=12, step_seconds=60)
    assert called(world, case_id)[:4] == [["Cleo"], ["Ida"], ["Sol"], ["Sol"]]
    cleo.phone.take("case_call")
    assert act(world, cleo, case_id, "acknowledge")["owner"]["name"] == "Cleo"
    hush(world)


def test_in_office_hours_the_case_manager_is_called_as_ever(world: World) -> None:
    on_call_first(world)
    enter(world, nights_and_days(world, world.ben, world.ida, None))
    world.clock.set(chicago(date(2026, 3, 4), 10))
    assert called(world, flagged(world, Tier.EMERGENCY)) == [["Mara"]]
    hush(world)


def test_ben_who_is_on_call_has_left_and_the_rung_falls_through_at_once_and_is_logged(world: World) -> None:
    on_call_first(world)
    enter(world, nights_and_days(world, world.mara, world.ben, None))
    ok(world.adi.api.delete(f"/staff/{world.ben.id}"), 204)
    world.clock.set(chicago(date(2026, 3, 4), 23))
    case_id = flagged(world, Tier.EMERGENCY)
    assert called(world, case_id) == [["Sol"]]
    assert lines(world, case_id, EventKind.PASSED)[0].data["rungs"] == [0, 1]
    hush(world)


def test_a_swap_and_each_is_called_in_the_others_place(world: World) -> None:
    on_call_first(world)
    enter(world, nights_and_days(world, world.mara, world.ben, world.ida))
    wednesday, thursday = chicago(date(2026, 3, 4), 20), chicago(date(2026, 3, 5), 20)
    night = timedelta(hours=12)
    layers = Layer.PRIMARY, Layer.BACKUP
    one = Override(
        layer=layers[0],
        from_at=wednesday,
        to_at=wednesday + night,
        person_out=world.ben.id,
        person_in=world.ida.id,
    )
    other = Override(
        layer=layers[1],
        from_at=thursday,
        to_at=thursday + night,
        person_out=world.ida.id,
        person_in=world.ben.id,
    )
    world.clock.set(chicago(date(2026, 3, 4), 12))
    team = first_team(world)
    as_person(world, world.sol, lambda tx: acts.swap(tx, team, Swap(one=one, other=other)))
    world.clock.set(chicago(date(2026, 3, 4), 23))
    assert called(world, flagged(world, Tier.EMERGENCY))[0] == ["Ida"]
    world.clock.set(chicago(date(2026, 3, 5), 23))
    theo = world.add_client("Theo")
    case_id = flagged(world, Tier.EMERGENCY, client=theo)
    assert called(world, case_id)[0] == ["Ben"], "Ben's own night, and Ida's place behind him"
    hush(world)


def test_a_broken_rota_stops_no_call(world: World) -> None:
    on_call_first(world)
    rota_id = enter(world, nights_and_days(world, world.mara, world.ben, None))
    world.clock.set(chicago(date(2026, 3, 4), 23))
    for body in (
        {"zone": "Nowhere/At_all"},
        {"weeks": 0, "zone": "UTC", "starts_on": "2026-03-02"},
        [1],
        "x",
    ):

        def damage(tx: Tx, body: object = body) -> None:
            tx.session.execute(update(RotaRow).where(RotaRow.id == rota_id).values(body=body))
            calendar_changed(tx, world.programme_id)

        world.db.write_now(damage)
        case_id = flagged(world, Tier.EMERGENCY, client=world.add_client("Theo"))
        assert called(world, case_id) == [["Sol"]]
        assert lines(world, case_id, EventKind.PASSED)[0].data["rungs"] == [0, 1]
    hush(world)


def test_an_absent_supervisor_is_called_all_the_same_and_whoever_stands_in_as_well(world: World) -> None:
    world.clock.advance(hours=1)
    away(world, world.sol, world.ida)
    theo = world.add_client("Theo", team=False)
    assert called(world, flagged(world, Tier.URGENT, client=theo)) == [["Sol", "Ida"]]
    hush(world)


def test_a_policy_stored_before_there_were_rotas_still_reads(world: World) -> None:
    stored = msgspec.to_builtins(DEFAULT_POLICY)
    for tier in stored.values():
        for rung in tier["rungs"]:
            del rung["after_hours"]
    assert msgspec.convert(stored, Policy) == DEFAULT_POLICY
    case_id = flagged(world, Tier.URGENT)
    world.db.write_now(
        lambda tx: tx.session.execute(update(Case).where(Case.id == case_id).values(policy=stored))
    )
    world.clock.advance(minutes=10)
    world.tick()
    assert called(world, case_id) == [["Mara"], ["Ben"]]
    hush(world)
