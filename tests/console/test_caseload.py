"""The caseload at Mara's desk: who stands in it, what each line says, and that nobody's name is in an address."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, func, select

from checkins.improving import better
from server.core.audit import AuditRow
from server.core.tables import new_id
from server.people.models import CareSpell, Client
from server.people.terms import CareRole, RiskLevel
from tests.checkins import told
from tests.checkins.told import CALM, NOT_SAFE, add_schedule, answer, count, daily
from tests.console.desk import Element, desk
from tests.crisisplans.plans import plan, publish, save
from tests.world import World

UNSCHEDULED = "0192c0de-0000-7000-8000-0000000000{:02d}"
XSS = '<img src=x onerror=alert(1)> "quoted" & <script>alert(2)</script> {{ 7 * 7 }}'


def lines(page: Element) -> dict[str, list[str]]:
    """The caseload's cells by the client's name."""
    rows = [row for row in page.all("tr") if row.all("td")]
    return {row.one("th").text: [cell.text for cell in row.all("td")] for row in rows}


def listed(world: World, name: str, query: str) -> set[str]:
    """Whom a filter leaves."""
    return set(lines(desk(world, name).get(f"/caseload{query}").main))


def test_a_line_says_what_is_known_of_noor_and_each_filter_finds_whom_it_means(world: World) -> None:
    mara = desk(world, "Mara")
    pat = world.add_client("Pat", risk_level=RiskLevel.HIGH)
    assert lines(mara.get("/caseload").main) == {
        "Noor": ["none", "none", "Low", "never", "none planned", "0", "No plan"],
        "Pat": ["none", "none", "High", "never", "none planned", "0", "No plan"],
    }
    assert listed(world, "Mara", "?show=no-plan") == {"Noor", "Pat"}
    told.publish(world)
    add_schedule(world, daily(world))
    answer(world.noor, UNSCHEDULED.format(1), world, CALM)
    world.pass_time(hours=3, step_seconds=600)
    assert world.noor.phone.take_all()[0] == "checkin_open"
    (case, owed, risk, last, following, missed, status) = lines(desk(world, "Mara").get("/caseload").main)[
        "Noor"
    ]
    assert (risk, missed, status, case, owed) == ("Low", "1 in a row", "Revision 1", "none", "none")
    assert last == "09:00"
    assert following.endswith("10:00")
    assert listed(world, "Mara", "?show=overdue") == {"Noor"}
    assert listed(world, "Mara", "?show=no-plan") == {"Pat"}
    answer(pat, UNSCHEDULED.format(2), world, NOT_SAFE)
    world.tick()
    assert "Emergency" in lines(desk(world, "Mara").get("/caseload").main)["Pat"][0]
    assert listed(world, "Mara", "?show=open-case") == {"Pat"}
    for person in (world.mara, world.ben, world.sol, world.ida, pat):
        person.phone.take_all()


def test_silence_and_a_review_come_with_the_days(world: World) -> None:
    told.publish(world)
    answer(world.noor, UNSCHEDULED.format(1), world, CALM)
    world.clock.advance(days=7)
    assert listed(world, "Mara", "?show=silent") == set()
    world.clock.advance(minutes=1)
    page = desk(world, "Mara").get("/caseload?show=silent").main
    assert lines(page)["Noor"][3] == "Jan 13, 09:00 No answer for 7 days"
    assert listed(world, "Mara", "?show=silent&days=8") == set()
    assert listed(world, "Mara", "?show=review-due") == set()
    world.clock.advance(days=100)
    assert "Review due" in lines(desk(world, "Mara").get("/caseload?show=review-due").main)["Noor"][6]
    page = desk(world, "Ida").get("/plans").main
    assert "Review due" in page.text
    assert page.one("a", href=f"/clients/{world.noor.id}/plan").text == "Open the plan of Noor"


def test_not_improving_is_a_rule_in_words_and_needs_enough_moods(world: World) -> None:
    for day in range(28):
        world.clock.advance(days=1)
        answer(world.noor, UNSCHEDULED.format(day + 10), world, {**CALM, "mood": 6 if day < 14 else 5})
    page = desk(world, "Mara").get("/caseload?show=not-improving").main
    assert "the middle mood (median) of the newer 14 is no higher" in page.text
    assert set(lines(page)) == {"Noor"}
    world.tick()
    for person in world.people.values():
        person.phone.take_all()


@pytest.mark.parametrize(
    ("newer", "older", "expected"),
    [
        ([5.0] * 14, [4.0] * 14, True),
        ([5.0] * 14, [5.0] * 14, False),
        ([4.0] * 14, [5.0] * 14, False),
        ([5.0] * 7 + [None] * 7, [4.0] * 14, True),
        ([5.0] * 6 + [None] * 8, [4.0] * 14, None),
        ([5.0] * 14, [4.0] * 6, None),
    ],
)
def test_the_rule_of_getting_better(
    newer: list[float | None], older: list[float | None], expected: bool | None
) -> None:
    assert better([*newer, *older]) is expected


def test_a_search_finds_a_name_and_puts_it_in_no_address(world: World) -> None:
    world.add_client("Pat")
    mara = desk(world, "Mara")
    found = mara.post("/caseload", {"name": "  pA "})
    assert found.status == 200
    assert set(lines(found.main)) == {"Pat"}
    links = [link.attributes["href"] for link in found.page.all("a")]
    assert not [link for link in links if "pat" in link.lower()]
    assert found.page.one("title").text == "Caseload · Handrail"
    assert set(lines(mara.get("/caseload?name=pat").main)) == {"Noor", "Pat"}
    assert "Nobody of this name here." in mara.post("/caseload", {"name": "Zoe"}).text
    first = mara.get("/caseload?sort=name&down=1").main
    assert list(lines(first)) == ["Pat", "Noor"]
    assert first.one("th", aria_sort="descending").text.startswith("Client")


def test_who_may_open_the_caseload_and_that_the_look_is_kept(world: World) -> None:
    assert "No clients yet." in desk(world, "Otto").get("/caseload").text
    assert desk(world, "Adi").get("/caseload").status == 403
    assert desk(world, "Adi").get("/plans").status == 403
    assert desk(world, None).get("/caseload").to == "/sign-in?next=/caseload"
    alone = world.add_client("Alone", team=False)
    assert listed(world, "Mara", "") == {"Noor"}
    assert listed(world, "Sol", "") == {"Noor", "Alone"}
    looks = select(AuditRow.client_id).where(
        AuditRow.what == "client.list", AuditRow.actor_id == world.mara.id
    )
    seen = world.db.read_now(lambda tx: set(tx.session.scalars(looks)))
    assert seen == {world.noor.id}
    assert alone.id not in seen


def test_plans_that_wait_are_told_apart(world: World) -> None:
    high = world.add_client("Pat", risk_level=RiskLevel.HIGH)
    ida = desk(world, "Ida")
    page = ida.get("/plans").main
    assert "At risk without a plan 1" in page.text
    assert "No plan yet 1" in page.text
    assert save(world.ida, high, plan(), 0).status_code == 200
    page = ida.get("/plans").main
    assert "Drafts that wait 1" in page.text
    assert desk(world, "Mara").get("/caseload").main.text.count("No plan, draft begun") == 1
    publish(world, client=high)
    assert "At risk without a plan" not in ida.get("/plans").text


def test_five_hundred_clients_cost_no_more_statements_than_one(world: World) -> None:
    def statements() -> int:
        counted: list[str] = []

        def heard(_: Any, __: Any, statement: str, *___: Any) -> None:
            counted.append(statement)

        event.listen(world.db.engine, "before_cursor_execute", heard)
        try:
            assert desk(world, "Mara").get("/caseload").status == 200
        finally:
            event.remove(world.db.engine, "before_cursor_execute", heard)
        return len(counted)

    alone = statements()
    many(world, 500)
    assert statements() <= alone
    page = desk(world, "Mara").get("/caseload?page=3").main
    assert len(lines(page)) == 100
    assert "501 clients" in page.text
    looks = world.db.read_now(
        lambda tx: tx.session.scalar(
            select(func.count()).where(AuditRow.what == "client.list", AuditRow.actor_id == world.mara.id)
        )
    )
    assert looks == 1 + 100 + 100
    assert count(world, Client) == 501


def many(world: World, number: int) -> None:
    """That many more clients of Mara's."""

    def add(tx: Any) -> None:
        for n in range(number):
            client_id: UUID = new_id()
            wrapped = tx.vault.new_subject_key(client_id)
            key = tx.vault.subject(client_id, wrapped)
            row = Client(
                id=client_id,
                programme_id=world.programme_id,
                zone="America/Chicago",
                language="en",
                risk_level=RiskLevel.LOW,
                wrapped_key=wrapped,
                name=key.seal_text("clients.name", client_id, f"Client {n:03d}"),
                plan_revision=0,
                created_at=tx.now - timedelta(days=1),
            )
            spell = CareSpell(
                client_id=client_id,
                staff_id=world.mara.id,
                role=CareRole.CASE_MANAGER,
                from_at=tx.now,
                to_at=None,
            )
            tx.session.add(row)
            tx.session.flush()
            tx.session.add(spell)

    world.db.write_now(add)
