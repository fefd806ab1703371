"""Who looked at a client's data, from the audit trail: for the client (HIPAA 164.524) and their team."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from msgspec.structs import replace
from sqlalchemy import or_, select

from server.core.actor import ActorKind
from server.core.audit import AuditRow
from server.core.db import Tx
from server.core.vault import SealBroken
from server.core.zones import ZONES, zone
from server.people import access, queries
from server.people.access import ClientFacts
from server.people.looks import COLLEAGUE, LOOKS, ROLES, sentence
from server.people.models import Staff
from server.people.own_schemas import View, ViewList
from server.people.roles import Action
from server.people.terms import Language

PAGE = 50
_AT_ONCE = 500
_MOST_READ = 10 * _AT_ONCE
"""Rows read for one page: a queue that is open all day looks again and again at the same."""


def own(tx: Tx, cursor: int | None) -> ViewList:
    """A page of looks at the acting client, newest first; `cursor` is the row the page before ended with."""
    return _page(tx, access.oneself(tx, Action.READ_OWN), cursor)


def of_client(tx: Tx, client_id: UUID, cursor: int | None) -> ViewList:
    """The same page for the client's care team, in English. This look is recorded as well."""
    client = access.client(tx, Action.VIEW_CLIENT, client_id)
    page = _page(tx, replace(client, language=Language.EN), cursor)
    access.looked(tx, "access_log.view", client)
    return page


def _page(tx: Tx, client: ClientFacts, cursor: int | None) -> ViewList:
    views: list[View] = []
    last = cursor
    for read, (row, view) in enumerate(_views(tx, client, cursor)):
        if read == _MOST_READ or (view is not None and len(views) == PAGE):
            return ViewList(views=views, cursor=last)
        if view is not None:
            views.append(view)
        last = row.number
    return ViewList(views=views)


def all_views(tx: Tx, client: ClientFacts) -> list[View]:
    """Every look, for the client's own copy of their data."""
    return [view for _, view in _views(tx, client, None) if view is not None]


def _views(tx: Tx, client: ClientFacts, cursor: int | None) -> Iterator[tuple[AuditRow, View | None]]:
    """Every row, with a view where it is the day's latest of its kind by that person."""
    names = _Names(tx, client.language)
    seen: set[tuple[UUID | None, str, date]] = set()
    for row in _rows(tx, client, cursor):
        look = (row.actor_id, sentence(row.what, client.language), _day(client, row))
        yield row, None if look in seen else names.view(row)
        seen.add(look)


def _rows(tx: Tx, client: ClientFacts, cursor: int | None) -> Iterator[AuditRow]:
    looks = or_(*(AuditRow.what.endswith(ending, autoescape=True) for ending in LOOKS))
    query = select(AuditRow).where(
        AuditRow.client_id == client.id, AuditRow.actor_kind == ActorKind.STAFF.value, looks
    )
    query = query.order_by(AuditRow.number.desc()).limit(_AT_ONCE)
    last = cursor
    while True:
        page = query if last is None else query.where(AuditRow.number < last)
        rows = list(tx.session.scalars(page))
        yield from rows
        if len(rows) < _AT_ONCE:
            return
        last = rows[-1].number


def _day(client: ClientFacts, row: AuditRow) -> date:
    here = zone(client.zone if client.zone in ZONES else "UTC")
    return row.at.astimezone(here).date()


class _Names:
    """Staff by id, looked up once; a name that cannot be read has a stand-in."""

    def __init__(self, tx: Tx, language: Language) -> None:
        self._tx = tx
        self._language = language
        self._known: dict[UUID | None, tuple[str, str]] = {}

    def view(self, row: AuditRow) -> View:
        """One look with the name and role of whoever looked."""
        if row.actor_id not in self._known:
            self._known[row.actor_id] = self._read(row.actor_id)
        who, role = self._known[row.actor_id]
        return View(at=row.at, who=who, role=role, what=sentence(row.what, self._language))

    def _read(self, staff_id: UUID | None) -> tuple[str, str]:
        staff = self._tx.session.get_one(Staff, staff_id)
        role = ROLES[staff.role][self._language]
        try:
            return queries.staff_out(self._tx, staff).name, role
        except SealBroken:
            return COLLEAGUE[self._language], role
