"""The auditor's questions to the database, in plain SQL that both databases understand.

Each goes through an index and stops at a limit, however much is stored; a test asks both databases for their plans.
Conditions of partial indexes are written as the index has them, or SQLite would not use it. Each gives `id` and
`since`. Each is asked for in the order of its index: PostgreSQL might read a table from its beginning for the first
few rows it takes for frequent, and years of history come first there.
"""
# ruff: noqa: S608  every piece of these statements is written here; values are bound

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, TextualSelect, bindparam, text

from server.core.tables import Id, UTCDateTime
from server.watch.findings import MOST, Rule

LIMIT = f" limit {MOST + 1}"
_INSTANTS = ("now", "late", "everyday", "lapsed", "since", "unsealed", "handed")
_IDS = ("flags_from", "newer_than", "after")
_NAMED = re.compile(r"(?<!:):(\w+)")


class Question(Struct, frozen=True):
    """A statement as it is written, and with the types of its parameters and of `id` and `since`."""

    sql: str
    statement: TextualSelect

    def ask(self, connection: Connection, values: Mapping[str, object]) -> list[Any]:
        """The rows found. Of the values those are taken that the statement names."""
        return list(
            connection.execute(self.statement, {name: values[name] for name in _NAMED.findall(self.sql)})
        )


def question(sql: str) -> Question:
    """A question from its SQL."""
    named = set(_NAMED.findall(sql))
    instants = [bindparam(name, type_=UTCDateTime()) for name in _INSTANTS if name in named]
    ids = [bindparam(name, type_=Id()) for name in _IDS if name in named]
    given = {"id": Id(), "since": UTCDateTime(), "next_call_at": UTCDateTime()}
    statement = text(sql).bindparams(*instants, *ids).columns(**given)
    return Question(sql, statement)


_CALLED = "messages.case_id = cases.id and messages.call_number / 1000000 = cases.ladder"

SINGLE: tuple[tuple[Rule, Question], ...] = (
    (
        Rule.CASES_UNCALLED,
        question(
            "select id, opened_at as since from cases where state <> 'closed' and next_call_at is null"
            " order by next_call_at" + LIMIT
        ),
    ),
    (
        Rule.CASES_LATE,
        question(
            "select id, next_call_at as since from cases where state <> 'closed' and next_call_at < :late"
            " order by next_call_at" + LIMIT
        ),
    ),
    (
        # Calls go out at any hour in these tiers. Called with nothing under way or taken, or not taken for too long.
        Rule.CASES_UNHEARD,
        question(
            "select id, opened_at as since from cases where state <> 'closed' and next_call_at > :now"
            " and state = 'open' and tier in ('emergency', 'urgent') and opened_at < :late"
            " and client_id is not null"  # a drill says for itself that it was not heard
            f" and not exists (select 1 from messages where {_CALLED} and state = 'sent')"
            f" and (exists (select 1 from messages where {_CALLED} and created_at < :late"
            " and coalesce(outcome, '') <> 'withdrawn')"
            f" or (calls_made > 0 and not exists (select 1 from messages where {_CALLED}"
            " and state in ('queued', 'leased')))) order by next_call_at" + LIMIT
        ),
    ),
    (
        Rule.FLAGS_LOST,
        question(
            "select flags.id, flags.raised_at as since from flags join answers on answers.id = flags.answer_id"
            " where flags.id > :flags_from and not exists (select 1 from case_causes"
            " where kind = 'flagged_answer' and source_id = answers.occurrence_id) order by flags.id" + LIMIT
        ),
    ),
    (
        Rule.FLAGS_LOST,
        question(
            "select id, received_at as since from answers where id > :flags_from and tier is not null"
            " and not exists (select 1 from flags where flags.answer_id = answers.id)"
            " and not exists (select 1 from case_causes"
            " where kind = 'flagged_answer' and source_id = answers.occurrence_id) order by id" + LIMIT
        ),
    ),
    (
        Rule.NOT_ASKED,
        question(
            "select id, due_at as since from occurrences where state = 'scheduled' and due_at < :late"
            " order by due_at" + LIMIT
        ),
    ),
    (
        Rule.NOT_CLOSED,
        question(
            "select id, closes_at as since from occurrences where state = 'open' and closes_at < :late"
            " order by closes_at" + LIMIT
        ),
    ),
    (
        Rule.NOT_REMINDED,
        question(
            "select id, remind_at as since from occurrences where state = 'open' and remind_at is not null"
            " and remind_at < :late order by remind_at" + LIMIT
        ),
    ),
    (
        Rule.STILL_PAUSED,
        question(
            "select id, paused_until as since from schedules where state = 'paused' and paused_until < :late"
            " order by paused_until" + LIMIT
        ),
    ),
)
"""Questions that need no more than instants; each row found breaks the rule."""

