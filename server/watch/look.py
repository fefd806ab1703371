"""One look into the database: which of the rules do not hold at this moment. It writes nothing."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Connection, text

from server.watch import statements
from server.watch.findings import MOST, SHOWN, Finding, Rule, merged
from server.watch.statements import Question

LEASE = timedelta(seconds=30)
"""How long a worker may hold a message; one whose lease ended two leases ago is older than three."""

JOBS = ("open_due", "remind_due", "close_missed", "climb_due", "send_due", "housekeeping")
SLOW_JOBS = {"housekeeping": 10}
"""Jobs that may be quiet for so many times as long as the others."""

APART = timedelta(seconds=5)
"""The clocks may differ by so much."""

EVERYDAY = 5
"""Messages that are neither emergency nor urgent may wait for so many times as long."""

SEALED = 10
"""The audit trail may be unsealed for so many times as long."""

FLAGS_BACK = timedelta(hours=24)
"""How far back flags, and answers that should have one, are looked at, however long nobody looked meanwhile."""

LATELY = timedelta(minutes=10)
"""What left over a channel counts as proof that it works for so long."""

SLICE = 20_000
"""So many schedules are looked at in one round; the next round goes on behind them."""

RESCUED = timedelta(minutes=10)
"""A shorter wait is never put off: this is the longest by default, and a case that is broken is tried again in five."""

HANDED_OVER = timedelta(seconds=60)
"""So long the synthetic case may take on each channel."""

BEAT = timedelta(seconds=60)
"""The worker looks this often whether the next synthetic case is due."""

_DAYS_BETWEEN = {"daily": 1, "weekdays": 7, "monthly": 31}
_ELSEWHERE = 2  # days: the local date of any zone, and a day for what is due late on it


class Synthetic(Struct, frozen=True):
    """The channels the synthetic case goes down, and how often. None: there is none to look for."""

    channels: tuple[str, ...] = ()
    every: timedelta = timedelta(0)


class Place(Struct):
    """Where the walk through the schedules stands: every id up to `after` was looked at in this turn."""

    after: UUID = UUID(int=0)

    @property
    def at_the_start(self) -> bool:
        """Whether a whole turn is done, or none begun."""
        return self.after.int == 0


def look(
    connection: Connection,
    place: Place,
    now: datetime,
    allowed: timedelta,
    synthetic: Synthetic = Synthetic(),  # noqa: B008  frozen
) -> list[Finding]:
    """Everything that does not hold at `now`; what is due may be late by `allowed`. Moves `place` on by a slice."""
    values: dict[str, object] = {
        "now": now,
        "late": now - allowed,
        "everyday": now - EVERYDAY * allowed,
        "lapsed": now - 2 * LEASE,
        "unsealed": now - SEALED * allowed,
        "flags_from": first_id_of(now - FLAGS_BACK),
        "after": place.after,
        "slice": SLICE,
        "others": SLICE - 1,
    }
    found = _jobs(connection, now, allowed)
    for rule, asked in statements.SINGLE:
        found += _broken(connection, rule, asked, values)
    found += _put_off(connection, now, allowed)
    for channel in connection.execute(statements.CHANNELS).scalars():
        found += _on_channel(connection, channel, now, {**values, "channel": channel})
    found += _refused(connection, now, now - allowed)
    found += _schedules(connection, now, values)
    found += [
        Finding(rule=Rule.UNSEALED, since=row.since) for row in statements.UNSEALED.ask(connection, values)
    ]
    found += _synthetic(connection, now, allowed, synthetic)
    following = statements.NEXT_SLICE.ask(connection, values)
    place.after = following[0].id if following else UUID(int=0)
    return merged(found)


def clock_of(connection: Connection) -> tuple[datetime, list[Finding]]:
    """The instant that decides, and whether the clocks agree: the database's where it has one of its own."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC), []
    before = datetime.now(UTC)
    told: datetime = connection.execute(text("select clock_timestamp()")).scalar_one()
    gap = apart(before, told.astimezone(UTC), datetime.now(UTC))
    wrong = [Finding(rule=Rule.CLOCK, about=f"database, {gap.total_seconds():.0f} s")] if gap > APART else []
    return told.astimezone(UTC), wrong


def apart(before: datetime, told: datetime, after: datetime) -> timedelta:
    """How far a clock is off that was asked between two readings of ours; the time it took to answer is no fault."""
    return max(before - told, told - after, timedelta(0))


def first_id_of(at: datetime) -> UUID:
    """The lowest UUIDv7 of that moment: ids are in time order, so the primary key finds what is new."""
    return UUID(int=max(int(at.timestamp() * 1000), 0) << 80 | 7 << 76 | 2 << 62)


def _broken(connection: Connection, rule: Rule, asked: Question, values: dict[str, object]) -> list[Finding]:
    return _of_rows(rule, asked.ask(connection, values))


def _of_rows(rule: Rule, rows: list[Any], about: str = "") -> list[Finding]:
    if not rows:
        return []
    ids = tuple(str(row.id) for row in rows[:SHOWN])
    return [Finding(rule=rule, count=min(len(rows), MOST + 1), ids=ids, since=rows[0].since, about=about)]


