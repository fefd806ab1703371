"""The versions of questionnaires, stored once and never changed, and the newest one for a client.

A client's own version holds every question and rule, with the warning signs in the client's words. When the
plan was published anew, the next check-in that is looked at finds it behind, and stores a fresh one.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, insert, select

from checkins import own_signs
from checkins.definition import Definition, Item
from checkins.models import QuestionnaireRow
from crisisplans import queries as plans
from server.core.db import Tx
from server.core.errors import Conflict, NotFound
from server.core.tables import new_id
from server.core.vault import SealBroken, SubjectKey
from server.people import access, programmes
from server.people.access import ClientFacts
from server.people.programmes import ProgrammeFacts

log = logging.getLogger("handrail.checkins")

DEFAULT = "default"
"""The questionnaire every programme has; it is built in code around the client's own warning signs."""

COLUMN = "questionnaires.definition"
_MOST_REMEMBERED = 1024
_TRIES = 4


class _Known(NamedTuple):
    programme_id: UUID
    client_id: UUID | None
    definition: Definition


class _Remembered:
    """The definitions used last. A version never changes, so nothing here can be out of date."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._known: OrderedDict[UUID, _Known] = OrderedDict()

    def get(self, version_id: UUID) -> _Known | None:
        with self._lock:
            found = self._known.get(version_id)
            if found is not None:
                self._known.move_to_end(version_id)
            return found

    def put(self, version_id: UUID, known: _Known) -> None:
        with self._lock:
            self._known[version_id] = known
            if len(self._known) > self._most:
                self._known.popitem(last=False)


_remembered = _Remembered(_MOST_REMEMBERED)


@lru_cache(maxsize=1024)
def _same(item: Item) -> Item:
    """The first of all equal items."""
    return item


def _sharing(definition: Definition) -> Definition:
    """The definition holding what others hold as well only once: most questions are everybody's, some their own.

    A client's own words are not looked at: they stay in their own definition.
    """
    items, rotating = (
        tuple(_same(item) if item.sign_id is None else item for item in each)
        for each in (definition.items, definition.rotating)
    )
    return Definition(items, rotating, definition.rules)


_decoder = msgspec.json.Decoder(Definition)

_Q = QuestionnaireRow
_ONE = select(_Q.programme_id, _Q.client_id, _Q.definition).where(_Q.id == bindparam("version_id"))
_NEWEST = (
    select(_Q.id, _Q.number, _Q.plan_revision, _Q.created_by)
    .where(_Q.client_id == bindparam("client_id"), _Q.key == bindparam("key"))
    .order_by(_Q.number.desc())
    .limit(1)
)
_NEWEST_SHARED = (
    select(_Q.id, _Q.number)
    .where(_Q.client_id.is_(None), _Q.programme_id == bindparam("programme_id"), _Q.key == bindparam("key"))
    .order_by(_Q.number.desc())
    .limit(1)
)


def definition(tx: Tx, client: ClientFacts, version_id: UUID) -> Definition:
    """One version that this client may be asked: their own or their programme's; NotFound for any other."""
    known = _known(tx, version_id, lambda row: _key(tx, client, row))
    belongs = known.client_id == client.id if known.client_id else known.programme_id == client.programme_id
    if not belongs:
        raise NotFound
    return known.definition


def shared_definition(tx: Tx, programme: ProgrammeFacts, version_id: UUID) -> Definition:
    """One version that the programme shares; NotFound for any other."""
    known = _known(tx, version_id, lambda _: programmes.key(tx, programme))
    if known.client_id is not None or known.programme_id != programme.id:
        raise NotFound
    return known.definition


def _known(tx: Tx, version_id: UUID, key_of: Callable[[Any], SubjectKey]) -> _Known:
    known = _remembered.get(version_id)
    if known is None:
        row = tx.connection.execute(_ONE, {"version_id": version_id}).one_or_none()
        if row is None:
            raise NotFound
        opened = key_of(row).open(COLUMN, version_id, row.definition)
        known = _Known(row.programme_id, row.client_id, _sharing(_decoder.decode(opened)))
        _remembered.put(version_id, known)
    return known


def _key(tx: Tx, client: ClientFacts, row: Any) -> SubjectKey:
    if row.client_id == client.id:
        return access.key(tx, client)
    if row.client_id is None and row.programme_id == client.programme_id:
        return programmes.key(tx, programmes.facts(tx, client.programme_id))
    raise NotFound


