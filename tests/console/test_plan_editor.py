"""The plan editor: a plan from nothing to Noor's phone, rows, autosave, two editors at once, and proposals."""

from tests.console.desk import desk
from tests.console.plan_desk import ATTESTED, at, draft_of, filled, preview, wrote
from tests.crisisplans.plans import MARKERS, WALK, publish
from tests.world import World

PROPOSAL = "0192c0de-0000-7000-8000-0000000000a1"


def test_ida_writes_a_plan_from_nothing_and_noor_has_it(world: World) -> None:
    ida = desk(world, "Ida")
    assert "No plan is published yet" in ida.get(at(world.noor)).text
    empty = ida.get(at(world.noor, "/edit"))
    assert "Nobody to ask for help, and nothing that takes the mind off it" in empty.text
    added = wrote(
        ida,
        world.noor,
        do="add.warning_signs",
        warning_signs__0__text="I stop answering my sister",
        warning_signs__0__stage="crisis",
        coping__0__text="walk to the river and back",
        coping__0__likelihood="2",
        helpers__0__name="Leila",
        helpers__0__phone="(503) 555-0142",
        helpers__0__staff_may_contact="true",
        none__distractions="Nothing comes to mind today",
        safer_surroundings__0__action="Tablets are with Leila",
        safer_surroundings__0__by_on="2026-12-01",
        clinician_only__firearm_access="yes",
        clinician_only__notes="SECRET keys are with the neighbour",
    )
    assert (added.status, added.to) == (303, f"{at(world.noor, '/edit')}?add=warning_signs#add-warning_signs")
    again = ida.get(at(world.noor, "/edit?add=warning_signs"))
    assert len(again.page.one("ol", id="rows-warning_signs").all("li", class_="plan-row")) == 2
    assert "Not likely to be done" in again.page.one("ol", id="rows-coping").text
    assert "I stop answering my sister" in preview(again)
    assert "SECRET" not in preview(again)
    second = filled(again) | {
        "warning_signs.1.text": "I lie awake until three",
        "warning_signs.1.stage": "early",
    }
    to_publish = ida.post(at(world.noor, "/edit"), {**second, "do": "publish"})
    assert to_publish.to == at(world.noor, "/publish")
    looked = ida.get(at(world.noor, "/publish"))
    assert "Added : I lie awake until three" in looked.text
    assert "SECRET" not in looked.text
    assert "never shown to the client changed as well" in looked.text
    version = looked.page.one("input", name="draft_version").attributes["value"]
    done = ida.post(at(world.noor, "/publish"), {**ATTESTED, "draft_version": version})
    assert (done.status, done.to) == (303, f"{at(world.noor)}?done=published")
    world.tick()
    world.noor.phone.take("plan_updated")
    answer = world.noor.api.get("/me/plan")
    assert "SECRET" not in answer.text
    mine = answer.json()
    assert [sign["text"] for sign in mine["document"]["warning_signs"]] == [
        "I stop answering my sister",
        "I lie awake until three",
    ]
    assert mine["document"]["helpers"][0]["staff_may_contact"] is True
    assert mine["document"]["none_identified"] == {"distractions": "Nothing comes to mind today"}
    stands = ida.get(at(world.noor, "?done=published")).text
    assert "Not on the phone yet" in stands
    assert world.noor.api.put("/me/plan/receipts/1").status_code == 204
    assert "On the phone since" in ida.get(at(world.noor)).text


def test_rows_go_up_and_away_by_buttons_and_keep_their_ids(world: World) -> None:
    publish(world)
    ida = desk(world, "Ida")
    wrote(ida, world.noor, coping__1__text="draw the river")
    before = {one["text"]: one["id"] for one in draft_of(world, world.noor)["document"]["coping"]}
    assert before[MARKERS["coping"]] == WALK
    moved = wrote(ida, world.noor, do="up.coping.1", coping__1__text="draw the river at night")
    assert moved.to == f"{at(world.noor, '/edit')}?done=moved#section-coping"
    ways = draft_of(world, world.noor)["document"]["coping"]
    assert [one["id"] for one in ways] == [before["draw the river"], WALK]
    assert ways[0]["text"] == "draw the river at night"
    wrote(ida, world.noor, do="remove.coping.0")
    assert [one["id"] for one in draft_of(world, world.noor)["document"]["coping"]] == [WALK]


