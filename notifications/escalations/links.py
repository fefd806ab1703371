"""Taking a case without signing in: by the link in a text message or e-mail, or by a key pressed in a call.

Rule: a link stands for one call to one person. It works once, while that call is still open: not after its time, not
once the case was closed or calling began anew, and only for somebody who still works here and may see the client. It
does what `acts.acknowledge` does, as that person, and shows nothing of the case. A practice call is answered by the
same link and the same key, and says that it is one.
"""

from enum import StrEnum

from sqlalchemy import select

from notifications.delivery import links as delivered
from notifications.delivery.staff_models import CallLink, LinkUse
from notifications.escalations import acts
from notifications.escalations.calls import of_call_code
from notifications.escalations.drills import ending
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case
from server.core import audit
from server.core.actor import Actor, ActorKind
from server.core.db import Tx
from server.core.errors import Conflict, Refusal
from server.people.models import Programme, Staff
from server.people.terms import Language


class Standing(StrEnum):
    """What a link is worth now, or what using it came to."""

    OPEN = "open"
    TAKEN = "taken"
    USED = "used"
    A_COLLEAGUE_HAS_IT = "a_colleague_has_it"
    OVER = "over"
    NOT_YOURS = "not_yours"
    DRILL = "drill"
    DRILL_ANSWERED = "drill_answered"
    DRILL_OVER = "drill_over"


STANDS_OPEN = (Standing.OPEN, Standing.DRILL)
"""Something to be taken, real or practice."""

LANGUAGE = Language.EN
"""Staff are written to in English."""


def look(tx: Tx, use: LinkUse, token: str) -> Standing:
    """What the link is worth; a token that is none looks like one that is over. Changes nothing."""
    return _standing(tx, delivered.find(tx, use, token))[0]


def is_known(tx: Tx, use: LinkUse, token: str) -> bool:
    """Whether this is the token of a link that was made, whatever it is worth now."""
    return delivered.find(tx, use, token) is not None


def programme_name(tx: Tx, use: LinkUse, token: str) -> str:
    """The name a call is made under; empty for a token that is none."""
    link = delivered.find(tx, use, token)
    if link is None:
        return ""
    query = select(Programme.name).join(Staff, Staff.programme_id == Programme.id)
    return tx.session.scalar(query.where(Staff.id == link.staff_id)) or ""


def take(tx: Tx, use: LinkUse, token: str) -> Standing:
    """Take the case as the person called. Unless that is what it comes to, nothing changes."""
    link = delivered.find(tx, use, token, lock=True)
    standing, person = _standing(tx, link)
    if standing not in STANDS_OPEN or link is None or person is None:
        return standing
    tx.actor = Actor(
        kind=ActorKind.STAFF, id=person.id, programme_id=person.programme_id, role=person.role.value
    )
    practice = standing is Standing.DRILL
    try:
        with tx.savepoint():
            case = ending.answer(tx, link.case_id) if practice else acts.acknowledge(tx, link.case_id)
            if not practice:
                data: dict[str, object] = {"by": "link" if use is LinkUse.PAGE else "telephone"}
                what = "case.acknowledge_by_link"
                audit.record(tx, what, client_id=case.client_id, row_id=case.id, data=data)
    except Conflict as conflict:
        if practice:
            return Standing.DRILL_OVER
        return Standing.A_COLLEAGUE_HAS_IT if "owner" in conflict.extra else Standing.NOT_YOURS
    except Refusal:
        return Standing.NOT_YOURS
    link.used_at = tx.now
    tx.session.flush()
    return Standing.DRILL_ANSWERED if practice else Standing.TAKEN


def _standing(tx: Tx, link: CallLink | None) -> tuple[Standing, Staff | None]:
    if link is None:
        return Standing.OVER, None
    case = tx.session.get(Case, link.case_id)
    if case is not None and case.practice:
        return _in_practice(tx, case, link)
    if link.used_at is not None:
        return Standing.USED, None
    person = tx.session.get(Staff, link.staff_id)
    gone = person is None or person.left_at is not None
    if gone or case is None or tx.now >= link.expires_at:
        return Standing.OVER, None
    ladder, _ = of_call_code(link.call_number)
    if case.state is CaseState.CLOSED or case.ladder != ladder:
        return Standing.OVER, None
    if case.state is CaseState.ACKNOWLEDGED and case.owner_id not in (None, link.staff_id):
        return Standing.A_COLLEAGUE_HAS_IT, None
    return Standing.OPEN, person


def _in_practice(tx: Tx, case: Case, link: CallLink) -> tuple[Standing, Staff | None]:
    person = tx.session.get(Staff, link.staff_id)
    over = case.state is CaseState.CLOSED or ending.is_over(tx, case) or link.used_at is not None
    gone = person is None or person.left_at is not None
    return (Standing.DRILL_OVER, None) if over or gone else (Standing.DRILL, person)
