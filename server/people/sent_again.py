"""A new client that was sent before, under the id its sender chose: the same client, and no second one."""

from uuid import UUID

from server.core.db import Tx
from server.core.errors import Conflict, NotFound
from server.people import access, queries
from server.people.models import Client
from server.people.roles import Action
from server.people.schemas import ClientNew, ClientOut

BEFORE = "A client was added with this form already. Look in the caseload; open the form anew to add somebody else."


def client(tx: Tx, client_id: UUID, new: ClientNew, phone: str | None) -> Client | None:
    """The client that is there under this id; None where there is none. Conflict when it is not word for word this one.

    `phone` is the number in the form it is stored in.
    """
    row = tx.session.get(Client, client_id)
    if row is None:
        return None
    try:
        access.client(tx, Action.VIEW_CLIENT, client_id)
    except NotFound:
        raise Conflict(BEFORE) from None
    if not _same(queries.client_out(tx, client_id), new, phone):
        raise Conflict(BEFORE)
    return row


def _same(stored: ClientOut, new: ClientNew, phone: str | None) -> bool:
    there = (
        stored.name,
        stored.zone,
        stored.language,
        stored.risk_level,
        stored.phone,
        stored.address or None,
    )
    sent = (new.name, new.zone, new.language, new.risk_level, phone, new.address or None)
    return there == sent and stored.collateral_contacts == new.collateral_contacts
