"""A person finds a case more urgent than the service did. Only ever upwards: nobody is called less for it."""

from uuid import UUID

from notifications.escalations.acts import still_open
from notifications.escalations.cases import raise_case
from notifications.escalations.models import Case, CauseKind
from notifications.escalations.rows import lock
from notifications.escalations.tiers import Tier
from server.core.db import Tx
from server.core.errors import Invalid
from server.core.tables import new_id
from server.people.roles import Action


def raise_tier(tx: Tx, case_id: UUID, tier: Tier, note: str | None = None) -> Case:
    """Raise an open case to a more urgent tier: a cause of its own on the case, and calling starts again there."""
    case, client = lock(tx, Action.RAISE_CASE, case_id)
    still_open(case)
    if not tier.outranks(case.tier):
        raise Invalid.field(
            "tier", "Choose a tier that is more urgent than the case is now. A tier is never lowered."
        )
    return raise_case(tx, client, kind=CauseKind.RAISED_BY_STAFF, tier=tier, source_id=new_id(), note=note)
