"""What the worker does when something is broken: it still gets a human."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from notifications.delivery.models import Message
from notifications.escalations import jobs
from notifications.escalations.models import Case, EventKind
from notifications.escalations.tiers import Tier
from server.core.db import Tx
from server.people.models import CareSpell, Programme
from server.people.terms import CareRole, Role
from tests.escalations.telling import act, called, flagged, hush, lines, ok, row, told
from tests.world import Person, World

NO_RUNGS = {"acknowledge_minutes": 10, "contact_minutes": 60, "clock": "wall", "rungs": []}


def spoil(world: World, case_id: Any, policy: dict[str, Any]) -> None:
    """The copy of the policy in a case is damaged."""
    world.db.write_now(
        lambda tx: tx.session.execute(update(Case).where(Case.id == case_id).values(policy=policy))
    )


def in_role(world: World, client: Person, role: CareRole, person: Person) -> None:
    """Somebody gets a care role."""

    def begin(tx: Tx) -> None:
        tx.session.add(CareSpell(client_id=client.id, staff_id=person.id, role=role, from_at=tx.now))

    world.db.write_now(begin)


def test_a_call_that_reaches_no_phone_and_no_mailbox_climbs_at_once(world: World) -> None:
    moe = world.staff("Moe", Role.CASE_MANAGER, world.programme_id, device=False)
    noa = world.add_client("Noa", team=False)
    in_role(world, noa, CareRole.CASE_MANAGER, moe)
    in_role(world, noa, CareRole.BACKUP, world.ben)
    case_id = flagged(world, Tier.URGENT, client=noa)
    assert called(world, case_id) == [["Moe"]]
    world.tick()
    world.ben.phone.take("case_call")
    assert told(world, case_id) == ["opened", "called", "undelivered", "called"]
    undelivered = lines(world, case_id, EventKind.UNDELIVERED)[0]
    assert undelivered.data["people"] == [str(moe.id)]


def test_nobody_on_the_rungs_and_all_supervisors_are_called_with_the_answer(world: World) -> None:
    noa = world.add_client("Noa", team=False)
    case_id = flagged(world, Tier.SAME_DAY, client=noa)
    assert called(world, case_id) == [["Sol"]]
    assert lines(world, case_id, EventKind.PASSED)[0].data["rungs"] == [0, 1, 2]
    hush(world)


def test_no_supervisor_at_all_and_somebody_is_called_all_the_same(world: World) -> None:
    world.clock.advance(minutes=1)
    ok(world.adi.api.delete(f"/staff/{world.sol.id}"), 204)
    noa = world.add_client("Noa", team=False)
    assert called(world, flagged(world, Tier.URGENT, client=noa)) == [["Adi"]]
    world.tick()
    world.adi.phone.take("case_call")
    case_id = flagged(world, Tier.URGENT)
    world.clock.advance(minutes=60)
    world.tick()
    assert called(world, case_id)[1:] == [["Ben"], ["Mara", "Ida"]]
    hush(world)


def test_an_unreadable_policy_in_the_case_and_the_default_goes_on(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    spoil(world, case_id, {"urgent": "soon"})
    world.clock.advance(minutes=10)
    world.tick()
    world.mara.phone.take("case_call")
    world.ben.phone.take("case_call")


def test_settings_that_cannot_be_read_or_are_unsafe_never_stop_a_cry_for_help(world: World) -> None:
    settings = {"escalation": {"urgent": 1}, "coverage": {"zone": "Moon/Base"}, "help": {"tier": "routine"}}
    query = update(Programme).where(Programme.id == world.programme_id)
    world.db.write_now(
        lambda tx: tx.session.execute(query.values(settings=settings, version=Programme.version + 1))
    )
    received = ok(world.noor.api.put("/me/help/0198a3c0-0000-7000-8000-000000000001"))
    assert received["tier"] == "urgent"
    assert "Mara will look at this by 9:30 am." in received["coverage"]
    world.tick()
    world.mara.phone.take("case_call")


def test_one_case_that_cannot_be_worked_on_stops_no_other_and_still_calls_supervisors(world: World) -> None:
    broken = flagged(world, Tier.URGENT)
    spoil(world, broken, dict.fromkeys(Tier, NO_RUNGS))
    sound = flagged(world, Tier.URGENT, client=world.add_client("Noa"))
    hush(world)
    world.clock.advance(minutes=10)
    world.tick()
    world.sol.phone.take("case_call")
    world.ben.phone.take("case_call")
    assert told(world, broken) == ["opened", "called", "rescued"]
    assert called(world, sound) == [["Mara"], ["Ben"]]
    assert world.anybody().get("/health/escalations").status_code == 200
    world.pass_time(minutes=5)
    world.sol.phone.take("case_call")
    act(world, world.sol, broken, "acknowledge")
    world.pass_time(minutes=10)
    assert told(world, broken).count("rescued") == 2
    hush(world)


def unreachable(world: World, name: str, tier: Tier) -> UUID:
    """A case whose manager has neither a phone nor a mailbox that may be used: its first call is dead."""
    manager = world.staff(f"{name}-manager", Role.CASE_MANAGER, world.programme_id, device=False)
    client = world.add_client(name, team=False)
    in_role(world, client, CareRole.CASE_MANAGER, manager)
    in_role(world, client, CareRole.BACKUP, world.ben)
    return flagged(world, tier, client=client)


def send(world: World) -> None:
    """What is owed is sent, or dies; nobody climbs for it yet."""
    world.jobs.run("send_due")
    world.jobs.sender.drain()


def test_calls_that_die_all_the_time_leave_those_that_are_due_their_half(world: World) -> None:
    cases = [flagged(world, Tier.URGENT, client=world.add_client(f"N{n}")) for n in range(2)]
    world.clock.advance(minutes=10)
    dead = [unreachable(world, f"D{n}", Tier.SAME_DAY) for n in range(6)]
    send(world)
    assert jobs.climb_due(world.db, 4) == 4
    assert [called(world, case_id) for case_id in cases] == [[["Mara"], ["Ben"]]] * 2
    assert [len(called(world, case_id)) for case_id in dead] == [2, 2, 1, 1, 1, 1]
    assert jobs.climb_due(world.db, 4) == 4, "with nothing due, the whole batch is for what died"
    assert [len(called(world, case_id)) for case_id in dead] == [2] * 6
    hush(world)


def test_after_an_outage_an_emergency_is_called_for_before_older_routine_cases(world: World) -> None:
    def add(tier: Tier, name: str) -> UUID:
        return flagged(world, tier, client=world.add_client(name))

    older = [add(Tier.URGENT, f"U{n}") for n in range(3)]
    world.clock.advance(minutes=12)
    emergency = add(Tier.EMERGENCY, "Eli")
    world.clock.advance(minutes=5)
    assert jobs.climb_due(world.db, 1) == 1
    assert len(called(world, emergency)) == 2
    assert jobs.climb_due(world.db, 1) == 1
    assert [len(called(world, case_id)) for case_id in older] == [2, 1, 1], "then the one that waits longest"
    hush(world)


def test_of_calls_that_died_the_emergency_climbs_first(world: World) -> None:
    older = [unreachable(world, f"D{n}", Tier.URGENT) for n in range(3)]
    world.clock.advance(seconds=1)
    emergency = unreachable(world, "Eli", Tier.EMERGENCY)
    send(world)
    assert jobs.climb_due(world.db, 2) == 2
    assert told(world, emergency).count("undelivered") == 1
    assert [told(world, case_id).count("undelivered") for case_id in older] == [1, 0, 0]
    hush(world)


def test_workers_at_the_same_moment_double_nothing(world: World) -> None:
    cases = [flagged(world, Tier.URGENT, client=world.add_client(f"N{n}")) for n in range(5)]
    world.clock.advance(minutes=12)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: jobs.climb_due(world.db), range(4)))
    assert sum(done) == 5
    for case_id in cases:
        assert called(world, case_id) == [["Mara"], ["Ben"]]
    owed = select(Message.dedupe_key).where(Message.case_id.in_(cases), Message.staff_id == world.ben.id)
    keys = world.db.read_now(lambda tx: list(tx.session.scalars(owed)))
    assert len(keys) == len(set(keys)) == 10  # five cases, by push and by e-mail
    hush(world)


def put_off(world: World, case_id: UUID, by: timedelta) -> None:
    """The next call of a case is set far ahead, as a clock that ran ahead or a damaged row would."""
    later = update(Case).where(Case.id == case_id).values(next_call_at=world.clock.at + by)
    world.db.write_now(lambda tx: tx.session.execute(later))


def test_a_case_put_off_for_forty_days_is_called_for_within_two_minutes(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    beside = flagged(world, Tier.URGENT, client=world.add_client("Lee"))
    put_off(world, case_id, timedelta(days=40))
    put_off(world, beside, timedelta(days=30))
    spoil(world, beside, {"urgent": "soon"})
    for _ in range(2):
        world.jobs.run("housekeeping")
        world.tick()
        world.clock.advance(minutes=1)
    assert [called(world, each) for each in (case_id, beside)] == [[["Mara"], ["Ben"]]] * 2
    hush(world)


def test_who_took_a_case_by_a_clock_that_was_ahead_keeps_it_and_it_lapses_as_any_other(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    act(world, world.mara, case_id, "acknowledge")
    put_off(world, case_id, timedelta(days=1))
    for _ in range(2):
        world.jobs.run("housekeeping")
        world.tick()
        world.clock.advance(minutes=1)
    assert row(world, case_id).owner_id == world.mara.id
    world.clock.advance(hours=2)
    world.tick()
    assert told(world, case_id)[-2:] == ["lapsed", "called"]
    hush(world)


def test_a_case_that_waits_as_long_as_it_may_is_left_alone(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    due = row(world, case_id).next_call_at
    for _ in range(3):
        world.jobs.run("housekeeping")
        world.clock.advance(minutes=1)
    assert row(world, case_id).next_call_at == due
    hush(world)
