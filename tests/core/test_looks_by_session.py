"""Somebody with a copy of Mara's session looks at what Mara has just looked at: both looks stand in the trail."""

from uuid import UUID

from sqlalchemy import select

from server.core import audit
from server.core.audit import AuditRow
from server.people.models import SessionRow
from tests.console.desk import desk
from tests.world import Person, World


def looks(world: World, client: Person, what: str = "client.view") -> list[UUID | None]:
    """The sessions of the looks at this client, in order."""
    query = select(AuditRow.session_id).where(AuditRow.client_id == client.id, AuditRow.what == what)
    return world.db.read_now(lambda tx: list(tx.session.scalars(query.order_by(AuditRow.number))))


def test_a_thief_in_a_second_session_does_not_hide_behind_maras_own_look(world: World) -> None:
    path = f"/clients/{world.noor.id}"
    thief = {"Authorization": f"Bearer {world.new_session(world.mara)}"}
    for minutes in (0, 3, 5):
        world.clock.advance(minutes=minutes)
        assert world.mara.api.get(path).status_code == 200
        assert world.anybody().get(path, headers=thief).status_code == 200
    first, second = looks(world, world.noor)
    assert first != second
    whose = select(SessionRow.staff_id).where(SessionRow.id.in_([first, second]))
    assert world.db.read_now(lambda tx: tx.session.scalars(whose).all()) == [world.mara.id] * 2
    told = [view["what"] for view in world.noor.api.get("/me/access-log").json()["views"]]
    assert told == ["Looked at your record"], "for Noor it was one person's look, that day"
    world.clock.advance(minutes=8)
    world.mara.api.get(path)
    assert looks(world, world.noor) == [first, second, first], "a quarter of an hour after each session's own"


def test_acts_name_their_session_and_the_chain_holds_it(world: World) -> None:
    body = {"tier": "routine", "note": "He did not come to the group"}
    assert world.mara.api.post(f"/clients/{world.noor.id}/cases", body).status_code == 201
    query = select(AuditRow.session_id).where(AuditRow.what == "case.open")
    assert world.db.read_now(lambda tx: tx.session.scalars(query).one()) is not None
    world.db.write_now(audit.seal)
    assert world.db.read_now(audit.first_broken_seal) is None
    world.tick()
    world.mara.phone.take_all()
    world.ben.phone.take_all()
    world.sol.phone.take_all()


def test_what_is_read_beside_the_writers_is_recorded_before_it_is_shown(world: World) -> None:
    body = {"tier": "routine", "note": "He did not come to the group"}
    assert world.mara.api.post(f"/clients/{world.noor.id}/cases", body).status_code == 201
    at = desk(world, "Sol")
    for expected in (1, 1):
        assert "Noor" in at.get("/queue").text
        assert len(looks(world, world.noor, "case.list")) == expected
    world.tick()
    for person in world.people.values():
        person.phone.take_all()
