"""What a client is told of who looks by when: never more than the hours and the calendar of duty hold."""

import logging
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from notifications.delivery import messages
from notifications.delivery.messages import HelpLine
from notifications.escalations import coverage
from notifications.escalations.agreed import agreed_by
from notifications.escalations.coverage import Clock, Later, OnDuty
from notifications.escalations.hours import works_in_shifts
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case
from notifications.escalations.oncall import calendars
from notifications.escalations.policy import RungTarget
from notifications.escalations.rotas.held import Held
from notifications.escalations.rotas.rota import stand_in
from notifications.escalations.rows import IS_OPEN
from server.core.db import Tx
from server.core.vault import SealBroken
from server.people import queries
from server.people.access import ClientFacts
from server.people.terms import CareRole

log = logging.getLogger("handrail.escalations")


def coverage_for(
    tx: Tx, client: ClientFacts, moment: messages.Moment, by: datetime | None, line: HelpLine
) -> str:
    """The sentence the client reads: who looks by when, only as far as the hours and the team's calendar hold.

    `by` is the limit somebody has agreed to (None: nobody has to look, so only the team's return is told, and before a
    check-in until when the team is there).
    `line` is the help line named for what cannot wait. What cannot be worked out is not told: no sentence
    takes an answer or a call for help back.
    """
    try:
        return _coverage_for(tx, client, moment, by, line)
    except DBAPIError:
        raise
    except Exception as error:
        log.error("client %s: what to promise cannot be worked out: %s", client.id, type(error).__name__)
        return messages.coverage_sentence(moment, language=client.language, zone="UTC", line=line, now=tx.now)


def _coverage_for(
    tx: Tx, client: ClientFacts, moment: messages.Moment, by: datetime | None, line: HelpLine
) -> str:
    hours = agreed_by(tx, client.programme_id).hours
    held = held_by_team(tx, client)
    name: str | None = None
    until: datetime | None = None
    looks_until: datetime | None = None
    back_at: datetime | None = None
    if by is None:
        back_at = coverage.next_covered(hours, tx.now, held)
        if moment is messages.Moment.BEFORE_CHECKIN:
            looks_until = coverage.ends_at(hours, tx.now, held)
    else:
        match coverage.promise(hours, tx.now, by, None, held):
            case OnDuty():
                until, name = by, _who_looks(tx, client)
            case Later(starts_at):
                back_at = starts_at
            case _:
                pass
    return messages.coverage_sentence(
        moment,
        name=name,
        by=until,
        looks_until=looks_until,
        starts_at=back_at,
        calling=until is None and moment in messages.PRESSING and _is_called_now(tx, client),
        language=client.language,
        zone=client.zone,
        line=line,
        now=tx.now,
    )


def held_by_team(tx: Tx, client: ClientFacts) -> Held | None:
    """What the calendar of the client's team holds; None where it has no rota, and only the hours count."""
    return calendars.held_for(tx, client.programme_id, client.team_id)


def _is_called_now(tx: Tx, client: ClientFacts) -> bool:
    """Whether people are being called for this client at this hour: the case is open, and its tier knows no hours."""
    tx.session.flush()
    query = select(Case.tier).where(Case.client_id == client.id, Case.state == CaseState.OPEN)
    tier = tx.session.scalar(query)
    return tier is not None and agreed_by(tx, client.programme_id).policy.of(tier).clock is Clock.WALL


def _who_looks(tx: Tx, client: ClientFacts) -> str | None:
    """The owner of the open case. Nobody else is known to look, so nobody else is named, but for one moment.

    While the first call is out, and it rings the case manager in the office, that person is named, or whoever
    stands in for them. A team that works in shifts says "someone": at three in the morning it is not the case manager
    who looks.
    """
    tx.session.flush()
    query = select(Case.state, Case.owner_id, Case.tier, Case.ladder, Case.calls_made)
    row = tx.session.execute(query.where(Case.client_id == client.id, IS_OPEN)).one_or_none()
    if row is None:
        return None
    if row.state is CaseState.ACKNOWLEDGED:
        return name_of(tx, row.owner_id)
    agreed = agreed_by(tx, client.programme_id)
    if (row.ladder, row.calls_made) > (1, 1) or works_in_shifts(agreed.hours):
        return None
    holder = queries.care_holders(tx, client.id).get(CareRole.CASE_MANAGER)
    if RungTarget.CASE_MANAGER not in agreed.policy.of(row.tier).rungs[0].target or holder is None:
        return None
    away = calendars.calendar_of(tx, client.programme_id, client.team_id).absences
    return name_of(tx, stand_in(away, holder, tx.now))


def name_of(tx: Tx, staff_id: UUID | None) -> str | None:
    """A staff member's name for a sentence; None where there is nobody, or the name cannot be read."""
    try:
        return queries.names(tx, [staff_id]).get(staff_id) if staff_id else None
    except SealBroken:
        log.error("the name of staff member %s cannot be read", staff_id)
        return None
