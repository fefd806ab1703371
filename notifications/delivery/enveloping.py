"""Putting a claimed message into words, and finding its address in the open; nothing but the envelope holds it."""

from datetime import datetime
from typing import Any

from notifications.delivery import daywords, devices, links, trial
from notifications.delivery.call_lines import CallLine
from notifications.delivery.channels.base import Envelope
from notifications.delivery.labels import label
from notifications.delivery.messages import Kind, call_line, render, short
from notifications.delivery.models import NUMBERS, PUSH, ChannelName
from notifications.delivery.outcomes import GoneAddress, Misconfigured, Outcome
from notifications.delivery.timewords import by_time
from notifications.delivery.way_order import as_called
from server.core.db import Tx
from server.core.vault import SealBroken
from server.people import programmes

NOTICE = "notice"
"""The kind a client's push carries, whatever it is about; the app asks the service what there is to see."""

_CALLS_OUTSIDE = (Kind.CASE_CALL, Kind.CASE_UNREACHABLE, Kind.CASE_UNDELIVERED)


def envelope(tx: Tx, row: Any, *, missing: bool, labelled: bool, sink: str) -> Envelope | Outcome:
    """The message ready to go, or why it cannot go this way.

    `missing`: nobody carries this channel. `labelled`: say who it is for instead of where it goes. `sink`: where
    the synthetic case goes on this channel.
    """
    if row.kind == Kind.SOUNDING:
        address = label(tx, row) if labelled else sink
        return _written(tx, row, address) if address and not missing else Misconfigured("no_sink")
    if row.left_at is not None or row.discharged_at is not None:
        return GoneAddress("recipient_left")
    if row.kind in trial.CODES:
        return _code(tx, row, missing=missing, labelled=labelled)
    if _is_outside(row):
        if row.emergency_contact is None:
            return GoneAddress("contact_removed")
    elif row.channel in (*PUSH, *NUMBERS) and row.phone_id is None:
        return GoneAddress("device_removed")
    if missing:
        return Misconfigured("no_such_channel")
    try:
        return _written(tx, row, _address(tx, row, labelled=labelled))
    except (SealBroken, ValueError) as error:
        return Misconfigured(type(error).__name__)


def _code(tx: Tx, row: Any, *, missing: bool, labelled: bool) -> Envelope | Outcome:
    """The code for what its owner has yet to prove; it stands nowhere but sealed in a row of its own."""
    found = trial.on_trial(tx, row.kind, row.staff_id, row.data)
    if found is None:
        return GoneAddress("code_replaced")
    if missing:
        return Misconfigured("no_such_channel")
    address, code = found
    return _written(tx, row, label(tx, row) if labelled else address, code)


def _address(tx: Tx, row: Any, *, labelled: bool) -> str:
    """The address in the open; nothing but the envelope ever holds it."""
    if labelled:
        return label(tx, row)
    key = tx.vault.subject(row.programme_id, row.wrapped_key)
    if _is_outside(row):
        contact = programmes.open_emergency_contact(key, row.programme_id, row.emergency_contact)
        return contact.email if row.channel == ChannelName.EMAIL else contact.phone
    if row.channel == ChannelName.EMAIL:
        return key.open_text("staff.email", row.staff_id, row.email)
    owner = (row.client_id, row.client_key) if row.client_id else (row.programme_id, row.wrapped_key)
    return tx.vault.subject(*owner).open_text(devices.SEALED_AS, row.phone_id, row.token)


def _is_outside(row: Any) -> bool:
    """Whether this goes to the programme's emergency contact."""
    return row.staff_id is None and row.client_id is None


def _kind(row: Any) -> Kind:
    """What is said. Somebody outside can take nothing and open nothing: they are asked to telephone the team."""
    kind = Kind(row.kind)
    return Kind.OUTSIDE_CALL if _is_outside(row) and kind in _CALLS_OUTSIDE else kind


def _written(tx: Tx, row: Any, address: str, code: str = "") -> Envelope:
    data: dict[str, str] = dict(row.data)
    by = datetime.fromisoformat(data.pop("by")) if "by" in data else None
    zone = row.client_zone or row.zone
    phrase = by_time(by, tx.now, zone, row.language) if by is not None and by > tx.now else None
    todo = daywords.holds(data, row.language)
    kind = _kind(row)
    text = render(kind, row.language, row.name, phrase, code, todo)
    terse = row.channel == ChannelName.SMS
    link, body = _link(tx, row), text.body
    if link and _is_unproved(row):
        link, body = "", f"{body} {call_line(CallLine.UNPROVED, row.language)}"
    return Envelope(
        message_id=str(row.id),
        address=address,
        subject=text.subject,
        body=body,
        language=row.language,
        priority=as_called(row.priority, row.kind),
        ttl_seconds=max(0, int((row.expires_at - tx.now).total_seconds())),
        data=_data(row, data),
        short=short(kind, row.language, row.name, phrase, code, todo) if terse else (),
        link=link,
        by_each=row.kind == Kind.SOUNDING,
    )


def _is_unproved(row: Any) -> bool:
    """Whether this goes to a colleague's address that may be a stranger's: nothing by which a case can be taken."""
    return row.channel == ChannelName.EMAIL and row.staff_id is not None and row.email_proved_at is None


def _link(tx: Tx, row: Any) -> str:
    if row.call_number is None or row.staff_id is None:
        return ""
    return links.path(tx, row.channel, row.case_id, row.staff_id, row.call_number)


def _data(row: Any, data: dict[str, str]) -> dict[str, str]:
    """What the app reads. A client's says only that there is something: the push service is a stranger's."""
    if row.client_id is not None:
        return {"kind": NOTICE, "message": str(row.id)}
    ids = {"kind": row.kind, "message": str(row.id)}
    if row.case_id is not None:
        ids["case_id"] = str(row.case_id)
    return {**data, **ids}
