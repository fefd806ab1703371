"""Starting a drill: a case without a client, on the ladder of real ones, to whoever is on duty in one team now."""

import msgspec
from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError

from notifications.escalations import events
from notifications.escalations.agreed import agreed_by
from notifications.escalations.calls import call_at_once
from notifications.escalations.drills.models import Drill
from notifications.escalations.drills.practice import TIER
from notifications.escalations.ladder import open_case
from notifications.escalations.models import Case, EventKind
from notifications.escalations.rows import settle
from server.core import audit
from server.core.db import Tx
from server.core.errors import Conflict
from server.core.tables import new_id
from server.people.teams import Team

RUNNING = (
    "A drill of this team is running already. It ends when somebody answers it, or when its time is over."
)


def start(tx: Tx, team: Team) -> Drill:
    """Call the first people now. It ends by itself: answered, or when an emergency would have had to be taken.

    Conflict while another drill of this team is running. The person or the service that starts it is on record.
    """
    running = exists().where(Drill.team_id == team.id, Drill.ended_at.is_(None))
    if tx.session.scalar(select(running)):
        raise Conflict(RUNNING)
    try:
        with tx.savepoint():
            case, drill = _stored(tx, team)
    except IntegrityError:  # somebody else started one at this moment
        raise Conflict(RUNNING) from None
    events.record(tx, case, EventKind.OPENED, data={"practice": True, "tier": case.tier})
    audit.record(tx, "drill.start", programme_id=team.programme_id, row_id=case.id)
    call_at_once(tx, case)
    tx.session.flush()
    return drill


def _stored(tx: Tx, team: Team) -> tuple[Case, Drill]:
    agreed = agreed_by(tx, team.programme_id)
    standing = open_case(agreed.policy, TIER, tx.now, agreed.add, agreed.window)
    case = Case(
        id=new_id(),
        programme_id=team.programme_id,
        client_id=None,
        policy=msgspec.to_builtins(agreed.policy),
        opened_at=standing.opened_at,
        unreached=0,
    )
    settle(case, standing)
    tx.session.add(case)
    tx.session.flush()
    drill = Drill(
        case_id=case.id,
        programme_id=team.programme_id,
        team_id=team.id,
        started_by=tx.actor.id,
        started_at=tx.now,
        ends_at=case.acknowledge_by,
    )
    tx.session.add(drill)
    tx.session.flush()
    return case, drill