def test_what_does_not_fit_comes_back_with_every_word_and_the_name_of_its_field(world: World) -> None:
    ida = desk(world, "Ida")
    refused = wrote(
        ida, world.noor, helpers__0__name="Leila", helpers__0__relation="x" * 501, reasons__0__text="Fig"
    )
    assert refused.status == 422
    assert filled(refused)["helpers.0.relation"] == "x" * 501
    assert filled(refused)["reasons.0.text"] == "Fig"
    said = "This is longer than 500 characters."
    assert refused.page.one("small", id="helpers.0.relation-error").text == said
    assert refused.page.one("input", id="helpers.0.relation").attributes["aria-invalid"] == "true"
    summary = refused.page.one("div", class_="wrong")
    assert summary.one("a", href="#helpers.0.relation").text == "Relation (People to ask for help, 1)"
    assert said in summary.text
    assert draft_of(world, world.noor)["version"] == 0
    quiet = ida.post(at(world.noor, "/edit/autosave"), filled(refused)).page.one("p", id="state").text
    assert quiet.startswith(f"Not saved: People to ask for help, row 1, Relation: {said}")


def test_half_a_telephone_number_holds_nothing_up_until_the_publish(world: World) -> None:
    ida = desk(world, "Ida")
    fields = filled(ida.get(at(world.noor, "/edit")))
    fields |= {"helpers.0.name": "Leila", "helpers.0.phone": "(503) 55", "reasons.0.text": "Fig"}
    quiet = ida.post(at(world.noor, "/edit/autosave"), fields)
    assert (quiet.status, quiet.page.one("body").attributes["data-saved"]) == (200, "yes")
    assert "Before you publish: People to ask for help, row 1, Phone" in quiet.page.one("p", id="state").text
    assert "not a telephone number" in quiet.page.one("li", data_name="helpers.0.phone").text
    document = draft_of(world, world.noor)["document"]
    assert (document["helpers"][0]["phone"], document["reasons"][0]["text"]) == ("(503) 55", "Fig")
    again = ida.get(at(world.noor, "/edit"))
    assert "not a telephone number" in again.page.one("small", id="helpers.0.phone-error").text
    assert again.page.one("input", id="helpers.0.phone").attributes["aria-invalid"] == "true"
    wrote(ida, world.noor, warning_signs__0__text="I stop answering my sister")
    stopped = ida.get(at(world.noor, "/publish"))
    (way,) = stopped.page.all("a", href=f"{at(world.noor, '/edit')}#helpers.0.phone")
    assert way.text == "People to ask for help, row 1, Phone"
    version = stopped.page.one("input", name="draft_version").attributes["value"]
    refused = ida.post(at(world.noor, "/publish"), {**ATTESTED, "draft_version": version})
    assert refused.status == 422
    assert "People to ask for help, row 1, Phone: This is not a telephone number" in refused.text
    assert world.noor.api.get("/me/plan").json()["number"] == 0


def test_nobody_is_said_to_be_told_when_no_phone_is_signed_in(world: World) -> None:
    assert desk(world, "Mara").post(f"/clients/{world.noor.id}/sessions/end").status == 303
    ida = desk(world, "Ida")
    wrote(ida, world.noor, warning_signs__0__text="I stop answering my sister")
    version = ida.get(at(world.noor, "/publish")).page.one("input", name="draft_version").attributes["value"]
    done = ida.post(at(world.noor, "/publish"), {**ATTESTED, "draft_version": version})
    assert done.to == f"{at(world.noor)}?done=published-no-phone"
    assert (
        "No phone is signed in: invite it from the client's page, or print the plan." in ida.get(done.to).text
    )


def test_the_draft_saves_by_itself_and_says_so_truly(world: World) -> None:
    ida = desk(world, "Ida")
    fields = filled(ida.get(at(world.noor, "/edit"))) | {"coping.0.text": "breathe"}
    saved = ida.post(at(world.noor, "/edit/autosave"), fields)
    body = saved.page.one("body")
    assert (saved.status, body.attributes["data-version"], body.attributes["data-saved"]) == (200, "1", "yes")
    assert saved.page.one("p", id="state").text.startswith("Saved ")
    hinted = saved.page.one("ul", id=f"hints-{fields['coping.0.id']}")
    assert "This could be anybody's" in hinted.text
    assert "breathe" in preview(saved)
    # The answer got lost and the editor sends the same again: no clash with oneself.
    assert (
        ida.post(at(world.noor, "/edit/autosave"), fields).page.one("body").attributes["data-version"] == "1"
    )
    half = fields | {"version": "1", "helpers.0.phone": "(503) 555-0142"}
    kept = ida.post(at(world.noor, "/edit/autosave"), half)
    assert (kept.status, kept.page.one("body").attributes["data-saved"]) == (200, "yes")
    assert kept.page.one("li", data_name="helpers.0.name").text == "This needs words, or the entry can go."
    assert draft_of(world, world.noor)["version"] == 2


