"""The plan on paper at the console: the sheet to print, a copy logged, and what a form that was wrong gives back."""

import io

from pypdf import PdfReader

from tests.console.desk import desk
from tests.console.plan_desk import at
from tests.crisisplans.plans import MARKERS, plan, publish
from tests.world import World

TO_NOOR = {"number": "1", "channel": "print", "to": "client", "recipient": "", "at": "", "purpose": ""}


def test_ida_prints_the_plan_gives_it_to_noor_and_to_leila_and_the_log_says_so(world: World) -> None:
    publish(world)
    ida = desk(world, "Ida")
    page = ida.get(at(world.noor))
    assert "No copy yet" in page.text
    (sheet,) = page.main.all("a", data_key="p")
    pdf = ida.get(sheet.attributes["href"]).response
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.headers["content-disposition"] == 'inline; filename="plan.pdf"'
    assert pdf.headers["cache-control"] == "private, no-store"
    words = "\n".join(each.extract_text() for each in PdfReader(io.BytesIO(pdf.content)).pages)
    assert MARKERS["coping"] in words
    assert MARKERS["notes"] not in words
    saved = ida.get(f"{sheet.attributes['href']}?save=true").response
    assert saved.headers["content-disposition"] == 'attachment; filename="plan.pdf"'
    done = ida.post(at(world.noor, "/copies"), TO_NOOR)
    assert (done.status, done.to) == (303, f"{at(world.noor)}?done=copy")
    assert "The copy is logged" in ida.get(done.to).text
    world.clock.advance(hours=2)
    other = {"channel": "mail", "to": "other", "recipient": "Leila, sister", "purpose": "<b>Noor asked</b>"}
    # Ten in the morning in Chicago is an hour after the plan was published.
    typed = {**TO_NOOR, **other, "at": "2026-01-13T10:00"}
    assert desk(world, "Ida").post(at(world.noor, "/copies"), typed).status == 303
    for path in ("", "/history"):
        table = desk(world, "Mara").get(at(world.noor, path)).page.one("section", id="copies").one("tbody")
        assert [row.text for row in table.all("tr")] == [
            "10:00 , Ida By mail, revision 1 Leila, sister (<b>Noor asked</b>)",
            "09:00 , Ida On paper, revision 1 the client",
        ]
    for name in ("Made a PDF of your plan", "Gave you a copy of your plan"):
        assert name in world.noor.api.get("/me/access-log").text


def test_a_form_that_does_not_fit_comes_back_as_typed(world: World) -> None:
    publish(world)
    ida = desk(world, "Ida")
    for typed, name, said in (
        ({"to": "other"}, "recipient", "Write who got it."),
        ({"recipient": "Leila"}, "recipient", "Leave this empty for the client, or choose somebody else."),
        ({"to": "nobody"}, "to", "Choose who got it."),
        ({"number": "7"}, "number", "There is no revision of this number. The latest is 1."),
        ({"at": "2026-01-14T09:00"}, "at", "This time is still to come."),
        ({"at": "yesterday"}, "at", "Choose a day and a time, or leave it empty for now."),
    ):
        refused = ida.post(at(world.noor, "/copies"), {**TO_NOOR, "purpose": "Noor asked", **typed})
        assert refused.status == 422
        section = refused.page.one("section", id="copies")
        assert section.one("small", id=f"{name}-error").text == said
        assert "open" in section.one("details").attributes
        assert section.one("textarea", id="purpose").text == "Noor asked"
    assert "No copy yet" in ida.get(at(world.noor)).text


def test_otto_and_an_administrator_are_refused_and_without_a_plan_there_is_no_form(world: World) -> None:
    publish(world)
    for name, status in (("Otto", 404), ("Adi", 403)):
        other = desk(world, name)
        assert other.get(at(world.noor, "/revisions/1/plan.pdf")).status == status
        assert other.post(at(world.noor, "/copies"), TO_NOOR).status == status
    assert desk(world, None).get(at(world.noor, "/revisions/1/plan.pdf")).status == 303
    assert desk(world, "Ida").get(at(world.noor, "/revisions/2/plan.pdf")).status == 404
    assert "No copy yet" in desk(world, "Sol").get(at(world.noor)).text
    lena = world.add_client("Lena")
    page = desk(world, "Ida").get(at(lena))
    assert page.status == 200
    assert not page.page.all("section", id="copies")


def test_a_copy_noor_made_stands_beside_those_that_were_given(world: World) -> None:
    assert world.noor.api.get("/me/plan.pdf").status_code == 200
    before = desk(world, "Ida").get(at(world.noor)).page.one("section", id="copies")
    assert "the client, on the phone Saved as a PDF, before the first plan not known" in before.text
    assert not before.all("form")
    publish(world)
    for channel in ("print", "pdf", "mail", "fax", "read_aloud") * 2:
        assert (
            desk(world, "Mara").post(at(world.noor, "/copies"), {**TO_NOOR, "channel": channel}).status == 303
        )
    section = desk(world, "Mara").get(at(world.noor)).page.one("section", id="copies")
    assert len(section.one("tbody").all("tr")) == 5
    assert section.all("a", href=at(world.noor, "/history#copies"))
    past = desk(world, "Mara").get(at(world.noor, "/history")).page.one("section", id="copies")
    assert len(past.one("tbody").all("tr")) == 11
    assert desk(world, "Mara").get(f"/clients/{world.noor.id}/record").status == 200


def test_a_form_sent_twice_logs_one_copy_and_says_so_when_it_was_changed_between(world: World) -> None:
    publish(world)
    ida = desk(world, "Ida")
    form = ida.get(at(world.noor)).page.one("section", id="copies").one("form")
    typed = {**TO_NOOR, "id": form.one("input", name="id").attributes["value"]}
    for _ in range(2):
        assert ida.post(at(world.noor, "/copies"), typed).to == f"{at(world.noor)}?done=copy"
    refused = ida.post(at(world.noor, "/copies"), {**typed, "channel": "mail"})
    assert refused.status == 409
    assert "A copy was logged with this form already" in refused.text
    section = desk(world, "Mara").get(at(world.noor)).page.one("section", id="copies")
    assert len(section.one("tbody").all("tr")) == 1
    assert desk(world, "Mara").post(at(world.noor, "/copies"), typed).status == 409


def test_an_earlier_revision_can_be_printed_too(world: World) -> None:
    publish(world)
    publish(world, plan(alias="Plan C"))
    page = desk(world, "Mara").get(at(world.noor, "/revisions/1"))
    (sheet,) = page.main.all("a", data_key="p")
    assert sheet.attributes["href"] == at(world.noor, "/revisions/1/plan.pdf")
    assert desk(world, "Mara").get(sheet.attributes["href"]).status == 200
