"""Duty in the town: a rota, people who are away, and nights. The town keeps a book of its own, in plain lists.

The book knows nothing of the service's arithmetic: from eight in the morning, Chicago time, one person is called first
and one behind them for a day and a night, by the day of the week.
"""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random
from uuid import UUID

import msgspec

from notifications.escalations.oncall import acts
from notifications.escalations.policy import DEFAULT_POLICY, RungTarget, TierPolicy
from notifications.escalations.rotas.rota import Absence, Rota, Shift
from server.core.actor import Actor
from server.core.db import Database, Tx
from server.core.zones import zone
from server.people.models import Programme

HOME = "America/Chicago"
BEGINS = time(8)
_AWAKE = range(7, 23)
_NIGHTS = ((RungTarget.ON_CALL_PRIMARY,), (RungTarget.ON_CALL_BACKUP,))


@dataclass
class Book:
    """Who is on by the day of the week (Monday first), and who is away: (from, to, who stands in)."""

    first: list[UUID]
    behind: list[UUID]
    away: list[tuple[datetime, datetime, UUID]] = field(default_factory=list)

    def on(self, at: datetime) -> set[UUID]:
        """The two people whose day this is."""
        local = at.astimezone(zone(HOME))
        day = local.date() if local.time() >= BEGINS else local.date() - timedelta(days=1)
        return {self.first[day.weekday()], self.behind[day.weekday()]}

    def may_be_called(self, person: UUID, at: datetime) -> bool:
        """Somebody beyond a client's own team: on by the rota, or in place of somebody who is away."""
        return person in self.on(at) or any(
            begins <= at < ends and person == instead for begins, ends, instead in self.away
        )

    def sleeps(self, person: UUID, at: datetime) -> bool:
        """At night everybody sleeps but those who are on."""
        return at.astimezone(zone(HOME)).hour not in _AWAKE and person not in self.on(at)


def open_book(db: Database, supervisor: Actor, managers: list[UUID]) -> Book:
    """The supervisor enters the rota, and nights call who is on. No person is on in both layers."""
    half = len(managers) // 2
    groups = (managers[:half], managers[half:])
    first, behind = ([group[day % len(group)] for day in range(7)] for group in groups)

    def enter(tx: Tx) -> None:
        tx.actor = supervisor
        today = tx.now.astimezone(zone(HOME)).date()
        monday = today - timedelta(days=today.weekday() + 7)
        rota = Rota(zone=HOME, starts_on=monday, primary=_days(first), backup=_days(behind), min_rest_hours=0)
        acts.store_rota(tx, acts.teams(tx)[0].id, rota)
        row = tx.session.get_one(Programme, supervisor.programme_id, with_for_update=True)
        row.settings = {**row.settings, "escalation": msgspec.to_builtins(_policy())}

    db.write_now(enter)
    return Book(first, behind)


def _days(people: list[UUID]) -> tuple[Shift, ...]:
    return tuple(
        Shift(weekday=day + 1, start=BEGINS, end=BEGINS, person=who) for day, who in enumerate(people)
    )


def _policy() -> object:
    at_night = {name: _at_night(getattr(DEFAULT_POLICY, name)) for name in ("emergency", "urgent")}
    return msgspec.structs.replace(DEFAULT_POLICY, **at_night)


def _at_night(policy: TierPolicy) -> TierPolicy:
    changed = [
        msgspec.structs.replace(rung, after_hours=route)
        for rung, route in zip(policy.rungs, _NIGHTS, strict=False)
    ]
    return msgspec.structs.replace(policy, rungs=(*changed, *policy.rungs[len(changed) :]))


def leave_of(person: UUID, instead: UUID | None, dice: Random, now: datetime) -> Absence:
    """Some days off, from within a day on; half of them with somebody who stands in."""
    begins = now + timedelta(hours=dice.randint(1, 24))
    ends = begins + timedelta(hours=dice.randint(12, 240))
    return Absence(person=person, from_at=begins, to_at=ends, backup=instead)