def test_ida_and_sol_write_at_once_and_no_word_is_lost(world: World) -> None:
    publish(world)
    ida, sol = desk(world, "Ida"), desk(world, "Sol")
    idas = filled(ida.get(at(world.noor, "/edit")))
    wrote(
        sol,
        world.noor,
        coping__0__text="walk to the sea",
        reasons__1__text="SOL the garden",
        clinician_only__notes="SOL notes",
    )
    idas |= {
        "coping.0.text": "walk to the hill",
        "helpers.1.id": PROPOSAL,
        "helpers.1.name": "IDA Omar",
        "alias": "IDA name",
        "clinician_only.notes": "IDA notes",
    }
    quiet = ida.post(at(world.noor, "/edit/autosave"), idas)
    assert quiet.status == 412
    assert "Sol saved this draft meanwhile" in quiet.page.one("p", id="state").text
    both = ida.post(at(world.noor, "/edit"), {**idas, "do": "save"})
    assert both.status == 412
    for words in (
        "walk to the sea",
        "walk to the hill",
        "SOL the garden",
        "IDA Omar",
        "IDA name",
        "Sol saved",
    ):
        assert words in both.text
    before = [each.text for each in both.main.all("div", class_="clash-before")]
    assert any(MARKERS["coping"] in each for each in before), "what both began from stands beside them"
    assert any("It was not there." in each for each in before), "Omar is new on Ida's side"
    assert "walk to the hill" not in " ".join(before)
    form = both.main.one("form")
    hidden = {each.attributes["name"]: each.attributes["value"] for each in form.all("input", type="hidden")}
    picked = {
        each.attributes["name"]: each.attributes["value"]
        for each in form.all("input", type="radio")
        if "checked" in each.attributes
    }
    picked[f"choose.coping.{WALK}"] = "theirs"
    done = ida.post(at(world.noor, "/edit/merge"), {**hidden, **picked})
    assert (done.status, done.to) == (303, f"{at(world.noor, '/edit')}?done=merged")
    body = draft_of(world, world.noor)
    document = body["document"]
    assert document["coping"][0]["text"] == "walk to the sea"
    assert [one["text"] for one in document["reasons"]] == [MARKERS["reason"], "SOL the garden"]
    assert [one["name"] for one in document["helpers"]] == [MARKERS["helper"], "IDA Omar"]
    assert document["alias"] == "IDA name"
    assert body["clinician_only"]["notes"] == "IDA notes\nSOL notes"


def test_a_third_text_while_ida_chooses_shows_once_more(world: World) -> None:
    publish(world)
    ida = desk(world, "Ida")
    idas = filled(ida.get(at(world.noor, "/edit"))) | {"alias": "IDA name"}
    wrote(desk(world, "Sol"), world.noor, alias="SOL name")
    both = ida.post(at(world.noor, "/edit"), idas)
    wrote(desk(world, "Sol"), world.noor, alias="SOL other name")
    hidden = {
        each.attributes["name"]: each.attributes["value"]
        for each in both.main.one("form").all("input", type="hidden")
    }
    again = ida.post(at(world.noor, "/edit/merge"), {**hidden, "choose.alias": "theirs"})
    assert again.status == 412
    assert "SOL other name" in again.text
    (before,) = again.main.all("div", class_="clash-before")
    assert "Plan B" in before.text, "still what Ida began from, not what Sol had saved first"
    assert "checked" in again.main.one("input", id="choose.alias.theirs").attributes


def test_noors_proposal_goes_into_the_draft_and_she_reads_the_answer(world: World) -> None:
    publish(world)
    body = {"section": "coping", "entry": {"text": "play with my cat Fig"}}
    assert world.noor.api.put(f"/me/plan/proposals/{PROPOSAL}", body).status_code == 200
    ida = desk(world, "Ida")
    assert "1 proposal of the client waits" in ida.get(at(world.noor)).text
    assert "play with my cat Fig" in ida.get(at(world.noor, "/edit")).main.one("section", id="proposals").text
    taken = wrote(
        ida,
        world.noor,
        do=f"accept.{PROPOSAL}",
        alias="typed and not saved yet",
        **{f"answer__{PROPOSAL}": "A good one"},
    )
    assert (taken.status, taken.to) == (303, f"{at(world.noor, '/edit')}?done=accepted-answered")
    assert "The entry is on the phone once you publish." in ida.get(taken.to).text
    document = draft_of(world, world.noor)["document"]
    assert [one["text"] for one in document["coping"]] == [MARKERS["coping"], "play with my cat Fig"]
    assert document["alias"] == "typed and not saved yet"
    (mine,) = world.noor.api.get("/me/plan/proposals").json()["proposals"]
    assert (mine["state"], mine["answer"]) == ("accepted", "A good one")
