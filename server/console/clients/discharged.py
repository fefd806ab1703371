"""Those who were discharged, as the caseload lists them: when, why and by whom."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import func, select

from server.console.clients import discharge
from server.core import audit_looks
from server.core.db import Tx
from server.people import access, discharges, queries
from server.people.discharges import Gone
from server.people.models import Client
from server.people.roles import Action

SHOW = "discharged"


class Row(Struct, frozen=True, kw_only=True):
    """One of them; `at` and what follows are empty where nothing was kept of the discharge."""

    id: UUID
    name: str
    at: datetime | None
    why: str
    by: str


def count(tx: Tx) -> int:
    """How many there are that this person may see."""
    where = (access.visible_clients(tx, Action.VIEW_CLIENT), Client.discharged_at.is_not(None))
    return tx.session.scalar(select(func.count()).select_from(Client).where(*where)) or 0


def found(tx: Tx, name: str) -> list[Gone]:
    """Those whose name holds this, by name."""
    return [one for one in discharges.gone(tx) if name.casefold() in one.name.casefold()]


def rows(tx: Tx, page: Sequence[Gone]) -> list[Row]:
    """The lines that are shown; the look at each is recorded."""
    audit_looks.record(tx, "client.list", [(one.id, one.id) for one in page])
    names = queries.names(tx, [one.departure.by for one in page if one.departure])
    return [_row(one, names) for one in page]


def _row(one: Gone, names: dict[UUID, str]) -> Row:
    departure = one.departure
    if departure is None:
        return Row(id=one.id, name=one.name, at=None, why="", by="")
    return Row(
        id=one.id,
        name=one.name,
        at=departure.at,
        why=discharge.why(departure),
        by=names.get(departure.by, "") if departure.by else "",
    )
