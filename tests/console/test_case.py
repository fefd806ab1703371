"""The case page at the desks of Mara, Ben and Sol: every act as a plain form, refusals, and what stays on record."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from notifications.escalations.tiers import Tier
from server.core.audit import AuditRow
from tests.console.desk import Desk, Shown, desk
from tests.escalations.telling import flagged, hush
from tests.phone.house import PLAN
from tests.world import World


def case_of(world: World, tier: Tier = Tier.URGENT) -> str:
    """Noor's answer was flagged; the path of the case."""
    return f"/cases/{flagged(world, tier)}"


def send(who: Desk, path: str, deed: str, **fields: Any) -> Shown:
    """Send one of the page's forms; it has to be there, with these fields."""
    form = who.get(path).main.one("form", action=f"{path}/{deed}")
    hidden = {
        each.attributes["name"]: each.attributes.get("value", "") for each in form.all("input", type="hidden")
    }
    tags = ("button", "input", "select", "textarea")
    assert all(any(form.all(tag, name=name) for tag in tags) for name in fields)
    return who.post(f"{path}/{deed}", {**hidden, **fields})


def done(answer: Shown, path: str, word: str) -> None:
    """The form was taken, and the page says so."""
    assert (answer.status, answer.to) == (303, f"{path}?done={word}"), answer.text


def timeline(shown: Shown) -> list[str]:
    """The lines of the timeline, the newest first."""
    return [
        line.text
        for line in shown.main.one("ol", class_="timeline").all("li")
        if not line.has(class_="arrived")
    ]


def fields_wrong(shown: Shown) -> list[str]:
    """The fields that are marked as wrong."""
    main = shown.main
    marked = [each for tag in ("input", "select", "textarea") for each in main.all(tag, aria_invalid="true")]
    return [each.attributes["name"] for each in marked]


def publish(world: World) -> None:
    """Ida publishes Noor's plan."""
    path = f"/clients/{world.noor.id}/plan"
    helpers = [{**PLAN["helpers"][0], "staff_may_contact": True}, PLAN["helpers"][1]]
    helps = {"helps": "Speak slowly, about the garden", "does_not_help": "Police at the door"}
    document = {**PLAN, "helpers": helpers, "what_helps_staff": helps}
    private = {"firearm_access": "yes", "notes": "Talked it through with her brother"}
    version = world.ida.api.get(f"{path}/draft").json()["version"]
    saved = world.ida.api.put(
        f"{path}/draft",
        {"document": document, "clinician_only": private},
        headers={"If-Match": f'"{version}"'},
    )
    assert saved.status_code == 200, saved.text
    body = {"draft_version": saved.json()["version"], "reason": "written together"}
    answer = world.ida.api.post(
        f"{path}/revisions", {**body, "client_took_part": True, "caregiver_involved": False}
    )
    assert answer.status_code == 201, answer.text


def know_her(world: World) -> None:
    """Noor's record with what a welfare check needs."""
    found = world.mara.api.get(f"/clients/{world.noor.id}").json()
    body = {
        "name": "Noor",
        "zone": found["zone"],
        "language": "en",
        "risk_level": "high",
        "phone": "(503) 555-0150",
        "address": "12 Elm Street, back door",
        "collateral_contacts": [{"name": "Samir", "relation": "brother", "phone": "(503) 555-0151"}],
    }
    answer = world.mara.api.put(
        f"/clients/{world.noor.id}", body, headers={"If-Match": f'"{found["version"]}"'}
    )
    assert answer.status_code == 200, answer.text


