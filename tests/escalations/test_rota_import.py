"""A calendar file whose rota begins on a Monday to come: until then everybody stands in who did."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from notifications.escalations.oncall import acts, importing
from notifications.escalations.oncall.calendars import as_entered
from notifications.escalations.oncall.importing import Sent
from notifications.escalations.oncall.models import OverrideRow
from notifications.escalations.rotas.duty import BOTH, stretches
from notifications.escalations.rotas.rota import Layer, Override
from server.core.audit import AuditRow
from tests.escalations.oncall import as_person, chicago, enter, first_team, nights_and_days
from tests.escalations.telling import ok
from tests.world import Person, World

WEDNESDAY, MONDAY = date(2026, 3, 4), date(2026, 3, 16)
EVERY_DAY = "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU\r\n"
NEW_ROTA = "\r\n".join(
    (
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//elsewhere//EN", "BEGIN:VEVENT", "UID:1"),
        *("SUMMARY:Ida (primary)", "DTSTART;TZID=America/Chicago:20260316T080000"),
        *("DTEND;TZID=America/Chicago:20260317T080000", f"{EVERY_DAY}END:VEVENT", "END:VCALENDAR", ""),
    )
)


def stands_in(world: World, team: UUID, person: Person, day: date, hour: int, hours: int) -> UUID:
    from_at = chicago(day, hour)
    given = Override(
        layer=Layer.PRIMARY, from_at=from_at, to_at=from_at + timedelta(hours=hours), person_in=person.id
    )
    return as_person(world, world.sol, lambda tx: acts.add_override(tx, team, given).id)


def rows(world: World) -> dict[UUID, OverrideRow]:
    standing = select(OverrideRow).where(OverrideRow.withdrawn_at.is_(None))
    return {row.id: row for row in world.db.read_now(lambda tx: list(tx.session.scalars(standing)))}


def test_the_new_rota_begins_in_two_weeks_and_tonights_stand_in_still_stands(world: World) -> None:
    world.clock.set(chicago(WEDNESDAY, 9))
    enter(world, nights_and_days(world, world.mara, world.ben, None))
    team = first_team(world)
    tonight = stands_in(world, team, world.sol, WEDNESDAY, 20, 12)
    bens_last = stands_in(world, team, world.sol, date(2026, 3, 15), 20, 12)
    long = stands_in(world, team, world.mara, date(2026, 3, 15), 8, 24 * 7)
    within = stands_in(world, team, world.sol, date(2026, 3, 15), 12, 2)
    later = stands_in(world, team, world.mara, date(2026, 3, 17), 8, 12)
    sent = Sent(data=NEW_ROTA.encode())
    dry = as_person(world, world.sol, lambda tx: importing.dry_run(tx, team, sent))
    assert dry.from_on == MONDAY
    as_person(world, world.sol, lambda tx: importing.apply(tx, team, sent, dry.mark))
    stands = rows(world)
    assert stands.keys() == {tonight, bens_last, long, within}, f"not {later}"
    ends = [stands[each].to_at for each in (tonight, bens_last, long)]
    assert ends == [chicago(date(2026, 3, 5), 8), chicago(MONDAY, 8), chicago(MONDAY, 8)]
    entered = world.db.read_now(lambda tx: as_entered(tx, world.programme_id, team))
    ahead = (world.clock.at, world.clock.at + timedelta(days=30))
    for layer in BOTH:
        assert stretches(entered, layer, *ahead) == stretches(dry.calendar, layer, *ahead)
    on = {stretch.from_at: stretch.on.person for stretch in stretches(entered, Layer.PRIMARY, *ahead)}
    assert on[chicago(WEDNESDAY, 20)] == world.sol.id
    assert on[chicago(date(2026, 3, 15), 12)] == world.sol.id, "of two the one made later, as before"
    assert on[chicago(MONDAY, 8)] == world.ida.id
    cut = select(AuditRow).where(AuditRow.what == "rota.override.cut")
    (line,) = world.db.read_now(lambda tx: list(tx.session.scalars(cut)))
    was = chicago(date(2026, 3, 22), 8).isoformat()
    assert (line.row_id, line.actor_id, line.data) == (long, world.sol.id, {"team": str(team), "to_at": was})


def test_a_file_for_this_week_takes_the_place_of_stand_ins_from_now_on(world: World) -> None:
    world.clock.set(chicago(WEDNESDAY, 9))
    enter(world, nights_and_days(world, world.mara, world.ben, None))
    team = first_team(world)
    running = stands_in(world, team, world.sol, WEDNESDAY, 8, 12)
    stands_in(world, team, world.sol, WEDNESDAY, 20, 12)
    file = NEW_ROTA.replace("20260316", "20260302").replace("20260317", "20260303")
    tried = ok(world.sol.api.post(f"/teams/{team}/import", {"file": file}))
    ok(world.sol.api.post(f"/teams/{team}/import", {"file": file, "mark": tried["mark"]}))
    stands = rows(world)
    assert stands.keys() == {running}
    assert stands[running].to_at == world.clock.at, "that Sol was on until now stays on record"
    order = ok(world.mara.api.get(f"/teams/{team}/on-call"))["order"]
    assert [each["person"]["name"] for each in order] == ["Ida"]


def test_a_file_of_single_events_alone_leaves_every_stand_in(world: World) -> None:
    world.clock.set(chicago(WEDNESDAY, 9))
    enter(world, nights_and_days(world, world.mara, world.ben, None))
    team = first_team(world)
    tonight = stands_in(world, team, world.sol, WEDNESDAY, 20, 12)
    file = NEW_ROTA.replace(EVERY_DAY, "")
    tried = ok(world.sol.api.post(f"/teams/{team}/import", {"file": file}))
    ok(world.sol.api.post(f"/teams/{team}/import", {"file": file, "mark": tried["mark"]}))
    assert len(rows(world)) == 2
    assert rows(world)[tonight].to_at == chicago(date(2026, 3, 5), 8)
