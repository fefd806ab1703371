"""The audit search: who did or saw what, by client, person, day and kind. Looking into it is recorded as well.

A line names colleagues, and the clients whom the reader may see: each of them can read that somebody looked. What
the reader only looked at themselves is left out unless they ask for it, or their own searching hides the rest.
"""

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, cast
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import and_, not_, or_, select

from crisisplans.queries import facts_of
from server.console.oversight import audit_words
from server.core import audit, audit_looks
from server.core.actor import ActorKind
from server.core.audit import AuditRow
from server.core.db import Tx
from server.core.zones import zone
from server.people import access, programmes, queries
from server.people.access import CLIENT_COLUMNS
from server.people.models import Staff
from server.people.roles import Action

PAGE = 50
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LARGEST_NUMBER = 2**63 - 1
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
"""Nothing was ever recorded outside these, and the zones' arithmetic ends a little farther."""


class Search(Struct, frozen=True, kw_only=True, rename={"from_on": "from", "to_on": "to"}):
    """What is looked for; days are the programme's, both included. `before` is where the page before ended."""

    client: UUID | None = None
    staff: UUID | None = None
    from_on: date | None = None
    to_on: date | None = None
    kind: Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[a-z_.]*$(?!\n)")] = ""
    own: bool = False
    before: Annotated[int, msgspec.Meta(ge=0, le=LARGEST_NUMBER)] | None = None


class Line(Struct, frozen=True, kw_only=True):
    """One line of the trail."""

    number: int
    at: datetime
    who: str
    what: str
    client_id: UUID | None
    client: str | None
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
    everybody = _clients(tx)
    about = {row.client_id for row in rows[:PAGE] if row.client_id in everybody}
    audit_looks.record(tx, "audit.view", [(client_id, None) for client_id in about if client_id])
    names = queries.names(tx, [row.actor_id for row in rows if row.actor_kind == ActorKind.STAFF])
    held = msgspec.to_builtins(search)
    used = {key: "true" if value is True else str(value) for key, value in held.items() if value}
    audit.record(tx, "audit.search", data={"search": sorted(used)})
    return {
        "lines": [_line(row, names, everybody) for row in rows[:PAGE]],
        "more": rows[PAGE - 1].number if len(rows) > PAGE else None,
        "client_name": name,
        "staff": _staff(tx),
        "clients": sorted(
            ((str(id_), name) for id_, name in everybody.items()), key=lambda pair: pair[1].casefold()
        ),
        "kinds": _kinds(search.kind),
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
        query = query.where(AuditRow.at >= datetime.combine(_within(search.from_on), time(), here))
    if search.to_on is not None:
        after = _within(search.to_on) + timedelta(days=1)
        query = query.where(AuditRow.at < datetime.combine(after, time(), here))
    if search.kind:
        query = query.where(AuditRow.what.startswith(search.kind, autoescape=True))
    if not search.own:
        mine = and_(AuditRow.actor_kind == ActorKind.STAFF, AuditRow.actor_id == tx.actor.id)
        query = query.where(not_(mine & or_(*(AuditRow.what.endswith(end) for end in audit_words.LOOKS))))
    if search.before is not None:
        query = query.where(AuditRow.number < search.before)
    return query.order_by(AuditRow.number.desc()).limit(PAGE + 1)


def _within(day: date) -> date:
    return min(max(day, FIRST_DAY), LAST_DAY)


def _clients(tx: Tx) -> dict[UUID, str]:
    """Everybody the reader may choose, by id. Their names in a list are a look."""
    query = select(*CLIENT_COLUMNS).where(access.visible_clients(tx, Action.VIEW_SUPERVISION))
    found = [facts_of(row) for row in tx.connection.execute(query)]
    audit_looks.record(tx, "client.list", [(each.id, each.id) for each in found])
    return {each.id: access.name_of(tx, each) for each in found}


def _kinds(asked: str) -> list[tuple[str, str]]:
    known = list(audit_words.KINDS)
    return known if not asked or asked in dict(known) else [*known, (asked, audit_words.words(asked))]


def _line(row: AuditRow, names: dict[UUID, str], clients: dict[UUID, str]) -> Line:
    if row.actor_kind == ActorKind.STAFF and row.actor_id is not None:
        who = names.get(row.actor_id, "A colleague")
    else:
        who = "The client" if row.actor_kind == ActorKind.CLIENT else "The service"
    return Line(
        number=row.number,
        at=row.at,
        who=who,
        what=audit_words.words(row.what),
        client_id=row.client_id if row.client_id in clients else None,
        client=clients.get(row.client_id, "somebody you cannot see") if row.client_id else None,
        data="; ".join(
            f"{key.replace('_', ' ')}: {_plain(value)}"
            for key, value in (row.data or {}).items()
            if _tells(key, value)
        ),
    )


def _tells(key: str, value: object) -> bool:
    """Ids name nobody, and are left to those who read the trail itself."""
    return key not in audit_words.LEFT_OUT and not _ID.fullmatch(str(value))


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(_plain(each) for each in cast("list[object]", value)) or "nothing"
    return str(value).replace("_", " ")


def _staff(tx: Tx) -> list[tuple[str, str]]:
    ids = tx.session.scalars(select(Staff.id).where(Staff.programme_id == tx.actor.programme_id))
    return sorted(
        ((str(staff_id), name) for staff_id, name in queries.names(tx, ids).items()),
        key=lambda pair: pair[1],
    )
