"""Taking, handing over and recording contact: what people may do, and what each of it changes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import func, select

from notifications.escalations.models import EventKind
from notifications.escalations.tiers import Tier
from server.people.terms import Role
from tests.escalations.telling import act, called, flagged, hush, lines, ok, row, told
from tests.world import World


def test_two_people_take_a_case_at_the_same_moment_and_one_owns_it(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(lambda who: who.api.post(f"/cases/{case_id}/acknowledge"), (world.mara, world.ben))
        )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    owner = row(world, case_id).owner_id
    assert refused["owner"]["id"] == str(owner)
    assert refused["owner"]["name"] in ("Mara", "Ben")
    assert told(world, case_id).count("acknowledged") == 1
    hush(world)


def test_taking_it_again_changes_nothing_and_a_colleague_may_take_it_over(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    first = act(world, world.mara, case_id, "acknowledge")
    again = act(world, world.mara, case_id, "acknowledge")
    assert again["version"] == first["version"]
    assert act(world, world.ben, case_id, "acknowledge", 409)["owner"]["name"] == "Mara"
    taken = act(world, world.ben, case_id, "acknowledge", take_over=True)
    assert taken["owner"]["name"] == "Ben"
    assert taken["contact_by"] == first["contact_by"]
    assert told(world, case_id)[-1] == "handed_over"
    hush(world)


def test_taking_a_case_withdraws_the_calls_nobody_needs_any_more(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    act(world, world.mara, case_id, "acknowledge")
    world.tick()
    world.mara.phone.nothing()
    world.noor.phone.take("case_seen")


def test_a_case_goes_to_a_colleague_who_may_see_the_client_and_to_nobody_else(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    act(world, world.mara, case_id, "hand-over", 409, to=str(world.ben.id))
    act(world, world.mara, case_id, "acknowledge")
    hush(world)
    stranger = world.staff("Una", Role.CASE_MANAGER, world.programme_id)
    for who in (world.otto, world.adi, stranger):
        wrong = act(world, world.mara, case_id, "hand-over", 422, to=str(who.id))
        assert wrong["errors"][0]["path"] == "to"
    act(world, world.ben, case_id, "hand-over", 403, to=str(world.ben.id))
    act(world, world.mara, case_id, "hand-over", to=str(world.ben.id), note="I am in court until four")
    world.tick()
    world.ben.phone.take("case_handed_over")
    seen = ok(world.ben.api.get(f"/cases/{case_id}"))
    assert seen["owner"]["name"] == "Ben"
    assert seen["timeline"][-1]["note"] == "I am in court until four"
    assert {person["name"] for person in seen["timeline"][-1]["people"]} == {"Mara", "Ben"}


def test_the_owner_leaves_and_the_case_is_called_again_from_the_start(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    act(world, world.mara, case_id, "acknowledge")
    hush(world)
    world.clock.advance(minutes=1)
    ok(world.adi.api.delete(f"/staff/{world.mara.id}"), 204)
    world.tick()
    world.ben.phone.take("case_call")  # nobody is case manager now, that rung is passed
    case = row(world, case_id)
    assert (case.state, case.owner_id) == ("open", None)
    assert "owner_gone" in told(world, case_id)
    assert "passed" in told(world, case_id)


def test_an_owner_taken_off_the_care_team_has_the_case_no_longer(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    act(world, world.mara, case_id, "acknowledge")
    hush(world)

    ok(world.sol.api.put(f"/clients/{world.noor.id}/care-team", {"role": "case_manager"}))
    world.tick()
    world.ben.phone.take("case_call")
    assert row(world, case_id).owner_id is None


def test_whoever_reaches_the_client_owns_the_case(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    hush(world)
    act(world, world.ben, case_id, "contacts", channel="in_person", reached=True)
    case = row(world, case_id)
    assert (case.state, case.owner_id, case.contacted_at) == ("acknowledged", world.ben.id, world.clock.at)
    world.tick()
    world.noor.phone.take("case_seen")


def test_a_contact_from_before_the_latest_cause_is_kept_but_settles_nothing(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    act(world, world.mara, case_id, "acknowledge")
    spoke_at = world.clock.advance(minutes=1)
    world.clock.advance(minutes=1)
    flagged(world, Tier.URGENT)
    world.clock.advance(minutes=1)
    act(world, world.mara, case_id, "contacts", channel="phone", reached=True, at=spoke_at.isoformat())
    assert row(world, case_id).contacted_at is None
    assert lines(world, case_id, EventKind.CONTACT)[0].data["before_latest_cause"] is True
    for at in ("2026-01-13T14:00:00Z", "2027-01-01T00:00:00Z", "2026-01-13T15:02:00"):
        act(world, world.mara, case_id, "contacts", 422, channel="phone", reached=True, at=at)
    hush(world)


def test_news_after_the_client_was_reached_calls_again(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    act(world, world.mara, case_id, "contacts", channel="phone", reached=True)
    hush(world)
    world.clock.advance(minutes=30)
    assert flagged(world, Tier.URGENT) == case_id
    world.tick()
    world.mara.phone.take("case_call")
    assert row(world, case_id).contacted_at is None


def test_many_answers_at_once_open_one_case_and_number_their_lines_in_order(world: World) -> None:
    with ThreadPoolExecutor(4) as pool:
        cases = set(pool.map(lambda _: flagged(world, Tier.URGENT), range(8)))
    assert len(cases) == 1
    case_id = cases.pop()
    assert told(world, case_id).count("opened") == 1
    assert told(world, case_id).count("joined") == 7
    assert called(world, case_id) == [["Mara"]]
    hush(world)


def test_staff_raise_a_case_and_the_client_hears_of_it_once_somebody_has_it(world: World) -> None:
    body = {"tier": "same_day", "note": "Her sister rang us", "id": "0198a3c0-0000-7000-8000-000000000009"}
    raised = ok(world.ida.api.post(f"/clients/{world.noor.id}/cases", body), 201)
    again = ok(world.ida.api.post(f"/clients/{world.noor.id}/cases", body), 201)
    assert raised["id"] == again["id"]
    assert raised["causes_in_full"][0]["note"] == "Her sister rang us"
    assert ok(world.noor.api.get("/me/case"))["case"] is None
    act(world, world.mara, raised["id"], "acknowledge")
    assert ok(world.noor.api.get("/me/case"))["case"]["seen_by"] == "Mara"
    hush(world)


def test_reached_was_the_wrong_button_and_mara_takes_it_back(world: World) -> None:
    case_id = flagged(world, Tier.EMERGENCY)
    act(world, world.mara, case_id, "acknowledge")
    before = row(world, case_id).next_call_at
    act(world, world.mara, case_id, "contacts", channel="phone", reached=True)
    assert ok(world.noor.api.get("/me/case"))["case"]["state"] == "in_contact"
    back = act(world, world.mara, case_id, "contacts/withdraw")
    assert back["contacted_at"] is None
    assert row(world, case_id).next_call_at == before
    assert ok(world.noor.api.get("/me/case"))["case"]["state"] == "seen"
    assert told(world, case_id)[-1] == "contact_withdrawn"
    hush(world)
    world.clock.advance(minutes=61)
    world.tick()
    assert "lapsed" in told(world, case_id)
    hush(world)


def test_mara_asks_for_more_help_and_the_supervisor_is_called_not_she(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    act(world, world.mara, case_id, "acknowledge")
    hush(world)
    world.clock.advance(minutes=40)
    ok(world.mara.api.post(f"/clients/{world.noor.id}/cases", {"tier": "emergency"}), 201)
    world.tick()
    assert called(world, case_id)[-1] == ["Sol"]
    assert row(world, case_id).acknowledge_by == world.clock.now() + timedelta(minutes=10)
    hush(world)


def test_what_may_be_done_next_is_told_to_each_person(world: World) -> None:
    case_id = flagged(world, Tier.EMERGENCY)
    acts = lambda who: set(ok(who.api.get(f"/cases/{case_id}"))["acts"])  # noqa: E731
    assert acts(world.mara) == {"acknowledge", "contact", "close"}
    act(world, world.mara, case_id, "acknowledge")
    assert acts(world.mara) == {"contact", "hand_over", "close"}
    assert acts(world.ben) == {"contact", "take_over", "close"}
    act(world, world.mara, case_id, "close", disposition="false_positive", reason="it was a test")
    assert acts(world.sol) == {"contact", "acknowledge", "cosign"}
    hush(world)


def test_lists_of_cases_come_in_pages_and_every_look_is_recorded(world: World) -> None:
    from notifications.escalations import queries
    from server.core.actor import Actor, ActorKind
    from server.core.audit import AuditRow

    clients = [world.noor, world.add_client("Nora"), world.add_client("Nell")]
    ids = [flagged(world, Tier.ROUTINE, client=client) for client in clients]
    mara = Actor(kind=ActorKind.STAFF, id=world.mara.id, programme_id=world.programme_id, role="case_manager")

    def page(tx, cursor):
        tx.actor = mara
        return queries.case_list(tx, "all", cursor, limit=2)

    first = world.db.write_now(lambda tx: page(tx, None))
    rest = world.db.write_now(lambda tx: page(tx, first.cursor))
    assert [case.id for case in (*first.cases, *rest.cases)] == ids[::-1]
    assert rest.cursor is None
    looks = select(func.count()).select_from(AuditRow).where(AuditRow.what == "case.list")
    assert world.db.read_now(lambda tx: tx.session.scalar(looks)) == 3
    hush(world)
