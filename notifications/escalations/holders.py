"""Who stands on each rung now. People are looked up at the moment of the call, never stored in a case."""

import logging
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.exc import OperationalError

from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case
from notifications.escalations.policy import RungTarget, TierPolicy
from server.core.db import Tx
from server.people import queries
from server.people.models import CareSpell, Programme, Staff
from server.people.terms import CareRole, Role

log = logging.getLogger("handrail.escalations")

EMERGENCY_CONTACT = "emergency_contact"
"""Stands among the people of a rung for the programme's outside contact, who is not staff."""

_CARE = {
    RungTarget.CASE_MANAGER: CareRole.CASE_MANAGER,
    RungTarget.BACKUP: CareRole.BACKUP,
    RungTarget.SUPERVISOR: CareRole.SUPERVISOR,
}


def holders(tx: Tx, case: Case, policy: TierPolicy) -> dict[int, tuple[str, ...]]:
    """The people on each rung by its index; all supervisors on every rung where that cannot be found out.

    The last rung is never empty while anybody works here: where it names nobody, the care team is called
    again, and failing that the administrators, who can at least find somebody. They are called as well
    where a second signature is waited for that no supervisor is left to give.
    """
    try:
        with tx.savepoint():
            return _by_rung(tx, case, policy)
    except OperationalError:
        raise  # a deadlock, which runs the whole work again, or the database itself: nothing would be stored
    except Exception as error:
        log.error("case %s: no holders could be found: %s", case.id, type(error).__name__)
        everybody = tuple(map(str, queries.supervisors(tx, case.programme_id)))
        return dict.fromkeys(range(len(policy.rungs)), everybody)


def _by_rung(tx: Tx, case: Case, policy: TierPolicy) -> dict[int, tuple[str, ...]]:
    team = queries.care_holders(tx, case.client_id)
    found: dict[int, tuple[str, ...]] = {}
    for index, rung in enumerate(policy.rungs):
        people = [person for target in rung.target for person in _people(tx, case, target, team)]
        found[index] = tuple(dict.fromkeys(people))
    last = len(policy.rungs) - 1
    if not set(found[last]) - {EMERGENCY_CONTACT}:
        found[last] = (*found[last], *_anybody(tx, case.programme_id, team))
    if case.awaiting_cosign and not _may_sign(tx, case):
        found[last] = tuple(dict.fromkeys((*found[last], *map(str, administrators(tx, case.programme_id)))))
    return found


def _may_sign(tx: Tx, case: Case) -> set[UUID]:
    return set(queries.supervisors(tx, case.programme_id)) - {case.owner_id, case.closed_by}


def _people(tx: Tx, case: Case, target: RungTarget, team: dict[CareRole, UUID]) -> list[str]:
    if target is RungTarget.ALL_SUPERVISORS:
        return [str(staff_id) for staff_id in queries.supervisors(tx, case.programme_id)]
    if target is RungTarget.EMERGENCY_CONTACT:
        return [EMERGENCY_CONTACT] if _has_emergency_contact(tx, case.programme_id) else []
    staff_id = team.get(_CARE[target])
    return [str(staff_id)] if staff_id else []


def _has_emergency_contact(tx: Tx, programme_id: UUID) -> bool:
    query = select(Programme.emergency_contact.is_not(None)).where(Programme.id == programme_id)
    return bool(tx.session.scalar(query))


def _anybody(tx: Tx, programme_id: UUID, team: dict[CareRole, UUID]) -> list[str]:
    if team:
        return [str(staff_id) for staff_id in team.values()]
    return [str(staff_id) for staff_id in administrators(tx, programme_id)]


def administrators(tx: Tx, programme_id: UUID) -> list[UUID]:
    """Every administrator of a programme, longest-serving first."""
    query = select(Staff.id).where(
        Staff.programme_id == programme_id, Staff.role == Role.ADMINISTRATOR, Staff.left_at.is_(None)
    )
    return list(tx.session.scalars(query.order_by(Staff.id)))


def may_own(tx: Tx) -> ColumnElement[bool]:
    """The condition on `cases` and `staff` that holds for those who may own the case: they see the client."""
    on_the_team = exists().where(
        CareSpell.client_id == Case.client_id,
        CareSpell.staff_id == Staff.id,
        CareSpell.from_at <= tx.now,
        or_(CareSpell.to_at.is_(None), CareSpell.to_at > tx.now),
    )
    in_role = or_(
        Staff.role == Role.SUPERVISOR, Staff.role.in_((Role.CASE_MANAGER, Role.CLINICIAN)) & on_the_team
    )
    return and_(Staff.left_at.is_(None), Staff.programme_id == Case.programme_id, in_role)


def owner_gone(tx: Tx) -> ColumnElement[bool]:
    """The condition on `cases` and their owner in `staff` for owners who left or lost sight of the client.

    A case that waits for its second signature keeps its owner: supervisors are called or reminded already.
    """
    return and_(Case.state == CaseState.ACKNOWLEDGED, Case.awaiting_cosign.is_(False), ~may_own(tx))
