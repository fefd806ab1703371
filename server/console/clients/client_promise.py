"""The contact that was promised to a client, as their page shows it, and the form that settles it."""

from datetime import date
from typing import Any
from uuid import UUID

from notifications.escalations import promised
from server.console.cases.case_words import TRIES
from server.console.page import Tried
from server.core.db import Tx
from server.core.errors import Invalid
from server.core.tables import new_id
from server.people import queries
from server.people.schemas import Input, Note


class Contact(Input):
    """How the promised contact went, and the day it is promised for now; one of the two, or both.

    Pressed twice, `attempt` counts a try once.
    """

    what: str | None = None
    contact_note: Note | None = None
    next_contact_on: date | None = None
    attempt: UUID | None = None


def shown(tx: Tx, client_id: UUID) -> dict[str, Any] | None:
    """The contact that is owed, who promised it, and how one can have gone; None where nothing is owed."""
    owed = promised.promises(tx, client_id).get(client_id)
    if owed is None:
        return None
    by = promised.by_whom(tx, client_id, owed)
    name = queries.names(tx, [by]).get(by) if by else None
    return {
        "it": owed,
        "by": name or "a colleague",
        "attempt_id": new_id(),
        "tries": [(key, each.label) for key, each in TRIES.items()],
    }


def write_down(tx: Tx, client_id: UUID, tried: Tried) -> str:
    """Log the contact, set the day again, or both; the word of what was done.

    Whoever reached the client has kept the promise, so a day beside it is refused: a closed case holds no new one.
    """
    given = tried.read(Contact)
    made = TRIES.get(given.what or "")
    if given.what is not None and made is None:
        raise Invalid.field("what", "Choose how it went.")
    if made is None and given.next_contact_on is None:
        raise Invalid.field("what", "Choose how it went, or name another day.")
    if made is not None and made.reached and given.next_contact_on is not None:
        raise Invalid.field("next_contact_on", "They were reached: the promise is kept. Leave this empty.")
    if given.next_contact_on is not None:
        promised.move(tx, client_id, given.next_contact_on)
    if made is not None:
        how, note = made.channel, given.contact_note
        promised.contact(tx, client_id, how, reached=made.reached, note=note, attempt_id=given.attempt)
    return "promised" if made is None else "contact"