def _jobs(connection: Connection, now: datetime, allowed: timedelta) -> list[Finding]:
    """Jobs no node has finished lately; and one finished in the future, which would look fresh when it is not."""
    finished: dict[str, datetime] = {row.id: row.since for row in connection.execute(statements.JOBS)}
    stopped = {
        job: finished.get(job)
        for job in JOBS
        if job not in finished or finished[job] < now - allowed * SLOW_JOBS.get(job, 1)
    }
    found: list[Finding] = []
    if stopped:
        instants = [at for at in stopped.values() if at is not None]
        names = ", ".join(stopped)
        found.append(
            Finding(rule=Rule.JOBS, count=len(stopped), since=min(instants, default=None), about=names)
        )
    ahead = [job for job, at in finished.items() if at > now + APART]
    if ahead:
        found.append(Finding(rule=Rule.CLOCK, about=f"worker, {', '.join(sorted(ahead))}"))
    return found


def _on_channel(
    connection: Connection, channel: str, now: datetime, values: dict[str, object]
) -> Iterable[Finding]:
    for rule, asked in statements.PER_CHANNEL:
        yield from _of_rows(rule, asked.ask(connection, values), channel)
    stuck = statements.STUCK.ask(connection, values)
    if stuck:
        oldest = max(stuck[0].id, first_id_of(now - LATELY))
        newer = {"newer_than": oldest, "channel": channel}
        if connection.execute(statements.LEFT, newer).first() is None:
            yield from _of_rows(Rule.CHANNEL_STUCK, stuck, channel)


def _refused(connection: Connection, now: datetime, late: datetime) -> Iterable[Finding]:
    """Channels whose provider refuses us: what is urgent was given up on them, and nothing left since."""
    given_up: dict[str, list[Any]] = {}
    for row in statements.REFUSED.ask(connection, {"newer_than": first_id_of(now - LATELY), "late": late}):
        given_up.setdefault(row.channel, []).append(row)
    for channel, rows in given_up.items():
        since = {"newer_than": rows[0].id, "channel": channel}
        if connection.execute(statements.LEFT, since).first() is None:
            yield from _of_rows(Rule.CHANNEL_STUCK, rows, channel)


def _put_off(connection: Connection, now: datetime, allowed: timedelta) -> Iterable[Finding]:
    """Urgent cases that wait for a call longer than any wait of theirs: a clock was ahead when it was set."""
    waiting = statements.PUT_OFF.ask(connection, {"now": now})
    rows = [row for row in waiting if row.next_call_at > now + allowed + _longest_wait(row.policy, row.tier)]
    yield from _of_rows(Rule.CASES_PUT_OFF, rows)


def _longest_wait(policy: str, tier: str) -> timedelta:
    """Between two calls of this tier; `RESCUED` where the rules cannot be read, or ask for less."""
    try:
        waits = [timedelta(minutes=rung["wait_minutes"]) for rung in json.loads(policy)[tier]["rungs"]]
    except (ValueError, TypeError, LookupError, OverflowError):
        waits = []
    return max([RESCUED, *waits])


def _schedules(connection: Connection, now: datetime, values: dict[str, object]) -> list[Finding]:
    """Exactly one check-in waits for each active schedule, until its last day, and none for any other.

    That there is never a second one is kept by a unique index.
    """
    today = (now - timedelta(days=_ELSEWHERE)).date()
    asked = statements.nothing_next(connection.dialect.name)
    rows = asked.ask(connection, {**values, "today": today.isoformat()})
    return [
        *_of_rows(Rule.NOTHING_NEXT, [row for row in rows if not _may_be_over(row.pattern, now)]),
        *_broken(connection, Rule.ASKS_WHILE_RESTING, statements.ASKS_WHILE_RESTING, values),
    ]


def _synthetic(
    connection: Connection, now: datetime, allowed: timedelta, synthetic: Synthetic
) -> Iterable[Finding]:
    """The newest synthetic case whose time is over left on every channel, and it is not an old one."""
    if not synthetic.channels:
        return
    newest = statements.SYNTHETIC.ask(connection, {"handed": now})
    if not newest or newest[0].since < now - synthetic.every - BEAT - allowed:
        since = newest[0].since if newest else None
        yield Finding(rule=Rule.SYNTHETIC, since=since, about="none was sent")
    for sounding in statements.SYNTHETIC.ask(connection, {"handed": now - HANDED_OVER}):
        asked = {channel: {"key": _key(sounding.id, channel)} for channel in synthetic.channels}
        lost = [
            each for each, key in asked.items() if connection.execute(statements.CARRIED, key).first() is None
        ]
        if lost:
            ids, about = (str(sounding.id),), ", ".join(lost)
            yield Finding(rule=Rule.SYNTHETIC, count=len(lost), ids=ids, since=sounding.since, about=about)


def _key(sounding: UUID, channel: str) -> str:
    return f"sounding:{sounding}:{channel}:{sounding}"


def _may_be_over(stored: str, now: datetime) -> bool:
    """Whether the schedule ends before it would ask again, at the widest; False where that cannot be read."""
    try:
        pattern = json.loads(stored)
        ends_on = date.fromisoformat(pattern["ends_on"])
        rhythm = pattern["recurrence"]
        days = _DAYS_BETWEEN.get(rhythm["frequency"]) or 7 * int(rhythm["interval_weeks"])
    except (ValueError, TypeError, LookupError, AttributeError):
        return False
    return ends_on <= now.date() + timedelta(days=days + _ELSEWHERE)
