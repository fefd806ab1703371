"""The plan as staff read it: the published revision, where it stands, earlier ones, and what changed between two."""

from typing import Any
from uuid import UUID

from crisisplans import drafts, history, proposals, publishing, queries, uses
from crisisplans.models import ProposalState
from crisisplans.sections import PlanDocument
from server.console.plans import plan_copies, plan_view, plan_words
from server.core.db import Tx
from server.people import access
from server.people.access import ClientFacts
from server.people.roles import Action, reach
from server.people.terms import Language


def shown(tx: Tx, client_id: UUID) -> dict[str, Any]:
    """The plan as it stands, who wrote it and why, since when it is on the phone, and what waits."""
    client = access.client(tx, Action.VIEW_PLAN, client_id)
    may_edit = _may_edit(tx, client)
    number = client.plan_revision
    listed = history.revision_list(tx, client_id, None)
    waiting = [one for one in proposals.for_staff(tx, client_id).proposals if one.state is ProposalState.OPEN]
    found: dict[str, Any] = _revision(tx, client, number) if number else {"revision": None}
    return {
        **of(tx, client),
        **found,
        **plan_copies.beside_plan(tx, client_id, number, found["revision"]),
        "review_due_on": listed.review_due_on,
        "overdue": listed.review_due_on is not None
        and listed.review_due_on < queries.today(tx, client.programme_id),
        "waiting": len(waiting),
        "draft": _draft(tx, client) if may_edit else None,
    }


def of(tx: Tx, client: ClientFacts) -> dict[str, Any]:
    """What every page about a plan begins with."""
    return {
        "client_id": client.id,
        "client": access.name_of(tx, client),
        "published": client.plan_revision,
        "words": plan_words,
        "may_edit": _may_edit(tx, client),
    }


def _may_edit(tx: Tx, client: ClientFacts) -> bool:
    """Whether the pages offer it: not for a client who is discharged."""
    return reach(tx.actor.role, Action.EDIT_PLAN) is not None and access.discharged_at(tx, client) is None


def _revision(tx: Tx, client: ClientFacts, number: int) -> dict[str, Any]:
    found = history.revision(tx, client.id, number)
    return {
        "revision": found,
        "seen": plan_view.seen(tx, client, found.document, Language.EN, for_staff=True),
        "beside": _beside(found.document),
    }


def _beside(document: PlanDocument) -> list[tuple[str, list[tuple[str, str]]]]:
    """What staff know beside the client's own view of each section: how likely, whom they may contact, why none."""
    likely = [(way.text, f"{way.likelihood} of 5") for way in document.coping if way.likelihood is not None]
    contact = [(who.name, "yes" if who.staff_may_contact else "no") for who in document.helpers]
    none = [(plan_words.TITLES[section], why) for section, why in document.none_identified.items()]
    named = (("How likely to be done", likely), ("Staff may contact", contact), ("None identified", none))
    return [(title, pairs) for title, pairs in named if pairs]


def _draft(tx: Tx, client: ClientFacts) -> dict[str, Any] | None:
    """That there is a draft which differs from the plan; its text stays in the editor."""
    draft = drafts.current(tx, client)
    latest = drafts.published(tx, client)
    if draft.version == 0 or (latest is not None and latest[1] == draft.content):
        return None
    return {"at": draft.updated_at, "by": drafts.who(tx, [draft.updated_by]).get(draft.updated_by)}


def one_revision(tx: Tx, client_id: UUID, number: int) -> dict[str, Any]:
    """One revision as it was published; NotFound when there is none of this number."""
    client = access.client(tx, Action.VIEW_PLAN, client_id)
    return {**of(tx, client), **_revision(tx, client, number)}


def past(tx: Tx, client_id: UUID, cursor: int | None) -> dict[str, Any]:
    """Every revision, review and copy, and which steps the client says helped."""
    client = access.client(tx, Action.VIEW_PLAN, client_id)
    return {
        **of(tx, client),
        "history": history.revision_list(tx, client_id, cursor),
        "reviews": publishing.review_list(tx, client_id, None).reviews,
        "copies": plan_copies.past(tx, client_id),
        "uses": uses.of_client(tx, client_id),
        "titles": plan_words.TITLES,
    }


def changes(tx: Tx, client_id: UUID, older: int | None, newer: int | None) -> dict[str, Any]:
    """What changed from one revision to another, in words. The earlier one is 0 for an empty plan.

    None means the newest, and the one before it.
    """
    client = access.client(tx, Action.VIEW_PLAN, client_id)
    last = client.plan_revision if newer is None else newer
    before = max(last - 1, 0) if older is None else older
    older, newer = min(before, last), max(before, last)
    new = history.revision(tx, client_id, newer)
    old = history.revision(tx, client_id, older).document if older else PlanDocument(crisis_lines=())
    found = history.difference(tx, client_id, newer, older)
    lines = queries.known_lines(tx, client.programme_id)
    return {
        **of(tx, client),
        "older": older,
        "newer": newer,
        "revision": new,
        "told": plan_words.told(found.changes, old, new.document, lines),
    }
