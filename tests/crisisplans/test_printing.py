"""Noor's plan on paper: her own words whole, numbers she can dial, one sheet, nothing of the clinician's own."""

import io
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import date
from threading import Event
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from crisisplans import fonts, printing
from crisisplans.client_plan import line_for_client
from crisisplans.lines import national_lines
from crisisplans.paper import MOST_WAITING, PRINTER, place
from crisisplans.schemas import ClientPlan
from crisisplans.sections import PlanDocument
from crisisplans.sheet import sheet
from server.people.terms import Language
from tests.crisisplans.plans import MARKERS, document, plan, publish
from tests.world import World


def read(pdf: bytes) -> tuple[str, int]:
    """The words on it, and how many pages it has."""
    pages = PdfReader(io.BytesIO(pdf)).pages
    return "\n".join(page.extract_text() for page in pages), len(pages)


def drawn(
    changes: dict[str, Any], language: Language = Language.EN, paper: str = "letter"
) -> tuple[str, int]:
    own = msgspec.convert(document(**changes), PlanDocument)
    lines = tuple(line_for_client(line, language, old=False) for line in national_lines())
    made = ClientPlan(number=3, published_at=None, document=own, dial={}, crisis_lines=lines)
    on_paper = sheet(
        made,
        programme="Riverside",
        published_on=date(2026, 1, 2),
        today=date(2026, 1, 13),
        language=language,
    )
    return read(printing.pdf(on_paper, paper))


def test_noor_gets_her_plan_as_a_pdf_and_the_copy_is_noted(world: World) -> None:
    publish(world, plan(alias="Plan B"))
    answer = world.noor.api.get("/me/plan.pdf")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert "plan.pdf" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "private, no-store"
    words, pages = read(answer.content)
    assert pages == 1
    for part in ("Plan B", "Riverside", "Version 1 of January 13, 2026", "(503) 555-0142"):
        assert part in words
    for marker in ("sign", "coping", "helper", "reason"):
        assert MARKERS[marker] in words
    for never in (MARKERS["notes"], MARKERS["why"], "firearm", "Noor"):
        assert never not in words
    for line in national_lines()[:2]:
        assert f"{line.name[Language.EN]} {line.number}" in " ".join(words.split())
    (copy,) = world.mara.api.get(f"/clients/{world.noor.id}/plan/copies").json()["copies"]
    assert (copy["channel"], copy["number"]) == ("pdf", 1)


def test_before_the_first_plan_the_sheet_has_the_lines(world: World) -> None:
    words, _ = read(world.noor.api.get("/me/plan.pdf?paper=a4").content)
    assert "not written yet" in words
    assert national_lines()[0].name[Language.EN] in words


def test_another_paper_is_refused_and_staff_have_none(world: World) -> None:
    answer = world.noor.api.get("/me/plan.pdf?paper=napkin")
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (400, "paper")
    assert world.mara.api.get("/me/plan.pdf").status_code == 403


def test_in_spanish_with_the_lines_own_way_in_spanish() -> None:
    words, pages = drawn({}, Language.ES)
    flat = " ".join(words.split())
    assert pages == 1
    assert "Mis señales de alerta" in flat
    assert "Versión 3 del 2 de enero de 2026" in flat
    call, message = national_lines()[:2]
    assert f"oprime {call.press['es']}" in flat
    assert f"envía la palabra {message.sms_keywords['es']}" in flat


@pytest.mark.parametrize(
    "words",
    [
        "Zażółć gęślą jaźń",
        "Ђорђе и Ёлка",
        "Ελένη",
        "Nguyễn Thị Hương",
        "Doña Ñusta ¿sí?",
        "Þórðr",
        "naïve — “quoted” … €5",
    ],
)
def test_no_letter_of_her_own_words_is_lost(words: str) -> None:
    text, _ = drawn({"reasons": [{"id": "r", "text": f"{words} end"}]})
    assert f"{words} end" in unicodedata.normalize("NFC", text)
    assert fonts.UNKNOWN not in text


def test_an_emoji_becomes_a_box_that_is_explained() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    text, _ = drawn({"reasons": [{"id": "r", "text": f"my girls {family} and Fig \U0001f9a5"}]})
    assert f"my girls {fonts.UNKNOWN} and Fig {fonts.UNKNOWN}" in text
    assert "stands for a sign" in text


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=60))
def test_whatever_she_writes_can_be_printed(words: str) -> None:
    clean = fonts.printable(words)
    assert clean == " ".join(clean.split())
    assert all(ord(mark) in fonts._letters() for mark in clean if mark != " ")


@pytest.mark.parametrize("paper", ["letter", "a4"])
def test_a_plan_with_everything_in_it_still_prints(paper: str) -> None:
    many = [{"id": f"c{n}", "text": f"step {n} " + "a long word and another " * 12} for n in range(30)]
    text, pages = drawn({"coping": many}, paper=paper)
    assert pages > 1
    assert all(f"step {n} " in text for n in range(30))
    assert "Printed on January 13, 2026 · 2" in text


def test_a_long_row_before_the_printer_is_told_at_once_and_nothing_is_noted(world: World) -> None:
    publish(world, plan())
    with ExitStack() as others:
        for _ in range(MOST_WAITING):
            others.enter_context(place())
        answer = world.noor.api.get("/me/plan.pdf")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert world.mara.api.get(f"/clients/{world.noor.id}/plan/copies").json()["copies"] == []
    assert world.noor.api.get("/me/plan.pdf").status_code == 200


def test_mara_signs_in_while_a_phone_asks_for_its_plan_on_paper_again_and_again(world: World) -> None:
    publish(world, plan())
    stop = Event()
    PRINTER.submit(stop.wait, 30)
    with ThreadPoolExecutor(6) as phones:
        asked = [phones.submit(world.noor.api.get, "/me/plan.pdf") for _ in range(6)]
        body = {"email": "nobody@riverside.example", "password": "walk to the river"}
        assert world.anybody().post("/sign-in", body).status_code == 401
        assert not any(each.done() for each in asked)
        stop.set()
        assert all(each.result().status_code == 200 for each in asked)
