"""Writing a questionnaire for the whole programme: one form, and buttons that each send the whole of it."""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import Parameter
from litestar.response import Response

from checkins import questionnaire_drafts, questionnaires, rehearsal
from checkins.definition import Definition
from checkins.schemas import QuestionnaireNew, QuestionnaireOut
from checkins.soundness import problems
from server.console import big_form
from server.console.page import Page, Tried, page_of
from server.console.questions import (
    questionnaire,
    questionnaire_edit,
    questionnaire_keeping,
    questionnaire_sheet,
    questionnaire_try,
)
from server.console.questions.questionnaire_sheet import Sheet
from server.core.db import Tx
from server.core.errors import Conflict, FieldProblem, Forbidden, Invalid, Refusal
from server.core.strict_json import explain
from server.people import access
from server.people.roles import Action

_WOULD_LOSE = "This version would call nobody, or call later, for answers that call somebody now."
_EDIT = page_of(Action.EDIT_QUESTIONNAIRES)
_PATH = "/questionnaires/new"

_DONE = {"dropped": "What you had written is gone. This is the form from its beginning."}

Start = Annotated[str, Parameter(query="start", max_length=questionnaire_keeping.LONGEST_START)]


@get(_PATH, opt=_EDIT)
async def get_new(page: Page, start: Start = "") -> Response[Any]:
    """The form as this person left it; else an empty one, or one filled in from a version."""

    def gather(tx: Tx) -> dict[str, Any]:
        _may(tx)
        return questionnaire_keeping.opened(tx, start, _from(tx, start)) | {"said": _DONE.get(page.done)}

    return await page.show("questionnaire_new.html", gather)


@post(f"{_PATH}/autosave", opt=_EDIT, status_code=200, request_max_body_size=big_form.ROUTE_LIMIT)
async def post_autosave(page: Page) -> Response[Any]:
    """Keep the form as a draft of this person's without leaving the page."""
    sent = await big_form.of_many_fields(page)
    sheet = questionnaire_sheet.read(sent.sent)

    def keep(tx: Tx) -> dict[str, Any]:
        _may(tx)
        return questionnaire_keeping.kept(tx, sent, sheet)

    return await page.show("questionnaire_saved.html", keep)


@post(_PATH, opt=_EDIT, status_code=200, request_max_body_size=big_form.ROUTE_LIMIT)
async def post_new(page: Page) -> Response[Any]:
    """One button of the form. Only "Store" stores; whatever is refused comes back as it was typed."""
    sent = await big_form.of_many_fields(page)
    sheet = questionnaire_sheet.read(sent.sent)
    button = sent.value("do", "look")
    if button == "store":
        return await _store(page, sheet, sent)
    if button in ("look", "try"):
        return await _looked_at(page, sheet, sent, trying=button == "try")
    opened = questionnaire_edit.press(sheet, button, sent.value("new_rule"))
    return await _again(page, sheet, sent, {"opened": opened})


@post(f"{_PATH}/drop", opt=_EDIT, status_code=303)
async def post_drop(page: Page) -> Response[Any]:
    """Begin anew: what was kept is gone, stored versions stay."""
    start = questionnaire_keeping.start_of(await page.form())

    def drop(tx: Tx) -> None:
        _may(tx)
        questionnaire_drafts.drop(tx, start)

    await page.caller.write(drop)
    return page.go(f"{_PATH}?done=dropped" + (f"&start={start}" if start else ""))


async def _store(page: Page, sheet: Sheet, sent: Tried) -> Response[Any]:
    tried, accepted = Tried(), sent.value("accepted")

    def add(tx: Tx) -> QuestionnaireOut:
        _may(tx)
        definition = _sound(sheet)
        new = _new(sheet, definition)
        lost = [each.sentence for each in questionnaires.lost(tx, new.key, definition)]
        mark = hashlib.sha256("\n".join(lost).encode()).hexdigest()[:32]
        if lost and accepted != mark:
            raise Conflict(_WOULD_LOSE, extra={"lost": lost, "mark": mark})
        questionnaire_drafts.drop(tx, questionnaire_keeping.start_of(sent))
        return questionnaires.add(tx, msgspec.structs.replace(new, accepts_losses=True))

    return await page.act(
        tried,
        add,
        then=lambda stored: f"/questionnaires/{stored.id}?done=added",
        again=lambda: _again(page, sheet, sent, problem=tried.problem),
    )


async def _looked_at(page: Page, sheet: Sheet, sent: Tried, *, trying: bool) -> Response[Any]:
    """What the form makes so far: as the client reads it, the rules as sentences, and tried where asked for."""
    try:
        definition = _sound(sheet)
    except Refusal as problem:
        return await _again(page, sheet, sent, problem=problem)
    more: dict[str, Any] = {"full": questionnaire.in_full(definition)}
    if trying:
        before = questionnaire_try.carried(sent)
        asked = await page.caller.write(lambda tx: _asked(tx, definition))
        run = await questionnaire_try.run(page.caller, asked, before)
        more |= questionnaire_try.told(definition, run)
    return await _again(page, sheet, sent, more)


async def _again(
    page: Page,
    sheet: Sheet,
    sent: Tried,
    more: Mapping[str, Any] | None = None,
    problem: Refusal | None = None,
) -> Response[Any]:
    """The form as it was sent, with what is wrong at its fields. It is kept as it is now."""
    tried = Tried()
    if problem is not None:
        problem.errors = tuple(questionnaire_edit.at_fields(sheet, problem.errors))
        tried.problem = problem

    def gather(tx: Tx) -> dict[str, Any]:
        _may(tx)
        extra = problem.extra if problem is not None else {}
        found = {"lost": extra.get("lost", ()), "mark": extra.get("mark", "")}
        return {**questionnaire_keeping.again(tx, sent, sheet), **found, **(more or {})}

    return await page.show("questionnaire_new.html", gather, tried)


def _may(tx: Tx) -> None:
    access.require(tx, Action.EDIT_QUESTIONNAIRES)
    if not questionnaire.may_write(tx):
        raise Forbidden("A supervisor adds questionnaires for the whole programme.")


def _from(tx: Tx, start: str) -> Sheet:
    """What the form begins with. A client's own version is never where another one begins: it holds their words."""
    if not start:
        return Sheet()
    version_id: UUID | None = None
    if start != "built-in":
        try:
            version_id = UUID(start)
        except ValueError:
            return Sheet()
    definition, stored = questionnaire.version(tx, version_id)
    if stored is not None and stored.client_id is not None:
        return Sheet()
    return questionnaire_sheet.of(definition, stored.key if stored else "")


def _sound(sheet: Sheet) -> Definition:
    """The definition that the form makes; Invalid with everything that has to be put right."""
    questionnaire_edit.tidy(sheet)
    definition = questionnaire_sheet.definition_of(sheet)
    found = problems(definition)
    if found:
        raise Invalid(errors=found)
    return definition


def _new(sheet: Sheet, definition: Definition) -> QuestionnaireNew:
    try:
        return msgspec.convert({"key": sheet.key.strip(), "definition": definition}, QuestionnaireNew)
    except msgspec.ValidationError as error:
        what = "needs a name of small letters, digits, dots, dashes and underscores, 64 at most"
        path = explain(error).path
        raise Invalid(errors=[FieldProblem(path, what if path == "key" else "does not fit")]) from None


def _asked(tx: Tx, definition: Definition) -> questionnaire_try.Asked:
    _may(tx)
    return questionnaire_try.Asked(
        definition=definition, title="This form", address=_PATH, total=rehearsal.total(tx)
    )


routes = [get_new, post_new, post_autosave, post_drop]