def test_mara_takes_the_case_tries_twice_reaches_noor_hands_over_and_ben_closes(world: World) -> None:
    know_her(world)
    publish(world)
    path = case_of(world)
    world.tick()
    mara, ben = desk(world, "Mara"), desk(world, "Ben")
    page = mara.get(path)
    assert page.page.one("title").text == "Case · Handrail"
    for words in ("Noor", "Urgent", "30 min left to take", "I cannot do this", "Nobody has it yet"):
        assert words in page.text
    assert "Mara by push, sent 09:00" in page.text
    plan = page.main.one("section", id="plan")
    assert [each.attributes["href"] for each in plan.all("a", class_="button")][:2] == [
        "tel:+15035550150",
        "tel:+15035550142",
    ]
    assert "Jonas friend the client has not agreed that staff call" in plan.text
    assert "Speak slowly, about the garden" in plan.text
    assert "brother" not in page.text, "the clinician's own notes are nobody else's"
    done(send(mara, path, "take"), path, "taken")
    done(send(mara, path, "contact", what="phone_no_answer"), path, "tried")
    done(send(mara, path, "contact", what="sms_no_answer", contact_note="Asked her to call"), path, "tried")
    done(send(mara, path, "contact", what="phone_reached"), path, "reached")
    told = timeline(mara.get(path))
    assert [line.split(" ", 1)[1] for line in told[:3]] == [
        "Mara reached Noor by phone",
        "Mara texted Noor, no answer yet Asked her to call",
        "Mara called Noor, no answer",
    ]
    options = mara.get(path).main.one("select", id="to").all("option")
    assert [each.text for each in options] == ["Choose a colleague", "Ben", "Ida", "Sol"]
    done(
        send(mara, path, "hand-over", to=str(world.ben.id), hand_over_note="She waits for your call"),
        path,
        "handed-over",
    )
    world.tick()
    world.ben.phone.take("case_handed_over")
    assert "You have it" in ben.get(path).text
    assert "Ben by push, sent" in timeline(ben.get(path))[0]
    refused = send(ben, path, "close", disposition="safe_with_plan", reason="Slept, is with her sister")
    assert refused.status == 422
    assert fields_wrong(refused) == ["next_contact_on"]
    form = refused.main.one("form", action=f"{path}/close")
    assert form.one("textarea", id="reason").text == "Slept, is with her sister"
    assert form.one("option", selected="").attributes["value"] == "safe_with_plan"
    assert "open" in refused.main.one("details", id="act-close").attributes
    day = "2026-01-14"
    done(send(ben, path, "close", disposition="safe_with_plan", next_contact_on=day), path, "closed")
    closed = ben.get(path)
    assert "Safe, with the plan" in closed.main.one("section", id="state").text
    assert not closed.main.all("form")
    assert "Noor" in ben.get("/cases?state=closed").main.one("table").text
    again = ben.get(case_of(world))
    assert "safe, with the plan" in again.main.one("section", id="facts").text
    hush(world)


def test_an_emergency_waits_for_sols_signature_and_is_called_again_when_it_is_refused(world: World) -> None:
    path = case_of(world, Tier.EMERGENCY)
    mara, sol = desk(world, "Mara"), desk(world, "Sol")
    done(send(mara, path, "contact", what="phone_reached"), path, "reached")
    ending = {"disposition": "safe_with_plan", "next_contact_on": "2026-01-14"}
    done(send(mara, path, "close", **ending), path, "cosign")
    waiting = mara.get(path)
    assert "Waits for a supervisor's co-signature" in waiting.text
    assert not waiting.main.all("form", action=f"{path}/cosign")
    assert "Mara asks to close this case: safe, with the plan" in sol.get(path).text
    done(send(sol, path, "cosign", word="refuse", cosign_note="Call her sister too"), path, "refused")
    line = timeline(mara.get(path))
    assert any("Sol refused to co-sign; calling began again Call her sister too" in each for each in line)
    done(send(mara, path, "contact", what="in_person_reached"), path, "reached")
    done(send(mara, path, "close", **ending), path, "cosign")
    done(send(sol, path, "cosign", word="agree"), path, "cosigned")
    assert "co-signed by Sol" in sol.get(path).main.one("section", id="state").text
    hush(world)


