"""Sessions: rows that are looked up on every request, so that a revoked one ends at once."""

import base64
import hashlib
import os
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select, update

from server.core import audit
from server.core.actor import NOBODY, Actor, ActorKind
from server.core.db import Tx
from server.core.errors import Forbidden, NotFound, Unauthenticated
from server.core.prepared import Prepared
from server.core.tables import new_id
from server.people import programmes, teams
from server.people.access import CLIENT_COLUMNS, ClientFacts
from server.people.models import Client, Programme, SessionRow, SessionScope, Staff
from server.people.terms import Role

STAFF_IDLE, STAFF_LONGEST = timedelta(minutes=30), timedelta(hours=12)
CLIENT_IDLE, CLIENT_LONGEST = timedelta(days=120), timedelta(days=400)
TOUCH_EVERY = timedelta(minutes=1)
UNUSED = "unused_for_a_while"
"""Under this, `authenticate` leaves the session whose use is to be noted."""

_FOR_CLIENT, _FOR_STAFF = "hc_", "hs_"

_COMMON = (
    SessionRow.id.label("session_id"),
    SessionRow.last_used_at,
    SessionRow.expires_at,
    SessionRow.scope,
    Programme.version.label("programme_version"),
    Programme.calendar_mark,
)
_LIVE = SessionRow.revoked_at.is_(None)
_TOKEN = SessionRow.token_hash == bindparam("token_hash")
CLIENT_OF_TOKEN = select(SessionRow.client_id).where(_TOKEN).scalar_subquery()
"""Whose session it is, for what is asked for together with the session itself; whether it still counts comes first."""

_CLIENT_SESSION = Prepared(
    select(*CLIENT_COLUMNS, *_COMMON, SessionRow.created_at, Client.discharged_at, Client.readmitted_at)
    .join_from(SessionRow, Client, SessionRow.client_id == Client.id)
    .join(Programme, Client.programme_id == Programme.id)
    .where(_LIVE, _TOKEN)
)
_STAFF_SESSION = Prepared(
    select(Staff.id, Staff.programme_id, Staff.role, *_COMMON)
    .join_from(SessionRow, Staff, SessionRow.staff_id == Staff.id)
    .join(Programme, Staff.programme_id == Programme.id)
    .where(_LIVE, Staff.left_at.is_(None), _TOKEN)
)


class Discharged(Forbidden):
    """The phone of a client who was discharged: the service is closed to it, and what is on the phone stays there.

    A refusal of its own, since a session that has ended makes the phone forget the plan. It is the same for a
    phone from before a discharge whose client came back since: only a new code lets it in.
    """

    title = "Your time with the programme has ended"
    kind = "discharged"


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def by_token(token: str) -> dict[str, Any]:
    """The values of a statement that looks for a session by its token."""
    return {"token_hash": _hash(token)}


def start(
    tx: Tx,
    *,
    programme_id: UUID,
    client_id: UUID | None = None,
    staff_id: UUID | None = None,
    scope: SessionScope = SessionScope.FULL,
) -> str:
    """Begin a session and return its token, 256 random bits that are stored nowhere."""
    prefix = _FOR_CLIENT if client_id else _FOR_STAFF
    token = prefix + base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()
    row = SessionRow(
        id=new_id(),
        token_hash=_hash(token),
        programme_id=programme_id,
        client_id=client_id,
        staff_id=staff_id,
        scope=scope,
        created_at=tx.now,
        last_used_at=tx.now,
        expires_at=tx.now + (CLIENT_LONGEST if client_id else STAFF_LONGEST),
        proved_at=tx.now if staff_id and scope is SessionScope.FULL else None,
    )
    tx.session.add(row)
    tx.session.flush()
    return token


def is_staff(token: str) -> bool:
    """Whether this token began a staff session; whether it still counts is another question."""
    return token.startswith(_FOR_STAFF)


