"""Who looks after a client, by spells. Rule: one case manager, backup, supervisor and clinician at a time.

A new spell of a role ends the one before it at the same instant, so the ladder always finds at most one person
per role. Pure: takes plain spells and `now`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from server.people.terms import CareRole, Role


class Spell(msgspec.Struct, frozen=True):
    """One staff member in one care role from an instant (included) to another (excluded, or open)."""

    staff_id: UUID
    role: CareRole
    from_at: datetime
    to_at: datetime | None = None

    def covers(self, at: datetime) -> bool:
        """True while the spell lasts."""
        return self.from_at <= at and (self.to_at is None or at < self.to_at)


MAY_SERVE_AS: Mapping[CareRole, frozenset[Role]] = {
    CareRole.CASE_MANAGER: frozenset({Role.CASE_MANAGER, Role.CLINICIAN, Role.SUPERVISOR}),
    CareRole.BACKUP: frozenset({Role.CASE_MANAGER, Role.CLINICIAN, Role.SUPERVISOR}),
    CareRole.SUPERVISOR: frozenset({Role.SUPERVISOR}),
    CareRole.CLINICIAN: frozenset({Role.CLINICIAN, Role.SUPERVISOR}),
}


def holders(spells: Iterable[Spell], at: datetime) -> dict[CareRole, UUID]:
    """Who holds each care role at an instant; a later-started spell wins over an earlier one."""
    now = sorted((spell for spell in spells if spell.covers(at)), key=lambda spell: spell.from_at)
    return {spell.role: spell.staff_id for spell in now}


def why_not(role: CareRole, staff_role: Role) -> str | None:
    """The reason somebody of this staff role cannot hold this care role, or None."""
    if staff_role in MAY_SERVE_AS[role]:
        return None
    return f"a staff member with the role {staff_role} cannot be {role}"