def exists(tx: Tx, client: ClientFacts, key: str) -> bool:
    """True when this client can be asked a questionnaire of this name."""
    return key == DEFAULT or _newest(tx, client, key) is not None or _shared(tx, client, key) is not None


def newest(tx: Tx, key: str, client: ClientFacts | None = None) -> UUID | None:
    """The newest version of a questionnaire of the acting person's programme, or of this client's own."""
    if client is not None:
        row = _newest(tx, client, key)
    else:
        wanted = {"programme_id": tx.actor.programme_id, "key": key}
        row = tx.connection.execute(_NEWEST_SHARED, wanted).one_or_none()
    return row.id if row is not None else None


def current(tx: Tx, client: ClientFacts, key: str = DEFAULT) -> UUID:
    """The version to ask this client now; stored here first when there is none yet, or the plan is newer."""
    newest = _newest(tx, client, key)
    if newest is not None and newest.plan_revision >= client.plan_revision:
        return newest.id
    if newest is None and key != DEFAULT:
        shared = _shared(tx, client, key)
        return shared.id if shared is not None else current(tx, client)
    try:
        fresh, chooser = _from_plan(tx, client, newest)
    except (SealBroken, msgspec.MsgspecError) as error:
        log.error("the plan of client %s cannot be asked about: %s", client.id, type(error).__name__)
        if newest is not None:
            return newest.id
        # Asked without their own signs for now; behind any plan, so that it is made anew once one can be read.
        client = msgspec.structs.replace(client, plan_revision=0)
        fresh, chooser = own_signs.taken_from_plan(()), None
    return add(tx, client, key, fresh, chosen_by=chooser)


def _from_plan(tx: Tx, client: ClientFacts, newest: Any) -> tuple[Definition, UUID | None]:
    """What the plan's warning signs make of the newest version, and who had chosen that one."""
    _, signs = plans.warning_signs(tx, client)
    if newest is None or newest.created_by is None:
        return own_signs.taken_from_plan(signs), None
    return own_signs.refreshed(definition(tx, client, newest.id), signs), newest.created_by


def add(tx: Tx, client: ClientFacts, key: str, fresh: Definition, *, chosen_by: UUID | None) -> UUID:
    """Store the client's next version. Of two that the service stores at once, the first is enough."""
    for _ in range(_TRIES):
        newest = _newest(tx, client, key)
        version_id = new_id()
        values = {
            "id": version_id,
            "programme_id": client.programme_id,
            "client_id": client.id,
            "key": key,
            "number": newest.number + 1 if newest is not None else 1,
            "definition": access.key(tx, client).seal_json(COLUMN, version_id, fresh),
            "plan_revision": client.plan_revision,
            "created_at": tx.now,
            "created_by": chosen_by,
        }
        if _stored(tx, values):
            return version_id
        taken = _newest(tx, client, key)
        if chosen_by is None and taken is not None:
            return taken.id
    raise Conflict("Somebody stored a version at this moment; look again.")


def add_shared(tx: Tx, programme_id: UUID, key: str, fresh: Definition, *, chosen_by: UUID | None) -> UUID:
    """Store a programme's next version of a questionnaire of its own."""
    wanted = {"programme_id": programme_id, "key": key}
    newest = tx.connection.execute(_NEWEST_SHARED, wanted).one_or_none()
    version_id = new_id()
    sealed = programmes.key(tx, programmes.facts(tx, programme_id)).seal_json(COLUMN, version_id, fresh)
    values: dict[str, Any] = {
        **wanted,
        "id": version_id,
        "client_id": None,
        "number": newest.number + 1 if newest is not None else 1,
        "definition": sealed,
        "plan_revision": None,
        "created_at": tx.now,
        "created_by": chosen_by,
    }
    tx.connection.execute(insert(_Q), values)
    return version_id


def _stored(tx: Tx, values: dict[str, Any]) -> bool:
    statement = tx.upsert(_Q).on_conflict_do_nothing().returning(_Q.id)
    return tx.connection.execute(statement, values).first() is not None


def _newest(tx: Tx, client: ClientFacts, key: str) -> Any:
    wanted = {"client_id": client.id, "key": key}
    return tx.connection.execute(_NEWEST, wanted).one_or_none()


def _shared(tx: Tx, client: ClientFacts, key: str) -> Any:
    wanted = {"programme_id": client.programme_id, "key": key}
    return tx.connection.execute(_NEWEST_SHARED, wanted).one_or_none()
