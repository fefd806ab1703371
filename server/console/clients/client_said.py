"""What a client's page says after something was done: only to whoever did it, of late, and only while it is so."""

from typing import Any
from uuid import UUID

from msgspec import Struct

from checkins.models import ScheduleState
from server.console.clients import client
from server.core import audit_acts
from server.core.db import Tx


class _Said(Struct, frozen=True):
    """The words of the audit trail that stand for the deed, and its sentence."""

    whats: tuple[str, ...]
    words: str


_SAID = {
    "added": _Said(("client.create",), "The client is added."),
    "saved": _Said(("client.edit",), "Saved."),
    "team": _Said(("care_team.set",), "The care team is saved."),
    "ended": _Said(
        ("sessions.revoke",), "Every session of the phone has ended. A new code lets it in again."
    ),
    "schedule": _Said(("schedule.create", "schedule.edit"), "The schedule is saved."),
    "paused": _Said(("schedule.pause",), "The schedule rests."),
    "resumed": _Said(("schedule.resume",), "The schedule asks again."),
    "removed": _Said(("schedule.end",), "The schedule is removed. What was answered stays."),
    "discharged": _Said(("client.discharge",), "Discharged. Nothing is asked or sent any more."),
    "readmitted": _Said(
        ("client.readmit",),
        "Back in. Next: check the care team, each schedule, and make a new code for their phone.",
    ),
    "contact": _Said(("case.contact",), "The contact is written down."),
    "promised": _Said(("case.promise",), "The new day is saved."),
}
NO_ADDRESS = "No address yet: a welfare check could not be sent."
HANDED_ON = "The care team is saved. This client is not on your caseload any more."


def on_page(tx: Tx, done: str, found: dict[str, Any]) -> str | None:
    """The sentence for `done` on the page that shows `found`; None where it is not so, or not so any more."""
    said = _SAID.get(done)
    if said is None or not _still_so(done, found):
        return None
    if found["client"].id not in audit_acts.lately(tx, said.whats):
        return None
    parts = [said.words]
    if done in ("added", "saved") and not (found["record"].address or "").strip():
        parts.append(NO_ADDRESS)
    if done == "added" and (next_ := _next(found)):
        parts.append(f"Next: {next_}.")
    return " ".join(parts)


def _still_so(done: str, found: dict[str, Any]) -> bool:
    """What somebody else, or the phone, may have undone in the meantime."""
    states = {each.state for each, *_ in found["schedules"]}
    facts = {
        "ended": not found["phone"].sessions,
        "paused": ScheduleState.PAUSED in states,
        "resumed": ScheduleState.ACTIVE in states,
        "discharged": found["client"].discharged_at is not None,
        "readmitted": found["client"].discharged_at is None,
    }
    return facts.get(done, True)


def _next(found: dict[str, Any]) -> str:
    """What a new client still needs."""
    phone = found["phone"]
    needed = [
        words
        for words, there in (
            ("the rest of their care team", all(each["holder"] for each in found["team"])),
            ("check-ins", found["schedules"]),
            ("the code for their phone", phone.sessions or phone.invited_until),
        )
        if not there
    ]
    return " and ".join([", ".join(needed[:-1]), needed[-1]]) if len(needed) > 1 else "".join(needed)


def on_caseload(tx: Tx, done: str) -> str | None:
    """The sentence for somebody who gave a client to a colleague and may not see them any more."""
    given = audit_acts.lately(tx, ("care_team.set",)) if done == "team" else set[UUID]()
    return HANDED_ON if any(not client.still_mine(tx, each) for each in given) else None
