"""Who stands on each rung now. People are looked up at the moment of the call, never stored in a case.

Rule: out of hours a rung calls those it names for then. Who is on call is called by the calendar of the client's
team. Who is away is not called: whoever they named is, and where they named nobody, nobody holds that place.
Supervisors are all called where all are named, those away too, and whom they named besides. In a drill there is no
client: who stands in for a client's own people says drills/practice.py.
"""

import logging
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.exc import OperationalError

from notifications.escalations import coverage
from notifications.escalations.agreed import agreed_by
from notifications.escalations.drills.models import Drill
from notifications.escalations.drills.practice import in_practice
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case
from notifications.escalations.oncall.calendars import calendar_for, calendar_of
from notifications.escalations.policy import Rung, RungTarget, TierPolicy
from notifications.escalations.rotas.duty import on_duty
from notifications.escalations.rotas.rota import Calendar, Layer, stand_in
from server.core.db import Tx
from server.core.tables import Instant
from server.people import care_spells, queries
from server.people.models import CareSpell, Programme, Staff
from server.people.teams import was_called_in
from server.people.terms import CareRole, Role

log = logging.getLogger("handrail.escalations")

EMERGENCY_CONTACT = "emergency_contact"
"""Stands among the people of a rung for the programme's outside contact, who is not staff."""

_CARE = {
    RungTarget.CASE_MANAGER: CareRole.CASE_MANAGER,
    RungTarget.BACKUP: CareRole.BACKUP,
    RungTarget.SUPERVISOR: CareRole.SUPERVISOR,
}
_ON_CALL = {RungTarget.ON_CALL_PRIMARY: Layer.PRIMARY, RungTarget.ON_CALL_BACKUP: Layer.BACKUP}


class Standing(Struct, frozen=True):
    """What decides who stands where at this moment: the care team, the calendar, whether the team is on duty."""

    team: dict[CareRole, UUID]
    calendar: Calendar
    covered: bool
    practice: bool = False

    def called_on(self, rung: Rung) -> tuple[RungTarget, ...]:
        """Whom the rung names for this hour."""
        named = rung.target if self.covered or not rung.after_hours else rung.after_hours
        return in_practice(named) if self.practice else named


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
    now = _standing(tx, case)
    found: dict[int, tuple[str, ...]] = {}
    for index, rung in enumerate(policy.rungs):
        people = [person for target in now.called_on(rung) for person in _people(tx, case, target, now)]
        found[index] = tuple(dict.fromkeys(people))
    last = len(policy.rungs) - 1
    if not set(found[last]) - {EMERGENCY_CONTACT}:
        found[last] = (*found[last], *_anybody(tx, case.programme_id, now.team))
    if case.awaiting_cosign and not _may_sign(tx, case):
        found[last] = tuple(dict.fromkeys((*found[last], *map(str, administrators(tx, case.programme_id)))))
    return found


def _standing(tx: Tx, case: Case) -> Standing:
    covered = coverage.is_covered(agreed_by(tx, case.programme_id).hours, tx.now)
    if case.client_id is None:
        team_id = tx.session.get_one(Drill, case.id).team_id
        calendar = calendar_of(tx, case.programme_id, team_id)
        return Standing(team={}, calendar=calendar, covered=covered, practice=True)
    return Standing(
        team=queries.care_holders(tx, case.client_id),
        calendar=calendar_for(tx, case.programme_id, case.client_id),
        covered=covered,
    )


def _may_sign(tx: Tx, case: Case) -> set[UUID]:
    return set(queries.supervisors(tx, case.programme_id)) - {case.owner_id, case.closed_by}


def _people(tx: Tx, case: Case, target: RungTarget, now: Standing) -> list[str]:
    away = now.calendar.absences
    if target is RungTarget.EMERGENCY_CONTACT:
        return [EMERGENCY_CONTACT] if _has_emergency_contact(tx, case.programme_id) else []
    if target is RungTarget.ALL_SUPERVISORS:
        everybody = queries.supervisors(tx, case.programme_id)
        besides = [stand_in(away, person, tx.now) for person in everybody]
        return [str(person) for person in (*everybody, *besides) if person]
    if target in _ON_CALL:
        person = on_duty(now.calendar, _ON_CALL[target], tx.now).person
    else:
        holder = now.team.get(_CARE[target])
        person = stand_in(away, holder, tx.now) if holder else None
    return [str(person)] if person else []


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


def may_own(now: Instant) -> ColumnElement[bool]:
    """The condition on `cases` and `staff` that holds for those who may own the case: they see the client."""
    on_the_team = exists().where(
        CareSpell.client_id == Case.client_id,
        CareSpell.staff_id == Staff.id,
        care_spells.running(now),
    )
    called = was_called_in(now, Case.client_id, Staff.id)
    theirs = Staff.role.in_((Role.CASE_MANAGER, Role.CLINICIAN)) & (on_the_team | called)
    in_role = or_(Staff.role == Role.SUPERVISOR, theirs)
    return and_(Staff.left_at.is_(None), Staff.programme_id == Case.programme_id, in_role)


def owner_gone(now: Instant) -> ColumnElement[bool]:
    """The condition on `cases` and their owner in `staff` for owners who left or lost sight of the client.

    A case that waits for its second signature keeps its owner: supervisors are called or reminded already.
    """
    return and_(Case.state == CaseState.ACKNOWLEDGED, Case.awaiting_cosign.is_(False), ~may_own(now))
