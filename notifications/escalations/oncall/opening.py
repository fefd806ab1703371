"""Whoever is called for a client can see them: somebody on call, or standing in, need not be on their care team.

Rule: a call opens the client to a case manager or clinician who does not see them yet, for some days; it is on record.
A supervisor sees every client of the programme, and an administrator none.
"""

import logging
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.exc import OperationalError

from notifications.escalations.models import Case
from server.core import audit
from server.core.db import Tx
from server.people import care_spells
from server.people.models import CareSpell, Staff
from server.people.teams import CalledIn, call_in
from server.people.terms import Role

log = logging.getLogger("handrail.escalations")

ENOUGH = timedelta(days=1)
"""A call made by now lasts that long, and whoever answers it needs to see the client."""


def open_to(tx: Tx, case: Case, people: Iterable[UUID]) -> None:
    """Let these see the client of the case from now on. Whatever fails here, the call itself goes out."""
    if case.client_id is None:
        return
    try:
        with tx.savepoint():
            for staff_id in _blind(tx, case, set(people)):
                call_in(tx, case.client_id, staff_id)
                audit.record(
                    tx,
                    "client.called_in",
                    programme_id=case.programme_id,
                    client_id=case.client_id,
                    row_id=staff_id,
                )
    except OperationalError:
        raise  # a deadlock, which runs the whole work again, or the database itself: nothing would be stored
    except Exception as error:
        log.error("case %s: it could not be opened to whom it calls: %s", case.id, type(error).__name__)


def _blind(tx: Tx, case: Case, people: set[UUID]) -> list[UUID]:
    """Those who do not see the client, or will not for as long as a call lasts."""
    on_the_team = exists().where(
        CareSpell.client_id == case.client_id,
        CareSpell.staff_id == Staff.id,
        care_spells.running(tx.now),
    )
    for_long = exists().where(
        CalledIn.client_id == case.client_id, CalledIn.staff_id == Staff.id, CalledIn.to_at > tx.now + ENOUGH
    )
    query = select(Staff.id).where(
        Staff.id.in_(people), Staff.role.in_((Role.CASE_MANAGER, Role.CLINICIAN)), ~on_the_team, ~for_long
    )
    return list(tx.session.scalars(query))
