"""Another e-mail address for a colleague, when there was a slip in the first or they have a new one.

They sign in by it from then on. Rule: nobody has proved the new address yet, so it counts as no way until they do.
"""

from uuid import UUID

from sqlalchemy import exists, select

from server.core import audit
from server.core.db import Tx
from server.core.errors import Conflict
from server.people import access, programmes, proofs
from server.people.actions import normal_email
from server.people.given import checked_email
from server.people.models import Staff
from server.people.roles import Action
from server.people.schemas import StaffEmail


def change_email(tx: Tx, staff_id: UUID, given: StaffEmail) -> Staff:
    """Write the address down; the same one again changes nothing. Conflict where somebody else here has it."""
    row = access.colleague(tx, Action.MANAGE_STAFF, staff_id)
    proofs.insist_on_fresh_proof(tx)
    if row.left_at is not None:
        raise Conflict("This staff member has left.")
    email = normal_email(checked_email(given.email))
    index = tx.vault.blind("staff.email", email)
    if index == row.email_index:
        return row
    taken = exists().where(Staff.email_index == index, Staff.programme_id == row.programme_id)
    if tx.session.scalar(select(taken)):
        raise Conflict("Somebody with this e-mail address exists already.")
    key = programmes.key(tx, programmes.facts(tx, row.programme_id))
    row.email = key.seal_text("staff.email", row.id, email)
    row.email_index, row.email_proved_at = index, None
    tx.session.flush()
    audit.record(tx, "staff.email", row_id=row.id)
    return row
