"""Whoever opens a page about Noor has looked at her data: each of them leaves a row of the audit trail."""

from uuid import UUID

import pytest
from sqlalchemy import select

from server.core.audit import AuditRow
from server.people.looks import LOOKS, SENTENCES
from tests.checkins import told
from tests.checkins.told import CALM, add_schedule, answer, daily
from tests.console.desk import desk
from tests.console.test_caseload import UNSCHEDULED
from tests.world import World

PAGES = (
    "",
    "/edit",
    "/record",
    "/checkins",
    "/raise",
    "/telephone",
    "/telephone/{answered}",
    "/discharge",
    "/readmit",
    "/schedules/new",
    "/schedules/{schedule}",
    "/plan",
    "/plan/edit",
    "/plan/publish",
    "/plan/history",
    "/plan/revisions/1",
    "/plan/revisions/1/plan.pdf",
    "/plan/signs",
)
SENT = ("/invitations", "/schedules/new/preview", "/schedules/{schedule}/preview")


def looks(world: World, after: int) -> set[str]:
    """The words of Sol's looks at Noor's data since."""
    query = select(AuditRow.what).where(
        AuditRow.client_id == world.noor.id, AuditRow.actor_id == world.sol.id, AuditRow.number > after
    )
    return {
        what for what in world.db.read_now(lambda tx: set(tx.session.scalars(query))) if what.endswith(LOOKS)
    }


def last(world: World) -> int:
    query = select(AuditRow.number).order_by(AuditRow.number.desc()).limit(1)
    return world.db.read_now(lambda tx: tx.session.scalars(query).one())


@pytest.mark.parametrize("way", ["get", "post"])
def test_each_page_leaves_a_look(world: World, way: str) -> None:
    told.publish(world)
    schedule = add_schedule(world, daily(world))["id"]
    answered = UUID(UNSCHEDULED.format(1))
    answer(world.noor, answered, world, CALM)
    silent: list[str] = []
    for page in PAGES if way == "get" else SENT:
        world.clock.advance(minutes=16)  # a look goes on for a quarter of an hour
        before = last(world)
        path = f"/clients/{world.noor.id}{page.format(schedule=schedule, answered=answered)}"
        sol = desk(world, "Sol")
        shown = sol.get(path) if way == "get" else sol.post(path, {})
        found = looks(world, before)
        assert shown.status in (200, 422), f"{page}: {shown.status}"
        assert found <= set(SENTENCES), page
        if not found:
            silent.append(page)
    assert not silent
    for person in world.people.values():
        person.phone.take_all()