_OWED = "state in ('queued', 'leased') and channel = :channel"

CHANNELS = text(
    "with recursive found(channel) as ("
    "select min(channel) from messages where state in ('queued', 'leased') union all"
    " select (select min(channel) from messages where state in ('queued', 'leased')"
    " and messages.channel > found.channel) from found where found.channel is not null)"
    " select channel from found where channel is not null"
)
"""The channels that anything is owed on, one step in the index for each: no list of names to forget one in."""

PER_CHANNEL: tuple[tuple[Rule, Question], ...] = (
    (
        Rule.MESSAGES_LATE,
        question(
            f"select id, send_after as since from messages where {_OWED} and state = 'queued'"
            " and priority in (0, 1) and send_after < :late order by send_after" + LIMIT
        ),
    ),
    (
        Rule.MESSAGES_LATE,
        question(
            f"select id, send_after as since from messages where {_OWED} and state = 'queued'"
            " and priority in (2, 3) and send_after < :everyday order by send_after" + LIMIT
        ),
    ),
    (
        Rule.LEASES_LAPSED,
        question(
            f"select id, send_after as since from messages where {_OWED} and state = 'leased'"
            " and priority in (0, 1, 2, 3) and send_after < :lapsed order by send_after" + LIMIT
        ),
    ),
)
"""The same for each channel. While a message is leased, `send_after` is when its lease ends."""

STUCK = question(
    f"select id, created_at as since from messages where {_OWED} and priority in (0, 1)"
    " and created_at < :late order by created_at" + LIMIT
)
"""Urgent messages of one channel that have been owed for too long, however often they were tried."""

REFUSED = question(
    "select id, created_at as since, channel from messages where id > :newer_than and state = 'dead'"
    " and outcome = 'misconfigured' and priority in (0, 1) and created_at < :late"
    " and not exists (select 1 from attempts where attempts.message_id = messages.id and attempts.code in"
    " ('unreadable_subscription', 'service_not_listed', 'no_such_channel', 'no_sink')) order by id" + LIMIT
)
"""Urgent messages that were given up lately because their provider refused us, not for one person's address."""

PUT_OFF = question(
    "select id, opened_at as since, next_call_at, tier, cast(policy as text) as policy from cases"
    " where state <> 'closed' and next_call_at > :now and state = 'open' and tier in ('emergency', 'urgent')"
    " order by next_call_at desc" + LIMIT
)
"""Urgent cases that are being called for, the one that waits longest first, each with the rules it carries."""

LEFT = text(
    "select 1 from messages where id > :newer_than and channel = :channel and state = 'sent' order by id limit 1"
).bindparams(bindparam("newer_than", type_=Id()))
"""Whether anything newer left over the channel: then it is one address that is in trouble, not the channel."""

_ENDS = {
    "postgresql": "pattern ->> 'ends_on'",
    # A pattern that cannot be read must not stop everybody else's from being looked at.
    "sqlite": "case when json_valid(pattern) then pattern ->> 'ends_on' end",
}
_SLICE = "from (select id, state, pattern from schedules where id > :after order by id limit :slice) part"
_WAITS = "exists (select 1 from occurrences where schedule_id = part.id and occurrences.state = 'scheduled')"


def nothing_next(dialect: str) -> Question:
    """Active schedules of one slice without a check-in that waits, save those whose last day has passed."""
    return question(
        f"select id, null as since, cast(pattern as text) as pattern {_SLICE} where state = 'active'"
        f" and coalesce({_ENDS[dialect]}, '9999') >= :today and not {_WAITS} order by id limit 1000"
    )


ASKS_WHILE_RESTING = question(
    f"select id, null as since {_SLICE} where state <> 'active' and {_WAITS} order by id" + LIMIT
)
NEXT_SLICE = question(
    "select id, null as since from schedules where id > :after order by id limit 1 offset :others"
)

JOBS = text("select job as id, finished_at as since from job_runs limit 100").columns(since=UTCDateTime())
UNSEALED = question(
    "select null as id, at as since from (select at from audit where number >"
    " coalesce((select last_row from audit_seals order by number desc limit 1), 0)"
    " order by number limit 1) oldest where at < :unsealed"
)

SYNTHETIC = question(
    "select id, started_at as since from soundings where started_at <= :handed order by started_at desc limit 1"
)
"""The newest synthetic case that has had its time by then."""

CARRIED = text("select 1 from messages where dedupe_key = :key and state = 'sent'")
"""Whether its message left over one channel; the key is the outbox's: obligation, channel, address."""
