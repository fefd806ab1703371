"""The pages around the plan: who may open which, its past in words, reviews, publishing, and the signs asked."""

import pytest

from tests.console.desk import desk
from tests.console.plan_desk import ATTESTED, at, draft_of, inside, wrote
from tests.crisisplans.plans import MARKERS, plan, publish, save
from tests.world import World


def test_mara_reads_the_plan_and_does_not_edit_otto_finds_nothing(world: World) -> None:
    publish(world)
    mara = desk(world, "Mara")
    page = mara.get(at(world.noor))
    assert MARKERS["coping"] in page.text
    assert MARKERS["notes"] not in page.text
    assert not page.main.all("a", href=at(world.noor, "/edit"))
    assert MARKERS["notes"] in desk(world, "Ida").get(at(world.noor)).text
    for path in ("/history", "/revisions/1", "/changes?from=0&to=1"):
        shown = mara.get(at(world.noor, path))
        assert shown.status == 200
        assert MARKERS["notes"] not in shown.text
    for path in ("/edit", "/publish", "/signs"):
        assert mara.get(at(world.noor, path)).status == 403
    for path in ("/edit", "/edit/autosave", "/edit/merge", "/publish", "/signs", "/reviews"):
        assert mara.post(at(world.noor, path), {"version": "1"}).status == 403
        assert desk(world, "Otto").post(at(world.noor, path), {"version": "1", "number": "1"}).status in (
            404,
            422,
        )
    for path in ("", "/history", "/revisions/1", "/changes?from=0&to=1", "/edit", "/publish", "/signs"):
        assert desk(world, "Otto").get(at(world.noor, path)).status == 404
        assert desk(world, "Adi").get(at(world.noor, path)).status == 403
        assert desk(world, None).get(at(world.noor, path)).status == 303
    assert draft_of(world, world.noor)["document"]["alias"] == "Plan B"


def test_no_number_of_a_helper_whom_noor_does_not_want_called(world: World) -> None:
    publish(world)
    without = desk(world, "Mara").get(at(world.noor)).page.one("div", class_="plan-cards").text
    assert f"{MARKERS['helper']} sister · the client has not agreed that staff call" in without
    assert "555-0142" not in without
    agreed = plan()
    agreed["document"]["helpers"][0]["staff_may_contact"] = True
    agreed["document"]["distractions"][0]["phone"] = "503-555-0199"
    publish(world, agreed)
    with_number = desk(world, "Mara").get(at(world.noor)).page.one("div", class_="plan-cards").text
    assert f"{MARKERS['helper']} sister (503) 555-0142" in with_number
    assert "555-0199" not in with_number
    assert "company, not for staff to call" in with_number
    # What Noor's own phone shows does not depend on it.
    assert (
        "(503) 555-0142"
        in desk(world, "Ida").get(at(world.noor, "/edit")).page.one("div", id="seen-helpers").text
    )


def test_the_past_of_a_plan_reads_in_words(world: World) -> None:
    publish(world)
    changed = plan(notes="quite other notes", alias=None, reasons=[])
    changed["document"]["coping"][0]["text"] = "swim in the lake"
    publish(world, changed)
    ida = desk(world, "Ida")
    history = ida.get(at(world.noor, "/history"))
    assert history.text.count(MARKERS["why"]) == 2
    told = ida.get(at(world.noor, "/changes?from=1&to=2")).text
    assert f"before: {MARKERS['coping']}" in told
    assert "now: swim in the lake" in told
    assert f"Removed : {MARKERS['reason']}" in told
    assert "quite other notes" not in told
    assert ida.get(at(world.noor, "/changes?from=2&to=1")).text == told
    assert "This is an earlier plan" in ida.get(at(world.noor, "/revisions/1")).text
    assert ida.get(at(world.noor, "/revisions/3")).status == 404
    assert ida.get(at(world.noor, "/changes?from=1&to=9")).status == 404
    assert "word for word revision 2" in ida.get(at(world.noor, "/publish")).text


