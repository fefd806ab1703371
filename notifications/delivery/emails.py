"""The e-mail address of staff: typed by an administrator, and proved by its owner with a code that is mailed to it.

An address that nobody proved may be a stranger's. A call is still mailed to it, since it names nobody and losing one
may cost a life, but without the link that takes a case, and the address counts as no way. A code (codes.py) needs no
fresh proof: it opens nothing but one's own address.
"""

from sqlalchemy import delete, select, update

from notifications.delivery import codes, serving
from notifications.delivery.email_schemas import EmailOut, PendingEmailOut
from notifications.delivery.messages import Kind
from notifications.delivery.models import ChannelName
from notifications.delivery.staff_models import PendingEmail
from notifications.delivery.trial import EMAIL_CODE
from server.core import audit
from server.core.db import Tx
from server.core.errors import Conflict, Gone, Refusal
from server.core.tables import new_id
from server.people import access, throttle
from server.people.models import Staff
from server.people.throttle import Limit


def own(tx: Tx) -> EmailOut:
    """The acting person's address, whether it is proved, and the code that waits to be given back."""
    row = tx.session.get_one(Staff, access.acting(tx), populate_existing=True)
    pending = _pending(tx, row)
    return EmailOut(
        email=codes.key(tx).open_text("staff.email", row.id, row.email),
        proved_at=row.email_proved_at,
        pending=_pending_out(tx, pending) if pending else None,
        carried=is_carried(tx),
    )


def is_carried(tx: Tx) -> bool:
    """Whether some node sends e-mail now, or prints it in its place."""
    return bool({ChannelName.EMAIL, ChannelName.CONSOLE} & serving.served(tx))


def is_missing(tx: Tx) -> bool:
    """Whether the acting person has yet to prove their address, and could do so now."""
    row = tx.session.get_one(Staff, access.acting(tx))
    return row.email_proved_at is None and is_carried(tx)


def begin(tx: Tx) -> EmailOut:
    """Mail a code to one's own address; an earlier one is forgotten. Conflict where it is proved, or none is sent."""
    row = tx.session.get_one(Staff, access.acting(tx), populate_existing=True)
    if row.email_proved_at is not None:
        raise Conflict("This address is verified already.")
    if not is_carried(tx):
        raise Conflict("This service is not set up for e-mail.")
    throttle.insist(tx, Limit.SECOND_FACTOR, f"email {row.id}")
    tx.session.execute(delete(PendingEmail).where(PendingEmail.staff_id == row.id))
    pending = PendingEmail(
        id=new_id(),
        staff_id=row.id,
        email_index=row.email_index,
        tries_left=codes.TRIES,
        created_at=tx.now,
        expires_at=tx.now + codes.LIFETIME,
    )
    pending.code = codes.key(tx).seal_text(EMAIL_CODE, pending.id, codes.new_code())
    tx.session.add(pending)
    tx.session.flush()
    codes.send(tx, pending, Kind.EMAIL_CODE, (ChannelName.EMAIL, row.id))
    audit.record(tx, "email.code", row_id=row.id)
    return own(tx)


def confirm(tx: Tx, code: str) -> EmailOut | Refusal:
    """The code counts: the address is proved. Returns (never raises) a refusal, so that a try is stored."""
    me = tx.session.get_one(Staff, access.acting(tx), populate_existing=True)
    query = select(PendingEmail).where(PendingEmail.staff_id == me.id).with_for_update()
    row = tx.session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
    if row is None or row.email_index != me.email_index:
        return Gone("No code is waiting. Ask for one.")
    refusal = codes.refusal(tx, row, EMAIL_CODE, code, over="This code is over. Ask for a new one.")
    if refusal is not None:
        return refusal
    proved = update(Staff).where(Staff.id == me.id, Staff.email_index == row.email_index)
    tx.session.execute(proved.values(email_proved_at=tx.now))
    tx.session.delete(row)
    tx.session.flush()
    audit.record(tx, "email.prove", row_id=me.id)
    return own(tx)


def _pending(tx: Tx, me: Staff) -> PendingEmail | None:
    query = select(PendingEmail).where(
        PendingEmail.staff_id == me.id,
        PendingEmail.email_index == me.email_index,
        PendingEmail.expires_at > tx.now,
    )
    return tx.session.scalars(query).one_or_none()


def _pending_out(tx: Tx, row: PendingEmail) -> PendingEmailOut:
    return PendingEmailOut(
        tries_left=row.tries_left,
        expires_at=row.expires_at,
        could_not_be_sent=codes.could_not_be_sent(tx, row),
    )
