"""The check-in an answer is for: which questions it asked, and whether it may be answered.

An id the service does not know is an unscheduled check-in: the client may check in at any time, and the phone
chooses the id so that sending it twice is safe. It asks the fixed questions and no rotating one.
"""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import bindparam, select

from checkins import versions
from checkins.definition import Definition, Item
from checkins.models import Occurrence, OccurrenceState, ScheduleRow
from checkins.questions import items_for
from server.core.db import Tx
from server.core.errors import Conflict, Invalid, NotFound
from server.core.prepared import Prepared
from server.core.vault import SealBroken
from server.core.zones import TZDATA_VERSION
from server.people.access import ClientFacts
from server.people.sessions import CLIENT_OF_TOKEN, by_token

NO_ROTATION = -1
"""The `rotation` of an unscheduled check-in."""

UNSCHEDULED_WINDOW = timedelta(hours=1)

log = logging.getLogger("handrail.checkins")

_ANSWERED = (OccurrenceState.ANSWERED, OccurrenceState.ANSWERED_LATE)

_O = Occurrence
_LOCKED = (
    select(_O.id, _O.client_id, _O.schedule_id, _O.questionnaire_id, _O.rotation, _O.closes_at, _O.state)
    .where(_O.id == bindparam("checkin_id"))
    .with_for_update(key_share=True)
)
_FIND = Prepared(_LOCKED)
_OWN = Prepared(_LOCKED.where(_O.client_id == CLIENT_OF_TOKEN))

_KEY = select(ScheduleRow.questionnaire_key).where(ScheduleRow.id == bindparam("schedule_id"))


class Asked(Struct, frozen=True, kw_only=True):
    """One check-in that may be answered, with the questions it asks (None: they can no longer be read)."""

    id: UUID
    version_id: UUID
    definition: Definition | None
    items: tuple[Item, ...]
    state: OccurrenceState
    closes_at: datetime

    @property
    def answered(self) -> bool:
        """True when an answer is stored already."""
        return self.state in _ANSWERED


def items_of(definition: Definition, rotation: int) -> tuple[Item, ...]:
    """What one check-in asks; below 0 there is no rotating question."""
    return definition.items if rotation < 0 else items_for(definition, rotation)


def version_of(tx: Tx, client: ClientFacts, questionnaire_id: UUID | None, schedule_id: UUID | None) -> UUID:
    """The version a check-in asks; the client's current one where none was settled when it opened."""
    if questionnaire_id is not None:
        return questionnaire_id
    key = versions.DEFAULT
    if schedule_id is not None:
        key = tx.connection.execute(_KEY, {"schedule_id": schedule_id}).scalar_one()
    return versions.current(tx, client, key)


def ask_ahead(tx: Tx, token: str, checkin_id: UUID) -> None:
    """Ask for the check-in together with the session that `token` began; only that client's own is locked."""
    _OWN.ahead(tx, {"checkin_id": checkin_id, **by_token(token)})


def told_ahead(tx: Tx) -> Any:
    """The check-in's row, where it was asked for and is the client's own; None sends `find_or_begin` to look."""
    return next(iter(_OWN.told_ahead(tx) or ()), None)


def find_or_begin(
    tx: Tx,
    client: ClientFacts,
    checkin_id: UUID,
    begun_at: datetime,
    questionnaire_id: UUID | None,
    told: Any = None,
) -> Asked:
    """The client's check-in of this id, or a new unscheduled one. NotFound when it is somebody else's.

    It is locked until the end of the transaction, so that the same request sent twice at once is answered once.
    `told` is its row, where that came ahead.
    """
    row = told or _FIND.one_or_none(tx, {"checkin_id": checkin_id})
    if row is None:
        _begin(tx, client, checkin_id, begun_at, questionnaire_id)
        row = _FIND.one_or_none(tx, {"checkin_id": checkin_id})
    if row.client_id != client.id:
        raise NotFound
    if row.state is OccurrenceState.SCHEDULED:
        raise Conflict("This check-in is not open yet.")
    version_id = version_of(tx, client, row.questionnaire_id, row.schedule_id)
    definition = _readable(tx, client, version_id)
    return Asked(
        id=checkin_id,
        version_id=version_id,
        definition=definition,
        items=items_of(definition, row.rotation) if definition else (),
        state=row.state,
        closes_at=row.closes_at,
    )


def _readable(tx: Tx, client: ClientFacts, version_id: UUID) -> Definition | None:
    try:
        return versions.definition(tx, client, version_id)
    except (SealBroken, msgspec.MsgspecError) as error:
        log.error("questionnaire %s cannot be read: %s", version_id, type(error).__name__)
        return None


def _begin(
    tx: Tx, client: ClientFacts, checkin_id: UUID, begun_at: datetime, questionnaire_id: UUID | None
) -> None:
    """An unscheduled check-in begins and is answered in one breath; told twice at once, it is one."""
    version_id = questionnaire_id or versions.current(tx, client)
    if not _askable(tx, client, version_id):
        raise Invalid.field("questionnaire_id", "this client was never asked this questionnaire")
    values = {
        "id": checkin_id,
        "client_id": client.id,
        "schedule_id": None,
        "questionnaire_id": version_id,
        "slot": None,
        "zone": client.zone,
        "tzdata": TZDATA_VERSION,
        "rotation": NO_ROTATION,
        "due_at": begun_at,
        "closes_at": tx.now + UNSCHEDULED_WINDOW,
        "opened_at": tx.now,
        "remind_at": None,
        "reminded": 0,
        "state": OccurrenceState.OPEN,
    }
    tx.connection.execute(tx.upsert(_O).on_conflict_do_nothing(), values)


def _askable(tx: Tx, client: ClientFacts, version_id: UUID) -> bool:
    try:
        versions.definition(tx, client, version_id)
    except NotFound:
        return False
    except (
        SealBroken,
        msgspec.MsgspecError,
    ):  # theirs, and can no longer be read: a person reads the answers
        return True
    return True
