"""Publishing from the console: what changes for the client, what would stop it, and how the plan was made."""

from typing import Any
from uuid import UUID

from crisisplans import drafts, publishing, queries, revisions
from crisisplans.quality import Hint
from crisisplans.schemas import Publish
from crisisplans.sections import ClinicianOnly, PlanDocument, PlanDraft
from server.console.clients.client import phone
from server.console.page import Tried
from server.console.plans import plan_words
from server.console.plans.plan import of
from server.console.plans.plan_form import Fields, at_its_field, fields_of
from server.core.db import Tx
from server.core.errors import FieldProblem, Invalid
from server.people import access
from server.people.roles import Action

_OWN_FIELDS = ("reason", "client_took_part", "caregiver_involved", "without_client_because")


def shown(tx: Tx, client_id: UUID) -> dict[str, Any]:
    """The draft against the plan that the client has now."""
    client = access.client(tx, Action.EDIT_PLAN, client_id)
    draft = drafts.draft_out(tx, client_id)
    number, before = drafts.published(tx, client) or (0, PlanDraft(document=PlanDocument(crisis_lines=())))
    after = drafts.ready(PlanDraft(document=draft.document, clinician_only=draft.clinician_only))
    fields = fields_of(PlanDraft(document=draft.document, clinician_only=draft.clinician_only))
    lines = queries.known_lines(tx, client.programme_id)
    found = revisions.diff(before.document, after.document)
    return {
        **of(tx, client),
        "draft": draft,
        "number": number,
        "told": plan_words.told(found, before.document, after.document, lines),
        "private_changed": after.clinician_only != (before.clinician_only if number else ClinicianOnly()),
        "stops": [_stop(problem, fields) for problem in draft.problems],
        "loud": [_hint(hint) for hint in draft.hints if hint.loud],
        "quiet": [_hint(hint) for hint in draft.hints if not hint.loud],
        "changed": draft.changed and after != before,
    }


def _hint(hint: Hint) -> str:
    return f"{plan_words.TITLES[hint.section]}: {hint.message}"


def _stop(problem: FieldProblem, fields: Fields) -> tuple[str, str, str]:
    """Its field in the editor, the words of its place, and what is wrong there."""
    name = at_its_field(problem, fields).path
    anchor = name if "." in name or name == "alias" else f"section-{name}"
    return anchor, plan_words.place_words(problem.path), problem.message


def publish(tx: Tx, client_id: UUID, tried: Tried) -> str:
    """Publish what the form states; returns how the client's phone hears of it, as a word of the page's address.

    What the plan itself lacks is told in words.
    """
    try:
        published = publishing.publish(tx, client_id, tried.read(Publish))
    except Invalid as refusal:
        told = [
            each
            if each.path in (*_OWN_FIELDS, "draft_version")
            else FieldProblem("", plan_words.problem_words(each))
            for each in refusal.errors
        ]
        raise Invalid(refusal.detail, errors=told) from None
    if published.notices:
        return "published"
    signed_in = phone(tx, access.client(tx, Action.EDIT_PLAN, client_id)).sessions
    return "published-quietly" if signed_in else "published-no-phone"
