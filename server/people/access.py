"""The one door to personal data. What you may not see does not exist.

Every query for a client's data starts here: it carries the condition of who may see it, so nothing is fetched
first and checked afterwards. Looks are recorded as well as changes.
"""

import logging
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, exists, false, select, true

from server.core import audit_looks
from server.core.actor import ActorKind
from server.core.db import Tx
from server.core.errors import Conflict, Forbidden, NotFound, Unauthenticated
from server.core.vault import SealBroken, SubjectKey
from server.people import care_spells
from server.people.models import CareSpell, Client, Staff
from server.people.roles import ENDS_WITH_DISCHARGE, Action, Relation, reach
from server.people.teams import was_called_in
from server.people.terms import Language, RiskLevel

log = logging.getLogger("handrail.people")

DISCHARGED = "This client is discharged. Take them back in first."


class ClientFacts(msgspec.Struct, frozen=True):
    """What most work needs to know about a client; names and texts stay sealed until opened with the key.

    The fields are those of CLIENT_COLUMNS, in the same order.
    """

    id: UUID
    programme_id: UUID
    zone: str
    language: Language
    risk_level: RiskLevel
    wrapped_key: bytes
    name: bytes
    plan_revision: int
    team_id: UUID | None


CLIENT_COLUMNS = (
    Client.id,
    Client.programme_id,
    Client.zone,
    Client.language,
    Client.risk_level,
    Client.wrapped_key,
    Client.name,
    Client.plan_revision,
    Client.team_id,
)


def require(tx: Tx, action: Action) -> Relation | None:
    """Check the acting person's role against the table. Returns how far it reaches (None for the service)."""
    actor = tx.actor
    if actor.kind is ActorKind.SYSTEM and actor.role == "system":
        return None
    relation = reach(actor.role, action)
    if relation is None:
        raise Unauthenticated if actor.role == "nobody" else Forbidden
    return relation


def visible_clients(tx: Tx, action: Action) -> ColumnElement[bool]:
    """The condition on `clients` that holds exactly for those this person may do `action` to, now."""
    relation = require(tx, action)
    if relation is None:
        return true()
    own = Client.programme_id == tx.actor.programme_id
    if relation is Relation.PROGRAMME:
        return own
    if relation is Relation.SELF:
        return (Client.id == tx.actor.id) if tx.actor.kind is ActorKind.CLIENT else false()
    on_the_team = exists().where(
        CareSpell.client_id == Client.id,
        CareSpell.staff_id == tx.actor.id,
        care_spells.running(tx.now),
    )
    return own & (on_the_team | was_called_in(tx.now, Client.id, tx.actor.id))


def client(tx: Tx, action: Action, client_id: UUID) -> ClientFacts:
    """The client, when this person may do `action` to them; NotFound otherwise.

    Conflict for what ends with a discharge, while they are discharged.
    """
    own: ClientFacts | None = tx.seen.get("client")
    if own is not None and own.id == client_id and require(tx, action) is Relation.SELF:
        return own
    query = select(*CLIENT_COLUMNS).where(Client.id == client_id, visible_clients(tx, action))
    row = tx.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    facts = ClientFacts(*row)
    if action in ENDS_WITH_DISCHARGE and discharged_at(tx, facts) is not None:
        raise Conflict(DISCHARGED)
    return facts


def discharged_at(tx: Tx, client: ClientFacts) -> datetime | None:
    """Since when the client is out of the programme; None while they are in it."""
    return tx.session.scalar(select(Client.discharged_at).where(Client.id == client.id))


def oneself(tx: Tx, action: Action) -> ClientFacts:
    """The acting client."""
    if tx.actor.kind is not ActorKind.CLIENT or tx.actor.id is None:
        raise Forbidden
    return client(tx, action, tx.actor.id)


def acting(tx: Tx) -> UUID:
    """The acting person's id; the access table lets nobody who has none get this far."""
    if tx.actor.id is None:
        raise Forbidden
    return tx.actor.id


def known_client(tx: Tx, client_id: UUID) -> ClientFacts:
    """A client for the service's own work (jobs), outside anybody's request."""
    if tx.actor.kind is not ActorKind.SYSTEM:
        raise AssertionError("people come through client() or oneself()")
    return client(tx, Action.VIEW_CLIENT, client_id)


def key(tx: Tx, client: ClientFacts) -> SubjectKey:
    """The key that opens this client's data; only somebody who was given the facts can ask for it.

    Where the stored key is damaged, it is the spare: what was sealed before does not open, what comes in is kept.
    A client whose key was deleted on purpose has none (SealBroken).
    """
    try:
        return tx.vault.subject(client.id, client.wrapped_key)
    except SealBroken:
        if not client.wrapped_key:
            raise
        spare = f"spare key of {client.id}"
        if spare not in tx.seen:
            log.error(
                "the key of client %s does not open; what comes in is sealed under the spare", client.id
            )
            tx.seen[spare] = tx.vault.spare(client.id)
        return tx.seen[spare]


def name_of(tx: Tx, client: ClientFacts) -> str:
    """The client's name, or a stand-in where it does not open: one damaged record hides nobody else's."""
    try:
        return key(tx, client).open_text("clients.name", client.id, client.name)
    except SealBroken:
        log.error("the name of client %s does not open", client.id)
        return stand_in(client.id)


def stand_in(client_id: UUID) -> str:
    """What a client is called whose name does not open."""
    return f"Client {str(client_id)[-6:]}"


def looked(tx: Tx, what: str, client: ClientFacts, row_id: UUID | None = None) -> None:
    """Record that a person looked at a client's data (not when it is their own), unless that look still goes on."""
    if tx.actor.kind is ActorKind.STAFF:
        audit_looks.record(tx, what, [(client.id, row_id)])


def colleague(tx: Tx, action: Action, staff_id: UUID) -> Staff:
    """A staff member of the acting person's programme; NotFound for anybody else."""
    require(tx, action)
    query = select(Staff).where(Staff.id == staff_id)
    if tx.actor.kind is not ActorKind.SYSTEM:
        query = query.where(Staff.programme_id == tx.actor.programme_id)
    row = tx.session.scalars(query).one_or_none()
    if row is None:
        raise NotFound
    return row
