"""Administration: who works here, moving clients between colleagues, and what the machinery says of itself."""

from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import LargeBinary, func, select

from checkins.jobs import set_aside
from notifications.delivery import outbox, serving
from notifications.delivery.messages import Kind
from notifications.delivery.models import ChannelName, Message, MessageState, ServedChannel
from notifications.delivery.recipients import all_ways, to_staff
from notifications.delivery.retry import Priority
from notifications.escalations.models import Case
from notifications.escalations.rows import IS_OPEN
from server.core import audit
from server.core.db import Tx
from server.core.errors import Conflict
from server.health import late_cases, stopped_jobs, unheard_cases
from server.people import access, care_moves, proofs, queries
from server.people.models import Client, Installation, Programme, Staff
from server.people.roles import Action
from server.people.schemas import StaffOut
from server.people.terms import CareRole

CHANNELS = {
    ChannelName.FCM: "Push to phones",
    ChannelName.WEBPUSH: "Push to browsers",
    ChannelName.EMAIL: "E-mail",
    ChannelName.SMS: "Text messages",
    ChannelName.VOICE: "Telephone calls",
    ChannelName.CONSOLE: "Printed by the service, for trying out",
}
STATES = {
    MessageState.QUEUED: "on its way",
    MessageState.LEASED: "on its way",
    MessageState.SENT: "taken by the provider",
    MessageState.DEAD: "did not go",
}
PRINTED = "printed here, sent to nobody"
"""What became of a message whose channel nobody carries while the service prints such messages."""

JOBS = {
    "open_due": "opening check-ins",
    "remind_due": "reminders",
    "close_missed": "noticing missed check-ins",
    "climb_due": "calling staff for open cases",
    "send_due": "sending messages",
    "housekeeping": "housekeeping",
}


class Colleague(Struct, frozen=True):
    """A line of the staff list; `state` in words."""

    staff: StaffOut
    state: str
    me: bool


def staff_shown(tx: Tx) -> dict[str, Any]:
    """Everybody who works or worked here, by name; those who left last."""
    access.require(tx, Action.MANAGE_STAFF)
    query = select(Staff).where(Staff.programme_id == tx.actor.programme_id)
    rows = [
        Colleague(queries.staff_out(tx, row, with_email=True), _state(row), row.id == tx.actor.id)
        for row in tx.session.scalars(query)
    ]
    rows.sort(key=lambda each: (each.staff.left_at is not None, each.staff.name.casefold()))
    return {"rows": rows, "fresh": proofs.is_fresh(tx)}


def _state(row: Staff) -> str:
    if row.left_at is not None:
        return "has left"
    if row.password_hash is None:
        return f"{NOT_YET}: has not set a password"
    return "works here" if row.totp_confirmed_at else f"{NOT_YET}: has no second factor"


NOT_YET = "not yet active"
"""Whoever has never been able to sign in: nobody should be given clients or calls without knowing it."""


def teams_shown(tx: Tx, role: CareRole | None, from_id: UUID | None, to_id: UUID | None) -> dict[str, Any]:
    """The form, and with all three chosen what the move would do: numbers, since administrators see no clients."""
    rows: list[Colleague] = staff_shown(tx)["rows"]
    people = [each.staff for each in rows]
    moving, cases = None, 0
    if role and from_id and to_id:
        moving = care_moves.preview(tx, role, from_id, to_id)
        owned = select(func.count()).select_from(Case).where(IS_OPEN, Case.owner_id == from_id)
        cases = int(tx.session.scalar(owned) or 0)
    names = {each.id: each.name for each in people}
    return {
        "fresh": proofs.is_fresh(tx),
        "everybody": [(str(each.staff.id), _with_state(each)) for each in rows],
        "here": [(str(each.staff.id), _with_state(each)) for each in rows if each.staff.left_at is None],
        "moving": moving,
        "cases": cases,
        "from_name": names.get(from_id) if from_id else None,
        "to_name": names.get(to_id) if to_id else None,
    }


