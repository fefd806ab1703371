"""Copies of the plan as staff read and log them: which revision, how, to whom, and by whom."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from crisisplans import copies
from crisisplans.models import CopyChannel
from crisisplans.own_schemas import CopyGiven, OneCopy
from crisisplans.schemas import RevisionOut
from server.console.page import Tried
from server.core.db import Tx
from server.core.errors import Invalid
from server.core.tables import new_id
from server.core.zones import zone
from server.people import programmes

ON_THE_PHONE = {
    CopyChannel.PRINT: "Printed from the phone",
    CopyChannel.SHARE: "Shared from the phone",
    CopyChannel.PDF: "Saved as a PDF",
}
GIVEN = {
    CopyChannel.PRINT: "On paper",
    CopyChannel.PDF: "As a PDF file",
    CopyChannel.MAIL: "By mail",
    CopyChannel.FAX: "By fax",
    CopyChannel.READ_ALOUD: "Read aloud",
}
CLIENT, OTHER = "client", "other"
LATEST = 5
"""Copies the plan's own page shows; the history has more."""


class Line(Struct, frozen=True, kw_only=True):
    """One copy in words. `number` 0: before the first plan."""

    at: datetime
    number: int
    how: str
    to: str
    by: str
    purpose: str | None


def past(tx: Tx, client_id: UUID) -> list[Line]:
    """The copies there are, newest first."""
    return [_line(copy) for copy in copies.log_of(tx, client_id, None).copies]


def beside_plan(tx: Tx, client_id: UUID, latest: int, revision: RevisionOut | None) -> dict[str, Any]:
    """The last copies, and what the form for one more offers: ways to give it, and people the plan names."""
    lines = past(tx, client_id)
    named = (*revision.document.helpers, *revision.document.professionals) if revision else ()
    return {
        "copies": lines[:LATEST],
        "copy_id": new_id(),
        "more_copies": len(lines) > LATEST,
        "ways_given": [(channel.value, words) for channel, words in GIVEN.items()],
        "receivers": [(CLIENT, "The client"), (OTHER, "Somebody else")],
        "revisions_given": [(number, number) for number in range(latest, 0, -1)],
        "named": [each.name for each in named],
    }


def _line(copy: OneCopy) -> Line:
    by_client = copy.given_by is None
    return Line(
        at=copy.at,
        number=copy.number,
        how=(ON_THE_PHONE if by_client else GIVEN)[copy.channel],
        to="not known" if by_client else copy.recipient or "the client",
        by=copy.given_by or "the client, on the phone",
        purpose=copy.purpose,
    )


def read_copy(tx: Tx, tried: Tried) -> CopyGiven:
    """The form as typed. Its time is on the reader's clock; left out, it is now."""
    to, recipient = tried.value("to"), tried.value("recipient").strip()
    if to not in (CLIENT, OTHER):
        raise Invalid.field("to", "Choose who got it.")
    if to == OTHER and not recipient:
        raise Invalid.field("recipient", "Write who got it.")
    if to == CLIENT and recipient:
        raise Invalid.field("recipient", "Leave this empty for the client, or choose somebody else.")
    return tried.read(CopyGiven, at=_instant(tx, tried.value("at").strip()))


def _instant(tx: Tx, typed: str) -> datetime | None:
    if not typed:
        return None
    try:
        local = datetime.fromisoformat(typed)
    except ValueError:
        raise Invalid.field("at", "Choose a day and a time, or leave it empty for now.") from None
    return local.replace(tzinfo=zone(programmes.of_actor(tx).zone))
