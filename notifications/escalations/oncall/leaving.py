"""A staff member leaves, with what that means to the calendar of duty.

Rule: from this moment on nobody is called in their place where nobody stands in. Where that leaves nobody on before
the next look at the calendar, it is told at once.
"""

from uuid import UUID

from notifications.escalations.oncall.findings import sudden_holes_told
from server.core.db import Tx
from server.people import actions, programmes


def staff_leaves(tx: Tx, staff_id: UUID) -> None:
    """Sessions end at once, care spells end, cases they own are called again, and their duty is nobody's."""
    with sudden_holes_told(tx, programmes.of_actor(tx).id):
        actions.staff_leaves(tx, staff_id)