def _with_state(each: Colleague) -> str:
    if each.staff.left_at is not None:
        return f"{each.staff.name} (has left)"
    return f"{each.staff.name} ({NOT_YET})" if each.state.startswith(NOT_YET) else each.staff.name


class Tested(Struct, frozen=True, kw_only=True):
    """One message of a test, and what became of it."""

    channel: str
    at: Any
    state: str
    outcome: str | None


def channels_shown(tx: Tx) -> dict[str, Any]:
    """Which channels the service carries, the administrator's own addresses, and their last tests."""
    carried = serving.served(tx)
    printing = ChannelName.CONSOLE in carried
    served = {row.channel: row.served_at for row in tx.session.scalars(select(ServedChannel))}
    assert tx.actor.id is not None  # noqa: S101  a page has somebody signed in
    ways = [way[0] for way in all_ways(to_staff(tx, tx.actor.id))]
    tests = (
        select(Message)
        .where(Message.staff_id == tx.actor.id, Message.obligation.startswith("test:"))
        .order_by(Message.id.desc())
        .limit(10)
    )
    return {
        "channels": [(words, served.get(name), ways.count(name)) for name, words in CHANNELS.items()],
        "printing": printing,
        "nobody_outside": not carried - {ChannelName.CONSOLE},
        "mail_alone": carried - {ChannelName.CONSOLE} == {ChannelName.EMAIL},
        "tests": [
            Tested(
                channel=CHANNELS[row.channel],
                at=row.created_at,
                state=PRINTED
                if row.state is MessageState.SENT and (printing and row.channel not in carried)
                else STATES[row.state],
                outcome=row.outcome.replace("_", " ")
                if row.outcome and row.state is MessageState.DEAD
                else None,
            )
            for row in tx.session.scalars(tests)
        ],
    }


def send_test(tx: Tx) -> int:
    """A neutral message to the acting administrator by every way; Conflict where there is none."""
    access.require(tx, Action.MANAGE_STAFF)
    assert tx.actor.id is not None  # noqa: S101  a page has somebody signed in
    sent = outbox.tell(
        tx,
        to_staff(tx, tx.actor.id),
        Kind.TEST,
        dedupe=f"test:{tx.actor.id}:{tx.now:%Y%m%dT%H%M%S%f}",
        priority=Priority.NORMAL,
        all_channels=True,
    )
    if not sent:
        raise Conflict(
            "There is no way to reach you: no phone or browser is registered, and your e-mail address is not verified."
        )
    audit.record(tx, "channels.test", row_id=tx.actor.id, data={"messages": sent})
    return sent


def keys_shown(tx: Tx) -> dict[str, Any]:
    """By version of the key-encryption key: how many of this programme's keys it wraps."""
    own = {Client: Client.programme_id, Programme: Programme.id}
    counts: dict[int, int] = {}
    for table in (Client, Programme, Installation):
        version = func.substr(table.wrapped_key, 2, 1, type_=LargeBinary())
        query = select(version, func.count()).group_by(version)
        if table in own:
            query = query.where(own[table] == tx.actor.programme_id)
        for mark, count in tx.session.execute(query):
            number = mark[0] if mark else 0
            counts[number] = counts.get(number, 0) + count
    active, total = tx.vault.active, sum(counts.values())
    return {
        "versions": [
            (number, counts.get(number, 0), number in tx.vault.versions)
            for number in sorted({*tx.vault.versions, *counts} - {0}, reverse=True)
        ],
        "active": active,
        "wrapped": counts.get(active, 0),
        "total": total - counts.get(0, 0),
        "shredded": counts.get(0, 0),
    }


def health_shown(tx: Tx) -> dict[str, Any]:
    """What the health addresses say, in words. The page itself proves that the database takes writes."""
    return {
        "stopped": [JOBS[job] for job in stopped_jobs(tx)],
        "aside": {name.replace("_", " "): count for name, count in set_aside(tx).items() if count},
        "late": late_cases(tx),
        "unheard": unheard_cases(tx),
    }
