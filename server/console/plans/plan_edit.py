"""The plan editor: the draft as a form beside what the client would see of it, hints and the client's proposals."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from msgspec import Struct

from crisisplans import drafts, proposals, queries, soundness
from crisisplans.lines import IN_EVERY_PLAN, CrisisLine, stale
from crisisplans.models import ProposalState
from crisisplans.quality import Hint, hints
from crisisplans.schemas import Decision, ProposalOut
from crisisplans.sections import ENTRY_TYPES, MAX_ENTRIES, PlanDraft, SectionKey
from server.console.page import Tried
from server.console.plans import plan_form, plan_view, plan_words
from server.console.plans.plan_clashes import beside, clashes
from server.console.plans.plan_deeds import Deed, Kind, answer_to, deed_of, done_to
from server.console.plans.plan_form import Fields
from server.console.plans.plan_merge import merged
from server.core.db import Tx
from server.core.errors import EditedMeanwhile, FieldProblem, Invalid
from server.core.tables import new_id
from server.people import access
from server.people.access import ClientFacts
from server.people.roles import Action
from server.people.terms import Language


class Row(Struct, frozen=True):
    """One row of the form: its number in the names of its fields, its id, and the hints about it."""

    number: int
    id: str
    hints: tuple[Hint, ...] = ()
    fresh: bool = False


class Line(Struct, frozen=True):
    """A line of the checked table and whether the plan has it; `place` among those that were chosen."""

    key: str
    name: str
    detail: str
    stale: bool
    always: bool
    chosen: bool
    place: int = -1


class Part(Struct, frozen=True, kw_only=True):
    """One section of the editor. `asks` is what to talk about; `none` the reason nothing was named, if recorded."""

    key: SectionKey
    title: str
    asks: str
    fields: tuple[plan_words.Field, ...] = ()
    rows: tuple[Row, ...] = ()
    hints: tuple[Hint, ...] = ()
    may_be_none: bool = True
    none: str = ""
    full: bool = False


def content(fields: Fields) -> PlanDraft:
    """The draft this form holds; Invalid names the fields as the form does."""
    return plan_form.draft_of(fields, new_id)


def save(tx: Tx, client_id: UUID, fields: Fields) -> Deed:
    """Store what the form holds, then do what its button says; returns the button.

    EditedMeanwhile when somebody else saved since the version in the form; Invalid with the names of its fields.
    """
    deed = deed_of(fields)
    changed = done_to(fields, deed)
    _stored(tx, client_id, content(changed), changed)
    if deed.proposal is not None:
        given = Decision(accept=deed.kind is Kind.ACCEPT, answer=answer_to(fields, deed.proposal))
        proposals.decide(tx, client_id, deed.proposal, given)
    return deed


def _stored(tx: Tx, client_id: UUID, draft: PlanDraft, fields: Fields) -> None:
    try:
        drafts.save(tx, client_id, draft, version_of(fields))
    except Invalid as refusal:
        told = [plan_form.at_its_field(problem, fields) for problem in refusal.errors]
        raise Invalid(refusal.detail, errors=told) from None


def version_of(fields: Fields, name: str = "version") -> int:
    """The version of the draft that this form was made of; `began`: before the merge page showed a newer one."""
    text = fields.get(name, [""])[0]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid.field("version", "Open the editor again.")
    return int(text)


def shown(
    tx: Tx, client_id: UUID, sent: Fields | None = None, add: SectionKey | None = None
) -> dict[str, Any]:
    """The editor with the stored draft, or with a form that was refused. `add`: one more row in that section."""
    draft = drafts.draft_out(tx, client_id)
    client = access.client(tx, Action.EDIT_PLAN, client_id)
    stored = PlanDraft(document=draft.document, clinician_only=draft.clinician_only)
    fields = plan_form.fields_of(stored) if sent is None else sent
    found = {
        **_facts(tx, client, fields, stored, add),
        "client_id": client_id,
        "client": access.name_of(tx, client),
        "draft": draft,
        "version": draft.version if sent is None else fields.get("version", [""])[0],
        "proposals": _waiting(tx, client_id),
        "words": plan_words,
    }
    return {**found, "sections": SectionKey}


def partial(tx: Tx, client_id: UUID, fields: Fields) -> dict[str, Any]:
    """What changes on the editor with what is typed: the version, the client's view and the hints."""
    client = access.client(tx, Action.EDIT_PLAN, client_id)
    version = drafts.current(tx, client).version
    return {**_facts(tx, client, fields, PlanDraft(), None), "version": version, "words": plan_words}


