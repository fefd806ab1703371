"""The whole care team of one client, changed in one go: every role that was chosen anew, or none of them."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from msgspec import Struct

from server.core import audit
from server.core.db import Tx
from server.core.errors import FieldProblem, Invalid
from server.people import access, actions, care_team, queries
from server.people.care_team import holders
from server.people.models import Client
from server.people.roles import Action
from server.people.terms import CareRole


class RoleChange(Struct, frozen=True):
    """Who holds a role by what somebody was shown, and who is to hold it from now on; None for nobody."""

    role: CareRole
    shown: UUID | None
    wanted: UUID | None


def change(tx: Tx, client_id: UUID, changes: Sequence[RoleChange]) -> None:
    """Give every role of which somebody else was chosen than was shown; a role left as it was shown stays as it is.

    Invalid names each role that somebody else changed meanwhile, or that cannot be given so; then nothing changes.
    """
    facts = access.client(tx, Action.EDIT_CARE_TEAM, client_id)
    tx.session.get_one(Client, facts.id, with_for_update=True)
    now = holders(queries.spells(tx, facts.id), tx.now)
    asked = [each for each in changes if each.wanted not in (each.shown, now.get(each.role))]
    if wrong := [problem for each in asked for problem in _problems(tx, each, now.get(each.role))]:
        raise Invalid(errors=wrong)
    for each in asked:
        actions.give_care_role(tx, facts.id, each.role, each.wanted)
        audit.record(tx, "care_team.set", client_id=facts.id, row_id=each.wanted, data={"role": each.role})


def _problems(tx: Tx, change: RoleChange, now: UUID | None) -> Iterator[FieldProblem]:
    if change.shown != now:
        name = queries.names(tx, [now]).get(now, "nobody") if now else "nobody"
        yield FieldProblem(change.role, f"somebody else changed this meanwhile: it is {name} now")
    if change.wanted is None:
        return
    row = access.colleague(tx, Action.EDIT_CARE_TEAM, change.wanted)
    if row.left_at is not None:
        yield FieldProblem(change.role, "this staff member has left")
    elif reason := care_team.why_not(change.role, row.role):
        yield FieldProblem(change.role, reason)
