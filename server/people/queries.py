"""What people see of people. Every query for a client starts at the one door."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from server.core.db import Tx
from server.core.vault import SealBroken
from server.people import access, care_spells, programmes
from server.people.access import CLIENT_COLUMNS, ClientFacts
from server.people.care_team import Spell, holders
from server.people.models import CareSpell, Client, Staff
from server.people.roles import Action
from server.people.schemas import (
    CareHolder,
    ClientList,
    ClientOut,
    ClientSummary,
    ClientWord,
    CollateralContact,
    Me,
    StaffList,
    StaffOut,
)
from server.people.terms import CareRole, Role
from server.people.unreadable import json_or, text_or

PAGE = 100

SOMEBODY = "A colleague"
"""Stands in for a colleague's name that no longer opens."""


def staff_out(tx: Tx, row: Staff, *, with_email: bool = False) -> StaffOut:
    """A staff member in the open; a name that does not open has a stand-in, such an e-mail address is left out."""
    return StaffOut(
        id=row.id,
        name=_name(tx, row) or SOMEBODY,
        role=row.role,
        email=_opened(tx, row, "staff.email", row.email) if with_email else None,
        email_proved_at=row.email_proved_at if with_email else None,
        second_factor=row.totp_confirmed_at is not None,
        left_at=row.left_at,
    )


def staff_list(tx: Tx, cursor: UUID | None) -> StaffList:
    """A page of the programme's staff; administrators see e-mail addresses."""
    access.require(tx, Action.LIST_STAFF)
    query = (
        select(Staff).where(Staff.programme_id == tx.actor.programme_id).order_by(Staff.id).limit(PAGE + 1)
    )
    if cursor is not None:
        query = query.where(Staff.id > cursor)
    rows = list(tx.session.scalars(query))
    with_email = tx.actor.role == Role.ADMINISTRATOR
    page = [staff_out(tx, row, with_email=with_email) for row in rows[:PAGE]]
    return StaffList(staff=page, cursor=rows[PAGE - 1].id if len(rows) > PAGE else None)


def not_yet_active(tx: Tx) -> set[UUID]:
    """Those of the programme's staff who have not signed in with their code yet: no call reaches them."""
    query = select(Staff.id).where(
        Staff.programme_id == tx.actor.programme_id, Staff.password_hash.is_(None), Staff.left_at.is_(None)
    )
    return set(tx.session.scalars(query))