def authenticate(tx: Tx, token: str | None) -> Actor:
    """Who holds this token, as of now. Nobody without a token; Unauthenticated when it no longer counts.

    Discharged for a session that a discharge has closed.
    """
    if token is None:
        return NOBODY
    for_client = token.startswith(_FOR_CLIENT)
    query = _CLIENT_SESSION if for_client else _STAFF_SESSION
    row = query.one_or_none(tx, by_token(token))
    idle = CLIENT_IDLE if for_client else STAFF_IDLE
    if row is not None and for_client:
        # Before its age: after a year without the programme the plan still stays on the phone.
        _insist_on_still_with_us(row.created_at, row.discharged_at, row.readmitted_at)
    if row is None or tx.now >= row.expires_at or tx.now >= row.last_used_at + idle:
        raise Unauthenticated("The session has ended.")
    if tx.now >= row.last_used_at + TOUCH_EVERY:
        tx.seen[UNUSED] = row.session_id
    tx.seen["programme"] = programmes.facts(tx, row.programme_id, row.programme_version)
    tx.seen[teams.CALENDAR] = row.calendar_mark
    if for_client:
        tx.seen["client"] = ClientFacts(*row[: len(CLIENT_COLUMNS)])
    return Actor(
        kind=ActorKind.CLIENT if for_client else ActorKind.STAFF,
        id=row.id,
        programme_id=row.programme_id,
        role=Role.CLIENT if for_client else row.role,
        session_id=row.session_id,
        may_only_enrol=row.scope == SessionScope.ENROL,
    )


def _insist_on_still_with_us(
    began_at: datetime, discharged_at: datetime | None, readmitted_at: datetime | None
) -> None:
    """Discharged for a session from before a discharge, also where the client came back since."""
    if discharged_at is not None or (readmitted_at is not None and began_at < readmitted_at):
        raise Discharged


def touch(tx: Tx, session_id: UUID) -> None:
    """Note that a session is in use (at most once a minute, so that requests stay cheap)."""
    statement = update(SessionRow).where(SessionRow.id == session_id).values(last_used_at=tx.now)
    tx.connection.execute(statement)


def revoke(tx: Tx, *, client_id: UUID | None = None, staff_id: UUID | None = None) -> int:
    """End every session of one person at once; returns how many there were."""
    whose = SessionRow.client_id == client_id if client_id else SessionRow.staff_id == staff_id
    query = update(SessionRow).where(whose, _LIVE).values(revoked_at=tx.now).returning(SessionRow.id)
    ended = len(tx.session.execute(query).all())
    audit.record(tx, "sessions.revoke", client_id=client_id, row_id=staff_id, data={"ended": ended})
    return ended


def end(tx: Tx) -> bool:
    """End the session this request came by; True when it was a staff member's."""
    query = update(SessionRow).where(SessionRow.id == tx.actor.session_id).values(revoked_at=tx.now)
    tx.session.execute(query)
    audit.record(tx, "sign_out", client_id=tx.actor.id if tx.actor.kind is ActorKind.CLIENT else None)
    return tx.actor.kind is ActorKind.STAFF


class OwnSession(msgspec.Struct, frozen=True, kw_only=True):
    """One of a person's sessions, as they see it in their list; `ends_at` unless it is used before."""

    id: UUID
    began_at: datetime
    last_used_at: datetime
    ends_at: datetime
    for_good_at: datetime
    this: bool


def own(tx: Tx) -> list[OwnSession]:
    """The acting staff member's sessions that are alive, the one they ask from first, then the last used."""
    query = select(SessionRow).where(
        SessionRow.staff_id == tx.actor.id,
        _LIVE,
        SessionRow.expires_at > tx.now,
        SessionRow.last_used_at > tx.now - STAFF_IDLE,
    )
    rows = tx.session.scalars(query.order_by(SessionRow.last_used_at.desc()))
    found = [
        OwnSession(
            id=row.id,
            began_at=row.created_at,
            last_used_at=row.last_used_at,
            ends_at=min(row.last_used_at + STAFF_IDLE, row.expires_at),
            for_good_at=row.expires_at,
            this=row.id == tx.actor.session_id,
        )
        for row in rows
    ]
    return sorted(found, key=lambda each: not each.this)


def end_one(tx: Tx, session_id: UUID) -> None:
    """End one of one's own sessions; NotFound for anybody else's."""
    query = (
        update(SessionRow)
        .where(SessionRow.id == session_id, SessionRow.staff_id == tx.actor.id, _LIVE)
        .values(revoked_at=tx.now)
        .returning(SessionRow.id)
    )
    if tx.session.execute(query).one_or_none() is None:
        raise NotFound
    audit.record(tx, "sessions.end", row_id=session_id)
