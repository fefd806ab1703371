"""A programme's own settings: name, zone, emergency contact, hours of duty and policies, for administrators.

The sections belong to the packages that read them; each is checked by that package's own rule before it is kept,
so an unsafe policy ("urgent ends at a rung that can be empty") never becomes one that people rely on.
"""

from typing import Annotated, Any

import msgspec
from litestar import get, put
from litestar.response import Response

from checkins import missed
from checkins.missed import MissedPolicy
from crisisplans.revisions import ReviewDays
from notifications.delivery import numbers, outside
from notifications.escalations import hours, policy
from notifications.escalations.agreed import HelpButton, office_hours
from notifications.escalations.hours import CoverageHours
from notifications.escalations.policy import DEFAULT_POLICY, Policy
from server.core import audit
from server.core.db import Tx
from server.core.errors import EditedMeanwhile, FieldProblem, Invalid
from server.people import programmes, proofs
from server.people.actions import checked_zone
from server.people.api import described
from server.people.caller import Caller, action
from server.people.given import checked_email, checked_name
from server.people.models import Programme
from server.people.programmes import EmergencyContact
from server.people.roles import Action
from server.people.routing import IfMatch, version_of
from server.people.schemas import Input, Output


class ProgrammeEdit(Input):
    """A programme's whole settings as edited: what is left out goes back to its default, or is taken away."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    zone: Annotated[str, msgspec.Meta(max_length=64)]
    emergency_contact: EmergencyContact | None = None
    coverage: CoverageHours | None = None
    escalation: Policy | None = None
    missed: MissedPolicy | None = None
    review: ReviewDays | None = None
    help: HelpButton | None = None


class ProgrammeOut(Output):
    """A programme's settings as they hold now, defaults filled in."""

    name: str
    zone: str
    emergency_contact: EmergencyContact | None
    coverage: CoverageHours
    escalation: Policy
    missed: MissedPolicy
    review: ReviewDays
    help: HelpButton
    version: int


def programme_out(tx: Tx) -> ProgrammeOut:
    """The acting administrator's programme."""
    facts = programmes.facts(tx, programmes.of_actor(tx).id)
    return ProgrammeOut(
        name=facts.name,
        zone=facts.zone,
        emergency_contact=programmes.emergency_contact(tx, facts.id),
        coverage=programmes.section(facts, "coverage", office_hours(facts.zone)),
        escalation=programmes.section(facts, "escalation", DEFAULT_POLICY),
        missed=programmes.section(facts, "missed", missed.DEFAULT_POLICY),
        review=programmes.section(facts, "review", ReviewDays()),
        help=programmes.section(facts, "help", HelpButton()),
        version=facts.version,
    )


def _problems(edit: ProgrammeEdit) -> list[FieldProblem]:
    found: list[tuple[str, Any]] = []
    if edit.coverage is not None:
        found += [("coverage", problem) for problem in hours.problems(edit.coverage)]
    if edit.escalation is not None:
        found += [("escalation", problem) for problem in policy.problems(edit.escalation)]
        found += [("escalation", problem) for problem in _without_contact(edit)]
    if edit.missed is not None:
        found += [("missed", problem) for problem in missed.problems(edit.missed)]
    return [FieldProblem(f"{section}.{problem.path}", problem.message) for section, problem in found]


def _without_contact(edit: ProgrammeEdit) -> list[FieldProblem]:
    """A last rung that calls the emergency contact alone calls nobody where none is entered."""
    if edit.escalation is None or edit.emergency_contact is not None:
        return []
    return [
        FieldProblem(path, "calls the emergency contact alone, and emergency_contact is empty")
        for path in policy.ends_at_contact(edit.escalation)
    ]


def _checked_contact(contact: EmergencyContact | None) -> EmergencyContact | None:
    if contact is not None:
        checked_name(contact.name, "emergency_contact.name")
        checked_email(contact.email, "emergency_contact.email")
        if contact.phone:
            phone = numbers.checked(contact.phone, "emergency_contact.phone")
            return msgspec.structs.replace(contact, phone=phone)
    return contact


def _ways(contact: EmergencyContact | None) -> tuple[str, str] | None:
    return (contact.email, contact.phone) if contact else None


def edit_programme(tx: Tx, edit: ProgrammeEdit, version: int) -> ProgrammeOut:
    """Change the settings; refused when somebody else saved meanwhile. Cases already open keep their policy."""
    proofs.insist_on_fresh_proof(tx)
    facts = programmes.of_actor(tx)
    row = tx.session.get_one(Programme, facts.id, with_for_update=True)
    if row.version != version:
        raise EditedMeanwhile(extra={"version": row.version})
    wrong = _problems(edit)
    if wrong:
        raise Invalid(errors=wrong)
    row.name, row.zone = checked_name(edit.name), checked_zone(edit.zone)
    contact = _checked_contact(edit.emergency_contact)
    before = programmes.emergency_contact(tx, facts.id)
    row.emergency_contact = programmes.seal_emergency_contact(tx, facts, contact) if contact else None
    sections = ("coverage", "escalation", "missed", "review", "help")
    chosen = {name: getattr(edit, name) for name in sections if getattr(edit, name) is not None}
    row.settings = msgspec.to_builtins(chosen)
    tx.session.flush()
    if _ways(contact) != _ways(before):
        outside.forget(tx, facts.id)
    audit.record(tx, "programme.edit", row_id=row.id, data={"sections": sorted(chosen)})
    return programme_out(tx)


def _answer(out: ProgrammeOut) -> Response[ProgrammeOut]:
    return Response(out, headers={"ETag": f'"{out.version}"'})


@get(
    "/programme",
    opt=action(Action.EDIT_PROGRAMME),
    **described("The programme's settings", 401, 403, tagged=True),
)
async def get_programme(caller: Caller) -> Response[ProgrammeOut]:
    """Name, zone, emergency contact, hours of duty and policies, with an ETag to edit them by."""
    return _answer(await caller.read(programme_out))


@put(
    "/programme",
    opt=action(Action.EDIT_PROGRAMME),
    **described("Edit the programme's settings", 401, 403, 412, 422, 428, tagged=True),
)
async def put_programme(
    caller: Caller, data: ProgrammeEdit, if_match: IfMatch = None
) -> Response[ProgrammeOut]:
    """Needs If-Match. A policy that could leave somebody waiting is refused, with its place."""
    version = version_of(if_match)
    return _answer(await caller.write(lambda tx: edit_programme(tx, data, version)))


routes = [get_programme, put_programme]
