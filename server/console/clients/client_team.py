"""The care team on a client's page: who holds each role, who could, and the form in which all of it is chosen."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from server.console.page import Tried
from server.core.db import Tx
from server.core.errors import Invalid
from server.people import queries
from server.people.care_team import MAY_SERVE_AS
from server.people.care_teams import RoleChange
from server.people.roles import Action, reach
from server.people.schemas import ClientOut, StaffOut
from server.people.terms import CareRole

CARE_ROLES = {
    CareRole.CASE_MANAGER: "Case manager",
    CareRole.BACKUP: "Backup",
    CareRole.SUPERVISOR: "Supervisor",
    CareRole.CLINICIAN: "Clinician",
}
SHOWN = "shown."
"""Before the name of a role: whom the form showed in it."""


def shown(tx: Tx, record: ClientOut) -> list[dict[str, Any]]:
    """Each care role with who holds it, whether a call reaches them yet, and the colleagues who may hold it."""
    held = {holder.role: holder.staff for holder in record.care_team}
    colleagues = _colleagues(tx) if reach(tx.actor.role, Action.EDIT_CARE_TEAM) else []
    waiting = queries.not_yet_active(tx)
    return [
        {
            "role": role,
            "words": words,
            "holder": held.get(role),
            "waiting": role in held and held[role].id in waiting,
            "choices": [
                (one.id, f"{one.name} (not yet active)" if one.id in waiting else one.name)
                for one in colleagues
                if one.role in MAY_SERVE_AS[role] or one == held.get(role)
            ],
        }
        for role, words in CARE_ROLES.items()
    ]


def _colleagues(tx: Tx) -> list[StaffOut]:
    found: list[StaffOut] = []
    page = queries.staff_list(tx, None)
    found += page.staff
    while page.cursor is not None:
        page = queries.staff_list(tx, page.cursor)
        found += page.staff
    return sorted((one for one in found if one.left_at is None), key=lambda one: one.name.casefold())


def read(tried: Tried) -> list[RoleChange]:
    """The team as chosen. Invalid where a role is left out: then it is no form of ours."""
    return list(_roles(tried))


def _roles(tried: Tried) -> Iterator[RoleChange]:
    for role in CareRole:
        try:
            before, wanted = (
                UUID(text) if (text := tried.sent[name][0]) else None for name in (SHOWN + role, role.value)
            )
        except (KeyError, ValueError):
            raise Invalid.field(role, "Choose somebody, or nobody.") from None
        yield RoleChange(role, before, wanted)