def names(tx: Tx, staff_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """The names of some staff members of whichever programme they belong to."""
    wanted = {staff_id for staff_id in staff_ids if staff_id is not None}
    if not wanted:
        return {}
    return {
        row.id: _name(tx, row) or SOMEBODY
        for row in tx.session.scalars(select(Staff).where(Staff.id.in_(wanted)))
    }


def _name(tx: Tx, row: Staff) -> str | None:
    return _opened(tx, row, "staff.name", row.name)


def _opened(tx: Tx, row: Staff, column: str, sealed: bytes) -> str | None:
    """None where it does not open: nothing that has to be done waits for the name of a colleague."""
    try:
        key = programmes.key(tx, programmes.facts(tx, row.programme_id))
        return key.open_text(column, row.id, sealed)
    except SealBroken as error:
        access.log.error("of colleague %s: %s", row.id, error)
        return None


def client_list(tx: Tx, cursor: UUID | None, limit: int = PAGE) -> ClientList:
    """A page of the clients this person may see."""
    query = select(*CLIENT_COLUMNS).where(
        access.visible_clients(tx, Action.VIEW_CLIENT), Client.discharged_at.is_(None)
    )
    if cursor is not None:
        query = query.where(Client.id > cursor)
    rows = tx.session.execute(query.order_by(Client.id).limit(limit + 1)).all()
    clients: list[ClientSummary] = []
    for row in rows[:limit]:
        facts = ClientFacts(*row)
        access.looked(tx, "client.list", facts)
        clients.append(
            ClientSummary(
                id=facts.id,
                name=access.name_of(tx, facts),
                zone=facts.zone,
                language=facts.language,
                risk_level=facts.risk_level,
                plan_revision=facts.plan_revision,
            )
        )
    return ClientList(clients=clients, cursor=rows[limit - 1].id if len(rows) > limit else None)


def client_out(tx: Tx, client_id: UUID) -> ClientOut:
    """One client's record, with the care team of now."""
    facts = access.client(tx, Action.VIEW_CLIENT, client_id)
    row = tx.session.get_one(Client, facts.id)
    key = access.key(tx, facts)
    access.looked(tx, "client.view", facts)
    phone = row.phone and text_or(key, "clients.phone", row.id, row.phone, None)
    address = row.address and text_or(key, "clients.address", row.id, row.address, None)
    sealed, column = row.collateral_contacts, "clients.collateral_contacts"
    contacts = json_or(key, column, row.id, sealed, list[CollateralContact]) if sealed else []
    shut: dict[ClientWord, bool] = {
        "phone": bool(row.phone) and phone is None,
        "address": bool(row.address) and address is None,
        "collateral_contacts": contacts is None,
    }
    unreadable: list[ClientWord] = [name for name, is_shut in shut.items() if is_shut]
    if unreadable:
        access.log.error("of client %s does not open: %s", row.id, ", ".join(unreadable))
    return ClientOut(
        id=row.id,
        name=access.name_of(tx, facts),
        zone=row.zone,
        language=row.language,
        risk_level=row.risk_level,
        plan_revision=row.plan_revision,
        phone=phone or None,
        address=address or None,
        collateral_contacts=contacts or [],
        unreadable=unreadable,
        care_team=_care_team(tx, row.id),
        discharged_at=row.discharged_at,
        version=row.version,
    )


def spells(tx: Tx, client_id: UUID) -> list[Spell]:
    """The care-team spells that are running now."""
    query = select(CareSpell).where(
        CareSpell.client_id == client_id,
        care_spells.running(tx.now),
    )
    return [Spell(row.staff_id, row.role, row.from_at, row.to_at) for row in tx.session.scalars(query)]


def care_holders(tx: Tx, client_id: UUID) -> dict[CareRole, UUID]:
    """Who holds each care role of a client now; somebody who has left holds none."""
    now = holders(spells(tx, client_id), tx.now)
    left = set(
        tx.session.scalars(select(Staff.id).where(Staff.id.in_(now.values()), Staff.left_at.is_not(None)))
    )
    return {role: staff_id for role, staff_id in now.items() if staff_id not in left}


def supervisors(tx: Tx, programme_id: UUID) -> list[UUID]:
    """Every supervisor of a programme, longest-serving first."""
    query = select(Staff.id).where(
        Staff.programme_id == programme_id, Staff.role == Role.SUPERVISOR, Staff.left_at.is_(None)
    )
    return list(tx.session.scalars(query.order_by(Staff.id)))


def _care_team(tx: Tx, client_id: UUID) -> list[CareHolder]:
    running = spells(tx, client_id)
    current = holders(running, tx.now)
    found = {row.id: row for row in tx.session.scalars(select(Staff).where(Staff.id.in_(current.values())))}
    since = {(spell.role, spell.staff_id): spell.from_at for spell in running}
    return [
        CareHolder(role=role, staff=staff_out(tx, found[staff_id]), from_at=since[role, staff_id])
        for role, staff_id in sorted(current.items(), key=lambda pair: list(CareRole).index(pair[0]))
    ]


def me(tx: Tx) -> Me:
    """The acting client, for their phone."""
    facts = access.oneself(tx, Action.READ_OWN)
    return Me(
        id=facts.id,
        name=access.name_of(tx, facts),
        programme=programmes.of_actor(tx).name,
        zone=facts.zone,
        language=facts.language,
        plan_revision=facts.plan_revision,
        case_manager=_case_manager(tx, facts.id),
    )


def _case_manager(tx: Tx, client_id: UUID) -> str | None:
    """The name of the client's case manager; None where nobody is, or the name no longer opens."""
    staff_id = care_holders(tx, client_id).get(CareRole.CASE_MANAGER)
    return _name(tx, tx.session.get_one(Staff, staff_id)) if staff_id else None
