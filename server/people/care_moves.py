"""Moving all clients of one colleague to another, when somebody leaves or changes their work.

Rule: one care role at a time; every client whose role the one holds now gets the other from this instant, and
nothing else of their care team changes. The number that was shown before has to be the number that is moved.
"""

from uuid import UUID

from msgspec import Struct
from sqlalchemy import Select, func, select

from server.core import audit
from server.core.db import Tx
from server.core.errors import Conflict, Invalid
from server.people import access, actions, care_spells, care_team, proofs
from server.people.models import CareSpell, Client
from server.people.roles import Action
from server.people.terms import CareRole


class Moving(Struct, frozen=True):
    """What a move would do: so many clients, and for how many of them the new one holds another role already."""

    clients: int
    with_other_role: int


def preview(tx: Tx, role: CareRole, from_id: UUID, to_id: UUID) -> Moving:
    """Count what `move` would do now; Invalid names the field where it cannot be done."""
    _check(tx, role, from_id, to_id)
    theirs = _theirs(tx, role, from_id)
    others = select(func.count(func.distinct(CareSpell.client_id))).where(
        CareSpell.client_id.in_(theirs), CareSpell.staff_id == to_id, care_spells.running(tx.now)
    )
    clients = tx.session.scalar(select(func.count()).select_from(theirs.subquery()))
    return Moving(int(clients or 0), int(tx.session.scalar(others) or 0))


def move(tx: Tx, role: CareRole, from_id: UUID, to_id: UUID, expected: int) -> int:
    """Do it, for every client or for none; Conflict where the number is no longer the one that was shown."""
    proofs.insist_on_fresh_proof(tx)
    _check(tx, role, from_id, to_id)
    clients = list(tx.session.scalars(_theirs(tx, role, from_id).with_for_update(of=(Client, CareSpell))))
    if len(clients) != expected:
        raise Conflict(f"It was {expected} when you looked and is {len(clients)} now; look again.")
    for client_id in clients:
        actions.give_care_role(tx, client_id, role, to_id)
        audit.record(
            tx, "care_team.set", client_id=client_id, row_id=to_id, data={"role": role, "bulk": True}
        )
    return len(clients)


def _check(tx: Tx, role: CareRole, from_id: UUID, to_id: UUID) -> None:
    access.colleague(tx, Action.MANAGE_STAFF, from_id)
    row = access.colleague(tx, Action.MANAGE_STAFF, to_id)
    reason = care_team.why_not(role, row.role)
    if from_id == to_id:
        reason = "choose somebody else"
    if reason or row.left_at is not None:
        raise Invalid.field("to", reason or "this staff member has left")


def _theirs(tx: Tx, role: CareRole, staff_id: UUID) -> Select[UUID]:
    """The clients whose `role` this person holds now."""
    return (
        select(CareSpell.client_id)
        .join(Client, Client.id == CareSpell.client_id)
        .where(
            Client.programme_id == tx.actor.programme_id,
            Client.discharged_at.is_(None),
            CareSpell.staff_id == staff_id,
            CareSpell.role == role,
            care_spells.running(tx.now),
        )
        .order_by(CareSpell.client_id)
    )