def _facts(
    tx: Tx, client: ClientFacts, fields: Fields, stored: PlanDraft, add: SectionKey | None
) -> dict[str, Any]:
    known = queries.known_lines(tx, client.programme_id)
    doubts: list[FieldProblem] = []
    try:
        written = content(fields)
        doubts = [plan_form.at_its_field(each, fields) for each in soundness.unfinished(written, known)]
    except Invalid:  # told at its field; the client's view waits until it fits
        written = stored
    found = hints(written.document)
    return {
        "form": Tried(fields, Invalid(errors=doubts) if doubts else None),
        "doubts": doubts,
        "seen": plan_view.seen(tx, client, written.document),
        "parts": [_part(fields, section, found, add) for section in SectionKey],
        "lines": _lines(tx, client, known, fields),
        "in_spanish": client.language is Language.ES,
    }


def _part(fields: Fields, section: SectionKey, found: tuple[Hint, ...], add: SectionKey | None) -> Part:
    none = fields.get(f"none.{section}", [""])[0]
    here = tuple(hint for hint in found if hint.section is section)
    rows: list[Row] = []
    if section in ENTRY_TYPES:
        for number, row in plan_form.written(fields, section):
            id_ = row.get("id", "")
            rows.append(Row(number, id_, tuple(hint for hint in here if hint.entry_id == id_)))
        if (not rows and not none) or (add is section and len(rows) < MAX_ENTRIES):
            following = rows[-1].number + 1 if rows else 0
            rows.append(Row(following, str(new_id()), fresh=add is section))
    return Part(
        key=section,
        title=plan_words.TITLES[section],
        asks=plan_words.ASKS[section],
        fields=plan_words.FIELDS.get(section, ()),
        rows=tuple(rows),
        hints=tuple(hint for hint in here if hint.entry_id is None),
        may_be_none=section is not SectionKey.CRISIS_LINES,
        none=none,
        full=len(rows) >= MAX_ENTRIES,
    )


def _lines(tx: Tx, client: ClientFacts, known: Mapping[str, CrisisLine], fields: Fields) -> list[Line]:
    """Those of every plan, then the chosen ones in their order, then the rest of the table."""
    chosen = [key for key in fields.get(plan_form.LINES, ()) if key in known and key not in IN_EVERY_PLAN]
    today = queries.today(tx, client.programme_id)
    order = dict.fromkeys((*IN_EVERY_PLAN, *chosen, *known))
    return [
        Line(
            key,
            known[key].name[Language.EN],
            " · ".join(
                part for part in (known[key].number, known[key].hours[Language.EN], known[key].area) if part
            ),
            stale(known[key], today),
            key in IN_EVERY_PLAN,
            key in chosen,
            chosen.index(key) if key in chosen else -1,
        )
        for key in order
    ]


def _waiting(tx: Tx, client_id: UUID) -> list[tuple[ProposalOut, str, list[tuple[str, str]]]]:
    """The client's open proposals: each with its section and its fields in words."""
    found = proposals.for_staff(tx, client_id).proposals
    return [
        (
            each,
            plan_words.TITLES[each.section],
            [
                (plan_words.field_name(each.section, name), plan_words.value_words(value))
                for name, value in each.entry.items()
                if name != "id" and value not in (None, "", False)
            ],
        )
        for each in found
        if each.state is ProposalState.OPEN
    ]


def both_texts(tx: Tx, client_id: UUID, fields: Fields, refusal: EditedMeanwhile) -> dict[str, Any]:
    """Both texts, difference by difference; the version is the one that was found, so a third save shows again."""
    client = access.client(tx, Action.EDIT_PLAN, client_id)
    theirs: PlanDraft = refusal.extra["theirs"]  # pyright: ignore[reportAssignmentType]  drafts puts it there
    mine, lines = content(fields), queries.known_lines(tx, client.programme_id)
    began = version_of(fields, "began" if "began" in fields else "version")
    return {
        "client_id": client_id,
        "client": access.name_of(tx, client),
        "clashes": beside(clashes(mine, theirs, lines), mine, drafts.began_from(tx, client, began), lines),
        "version": refusal.extra["version"],
        "began": began,
        "saved_by": refusal.extra["saved_by"],
        "saved_at": refusal.extra["saved_at"],
        "fields": plan_form.fields_of(mine),
        "chosen": chosen_in(fields),
    }


CHOICE = "choose."
"""How the name of a choice begins; the rest is the key of the difference."""


def chosen_in(fields: Fields) -> dict[str, str]:
    """What was chosen on the merge page, by the key of the difference."""
    return {
        name.removeprefix(CHOICE): values[0] for name, values in fields.items() if name.startswith(CHOICE)
    }


def save_merged(tx: Tx, client_id: UUID, fields: Fields) -> None:
    """Store the plan made of what was chosen; EditedMeanwhile when a third text came in between."""
    client = access.client(tx, Action.EDIT_PLAN, client_id)
    drafts.lock(tx, client)
    draft, mine = drafts.current(tx, client), content(fields)
    if draft.version != version_of(fields):
        raise drafts.edited_meanwhile(tx, draft, yours=mine)
    whole = merged(mine, draft.content, chosen_in(fields))
    _stored(tx, client_id, whole, plan_form.fields_of(whole) | {"version": fields["version"]})
