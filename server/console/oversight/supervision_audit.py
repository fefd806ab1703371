"""The audit search: who did or saw what, by client, person, day and kind. Looking into it is recorded as well.

A line names colleagues, and clients by their id alone: whoever wants to know more opens the client's page, which is
a look of its own.
"""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import select

from server.core import audit
from server.core.actor import ActorKind
from server.core.audit import AuditRow
from server.core.db import Tx
from server.core.zones import zone
from server.people import access, programmes, queries
from server.people.models import Staff
from server.people.roles import Action

PAGE = 50


class Search(Struct, frozen=True, kw_only=True, rename={"from_on": "from", "to_on": "to"}):
    """What is looked for; days are the programme's, both included. `before` is where the page before ended."""

    client: UUID | None = None
    staff: UUID | None = None
    from_on: date | None = None
    to_on: date | None = None
    kind: Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[a-z_.]*$")] = ""
    before: int | None = None


class Line(Struct, frozen=True, kw_only=True):
    """One line of the trail."""

    number: int
    at: datetime
    who: str
    what: str
    client_id: UUID | None
    data: str


def shown(tx: Tx, search: Search) -> dict[str, Any]:
    """A page of lines, newest first, and what the form needs. `more` is the number the next page begins before."""
    access.require(tx, Action.VIEW_SUPERVISION)
    name = None
    if search.client is not None:
        client = access.client(tx, Action.VIEW_SUPERVISION, search.client)
        name = access.name_of(tx, client)
        access.looked(tx, "audit.view", client)
    rows = list(tx.session.scalars(_query(tx, search)))
    names = queries.names(tx, [row.actor_id for row in rows if row.actor_kind == ActorKind.STAFF])
    used = {key: str(value) for key, value in msgspec.to_builtins(search).items() if value}
    audit.record(tx, "audit.search", data={"search": sorted(used)})
    return {
        "lines": [_line(row, names) for row in rows[:PAGE]],
        "more": rows[PAGE - 1].number if len(rows) > PAGE else None,
        "client_name": name,
        "staff": _staff(tx),
        "used": used,
    }


def _query(tx: Tx, search: Search) -> Any:
    here = zone(programmes.of_actor(tx).zone)
    query = select(AuditRow).where(AuditRow.programme_id == tx.actor.programme_id)
    if search.client is not None:
        query = query.where(AuditRow.client_id == search.client)
    if search.staff is not None:
        query = query.where(AuditRow.actor_id == search.staff)
    if search.from_on is not None:
        query = query.where(AuditRow.at >= datetime.combine(search.from_on, time(), here))
    if search.to_on is not None:
        query = query.where(AuditRow.at < datetime.combine(search.to_on + timedelta(days=1), time(), here))
    if search.kind:
        query = query.where(AuditRow.what.startswith(search.kind, autoescape=True))
    if search.before is not None:
        query = query.where(AuditRow.number < search.before)
    return query.order_by(AuditRow.number.desc()).limit(PAGE + 1)


def _line(row: AuditRow, names: dict[UUID, str]) -> Line:
    if row.actor_kind == ActorKind.STAFF and row.actor_id is not None:
        who = names.get(row.actor_id, "A colleague")
    else:
        who = "The client" if row.actor_kind == ActorKind.CLIENT else "The service"
    return Line(
        number=row.number,
        at=row.at,
        who=who,
        what=row.what,
        client_id=row.client_id,
        data=", ".join(f"{key.replace('_', ' ')}: {value}" for key, value in (row.data or {}).items()),
    )


def _staff(tx: Tx) -> list[tuple[str, str]]:
    ids = tx.session.scalars(select(Staff.id).where(Staff.programme_id == tx.actor.programme_id))
    return sorted(
        ((str(staff_id), name) for staff_id, name in queries.names(tx, ids).items()),
        key=lambda pair: pair[1],
    )