def test_a_review_is_recorded_apart_and_a_publish_asks_for_all_it_needs(world: World) -> None:
    publish(world)
    ida = desk(world, "Ida")
    reviewed = ida.post(at(world.noor, "/reviews"), {"number": "1", "note": "Still holds, says Noor"})
    assert reviewed.to == f"{at(world.noor)}?done=reviewed"
    assert "Still holds, says Noor" in ida.get(at(world.noor, "/history")).text
    assert ida.post(at(world.noor, "/reviews"), {"number": "2"}).status == 409
    wrote(ida, world.noor, alias="Plan C")
    version = str(draft_of(world, world.noor)["version"])
    alone = {
        "draft_version": version,
        "reason": "Why",
        "client_took_part": "false",
        "caregiver_involved": "true",
    }
    refused = ida.post(at(world.noor, "/publish"), alone)
    assert refused.status == 422
    assert "Say why not with the client." in refused.text
    assert refused.main.one("textarea", id="reason").text == "Why"
    late = ida.post(at(world.noor, "/publish"), {**ATTESTED, "draft_version": "1"})
    assert late.status == 412
    assert world.noor.api.get("/me/plan").json()["number"] == 1


def test_a_plan_without_warning_signs_says_what_stops_it(world: World) -> None:
    ida = desk(world, "Ida")
    wrote(ida, world.noor, coping__0__text="walk to the river")
    page = ida.get(at(world.noor, "/publish"))
    assert "Warning signs : Name a warning sign, or record why there is none." in page.text
    refused = ida.post(at(world.noor, "/publish"), {**ATTESTED, "draft_version": "1"})
    assert refused.status == 422
    assert "Warning signs: Name a warning sign" in refused.main.one("div", role="alert").text


def test_ida_chooses_which_signs_are_asked_and_from_when(world: World) -> None:
    signs = [
        {"id": f"0192c0de-0000-7000-8000-0000000000b{n}", "text": f"sign {n} of mine", "stage": stage}
        for n, stage in enumerate(("crisis", "early", "early", "breaking_down"))
    ]
    publish(world, plan(warning_signs=signs))
    ida = desk(world, "Ida")
    page = ida.get(at(world.noor, "/signs"))
    assert "Nobody has chosen yet" in page.text
    chosen = [sign["id"] for sign in signs[1:]]
    assert ida.post(at(world.noor, "/signs"), {"sign": chosen[:2]}).status == 422
    done = ida.post(at(world.noor, "/signs"), {"sign": chosen, f"threshold.{chosen[0]}": "2"})
    assert done.to == f"{at(world.noor)}?done=signs"
    asked = world.noor.api.get("/me/checkins").json()["anytime"]["items"]
    assert [item["key"] for item in asked if item["key"].startswith("sign.")] == [
        f"sign.{id_}" for id_ in chosen
    ]
    again = ida.get(at(world.noor, "/signs"))
    assert "checked" not in again.main.one("input", id=f"sign-{signs[0]['id']}").attributes
    picked = again.main.one("select", id=f"threshold.{chosen[0]}").all("option", selected="")
    assert [each.attributes["value"] for each in picked] == ["2"]


XSS = (
    "<script>window.hurt=1</script>",
    '"><img src=x onerror="window.hurt=1">',
    "</textarea></template><script>hurt()</script>",
    "{{ 7 * 7 }}{% raw %}",
    "' onfocus='hurt()' autofocus='",
)


@pytest.mark.parametrize("page", ["", "/edit", "/publish", "/signs", "/history", "/changes?from=0&to=1"])
def test_words_that_look_like_markup_show_as_words(world: World, page: str) -> None:
    signs = [
        {"id": f"0192c0de-0000-7000-8000-0000000000c{n}", "text": text, "stage": "early"}
        for n, text in enumerate(XSS)
    ]
    publish(world, plan(warning_signs=signs, alias=XSS[0]))
    wanted = plan(warning_signs=signs, alias=XSS[1], reasons=[])
    assert save(world.ida, world.noor, wanted, 2).status_code == 200
    shown = desk(world, "Ida").get(at(world.noor, page))
    assert shown.status == 200
    allowed = [each.attributes.get("src", "") for each in shown.page.all("script")]
    assert all(src.startswith("/console/") for src in allowed)
    assert not shown.page.all("img")
    assert "onerror" not in {name for each in inside(shown.page) for name in each.attributes}
    if page in ("", "/edit", "/signs", "/changes?from=0&to=1"):
        assert XSS[0] in shown.page.text
