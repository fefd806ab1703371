"""Care spells in the database: who holds a role for a client at an instant (the rule: care_team.py)."""

from sqlalchemy import ColumnElement, or_

from server.core.tables import Instant
from server.people.models import CareSpell


def running(now: Instant) -> ColumnElement[bool]:
    """The condition on `care_spells` that holds for those that run at this instant."""
    return (CareSpell.from_at <= now) & or_(CareSpell.to_at.is_(None), CareSpell.to_at > now)