def test_a_case_is_raised_never_lowered_and_news_is_read_before_it_closes(world: World) -> None:
    path = case_of(world, Tier.SAME_DAY)
    ben = desk(world, "Ben")
    tiers = ben.get(path).main.one("select", id="tier").all("option")
    assert [each.text for each in tiers] == ["Choose a tier", "Emergency", "Urgent"]
    done(send(ben, path, "raise", tier="urgent", raise_note="Her voice was slurred"), path, "raised")
    page = ben.get(path)
    assert "Her voice was slurred" in page.main.one("section", id="facts").text
    assert any("Raised from same day to urgent" in line for line in timeline(page))
    lowered = ben.post(f"{path}/raise", {"tier": "routine"})
    assert (lowered.status, fields_wrong(lowered)) == (422, ["tier"])
    done(send(ben, path, "take"), path, "taken")
    taken = desk(world, "Mara").post(f"{path}/take")
    assert taken.status == 409
    assert "Take over from Ben" in taken.text
    done(send(ben, path, "contact", what="phone_reached"), path, "reached")
    form = {"disposition": "safe_with_plan", "next_contact_on": "2026-01-14", "seen": "2"}
    flagged(world, Tier.ROUTINE)
    news = ben.post(f"{path}/close", form)
    assert news.status == 409
    assert "Something new has joined this case" in news.text
    assert (
        news.main.one("form", action=f"{path}/close").one("input", id="next_contact_on").attributes["value"]
        == "2026-01-14"
    )
    done(ben.post(f"{path}/close", {**form, "seen": "3"}), path, "closed")
    assert ben.post(f"{path}/contact", {"what": "phone_reached"}).status == 409
    hush(world)


def test_the_welfare_pack_needs_a_reason_is_on_record_and_is_read_by_its_opener_alone(world: World) -> None:
    know_her(world)
    publish(world)
    path = case_of(world, Tier.EMERGENCY)
    pack = f"{path}/welfare-pack"
    mara, ben = desk(world, "Mara"), desk(world, "Ben")
    asked = mara.get(pack)
    assert "12 Elm Street" not in asked.text
    empty = mara.post(pack, {"reason": "  "})
    assert (empty.status, fields_wrong(empty)) == (422, ["reason"])
    hush(world)
    assert mara.post(pack, {"reason": "Three calls, no answer"}).to == pack
    world.tick()
    world.sol.phone.take("case_pack")
    sheet = mara.get(pack)
    for words in (
        "12 Elm Street, back door",
        "Samir brother · no consent: only to prevent serious harm",
        "Police at the door",
        "Yes: tell whoever goes there A clinician's note in the plan, revision 1, published January 13, 2026 by Ida",
        "I cannot do this",
        "Opened by Mara",
        "Three calls, no answer",
        "Tablets are with Leila (done, Leila)",
    ):
        assert words in sheet.text
    assert "Talked it through" not in sheet.text
    assert "12 Elm Street" not in ben.get(pack).text
    assert any(
        "Mara opened the welfare-check pack Three calls, no answer" in line
        for line in timeline(ben.get(path))
    )
    kept = world.db.read_now(
        lambda tx: [
            (row.what, row.actor_id, row.row_id)
            for row in tx.session.query(AuditRow).filter(AuditRow.what.startswith("case.pack"))
        ]
    )
    case_id = UUID(path.removeprefix("/cases/"))
    assert kept == [("case.pack.open", world.mara.id, case_id), ("case.pack.view", world.mara.id, case_id)]
    looks = world.noor.api.get("/me/access-log").json()["views"]
    assert "Looked at your address and contacts" in {view["what"] for view in looks}
    world.clock.advance(hours=1, minutes=1)
    assert "12 Elm Street" not in desk(world, "Mara").get(pack).text
    hush(world)


@pytest.mark.parametrize("name", ["Otto", "Adi"])
def test_who_may_not_see_a_case_finds_no_page_of_it(world: World, name: str) -> None:
    path = case_of(world, Tier.EMERGENCY)
    stranger = desk(world, name)
    status = {"Otto": 404, "Adi": 403}[name]
    for address in (path, f"{path}/live", f"{path}/welfare-pack"):
        assert stranger.get(address).status == status
    for deed in ("take", "contact", "hand-over", "raise", "close", "cosign", "welfare-pack"):
        fields = {"what": "phone_reached", "to": str(uuid4()), "tier": "emergency", "word": "agree"}
        fields |= {"disposition": "safe_with_plan", "reason": "none"}
        assert stranger.post(f"{path}/{deed}", fields).status == status
    if name == "Otto":
        assert "No closed cases." in stranger.get("/cases?state=closed").text
        assert not stranger.get("/cases/fresh").page.one("p", id="fresh").attributes["data-emergency"]
        fresh = desk(world, "Mara").get("/cases/fresh").page.one("p", id="fresh")
        assert fresh.attributes["data-emergency"] == path.removeprefix("/cases/")
    hush(world)
