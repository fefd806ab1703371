"""Publishing from the console: what changes for the client, what would stop it, and how the plan was made."""

from typing import Any
from uuid import UUID

from crisisplans import drafts, publishing, queries, revisions
from crisisplans.quality import Hint
from crisisplans.schemas import Publish
from crisisplans.sections import ClinicianOnly, PlanDocument, PlanDraft, SectionKey
from server.console.page import Tried
from server.console.plans import plan_words
from server.console.plans.plan import of
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
    lines = queries.known_lines(tx, client.programme_id)
    found = revisions.diff(before.document, after.document)
    return {
        **of(tx, client),
        "draft": draft,
        "number": number,
        "told": plan_words.told(found, before.document, after.document, lines),
        "private_changed": after.clinician_only != (before.clinician_only if number else ClinicianOnly()),
        "stops": [in_words(problem) for problem in draft.problems],
        "loud": [_hint(hint) for hint in draft.hints if hint.loud],
        "quiet": [_hint(hint) for hint in draft.hints if not hint.loud],
        "changed": draft.changed and after != before,
    }


def _hint(hint: Hint) -> str:
    return f"{plan_words.TITLES[hint.section]}: {hint.message}"


def in_words(problem: FieldProblem) -> str:
    """A problem of the plan with the name of its section."""
    found = next((section for section in SectionKey if section.value in problem.path), None)
    return f"{plan_words.TITLES[found]}: {problem.message}" if found else problem.message


def publish(tx: Tx, client_id: UUID, tried: Tried) -> int:
    """Publish what the form states; returns the revision's number. What the plan itself lacks is told in words."""
    try:
        return publishing.publish(tx, client_id, tried.read(Publish))
    except Invalid as refusal:
        told = [
            each if each.path in (*_OWN_FIELDS, "draft_version") else FieldProblem("", in_words(each))
            for each in refusal.errors
        ]
        raise Invalid(refusal.detail, errors=told) from None
