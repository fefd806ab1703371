"""What can break, as SQL that breaks it, and what only looks so. What begins with a colon is an instant."""
# ruff: noqa: S608  the pieces are written here

from server.watch.findings import Rule

NONE_WAITS = "delete from occurrences where state = 'scheduled'"
DATED = """ '{{"recurrence": {{"frequency": "{0}", "times": ["10:00"]}}, "ends_on": "{1}"}}' """

GIVEN_UP = [
    "update messages set state = 'dead', priority = 0, created_at = :lease where case_id is not null",
    "update messages set channel = 'email' where case_id is null",
    "update messages set outcome = 'misconfigured' where case_id is not null",
]

BROKEN: dict[str, tuple[set[Rule], list[str]]] = {
    "an open case without a next call": (
        {Rule.CASES_UNCALLED},
        ["update cases set next_call_at = null"],
    ),
    "a case that nobody called on": ({Rule.CASES_LATE}, ["update cases set next_call_at = :ago"]),
    "a case whose next call a clock that was ahead put off": (
        {Rule.CASES_PUT_OFF},
        ["update cases set next_call_at = :hour"],
    ),
    "the same, and its rules are damaged": (
        {Rule.CASES_PUT_OFF},
        ["update cases set next_call_at = :hour", """update cases set policy = '{"urgent": 7}'"""],
    ),
    "a provider that refuses us while another channel works": (
        {Rule.CHANNEL_STUCK},
        [*GIVEN_UP, "update attempts set code = 'account_refused'"],
    ),
    "a call that no provider takes": (
        {Rule.CASES_UNHEARD, Rule.CHANNEL_STUCK},
        [
            "update cases set opened_at = :ago",
            "update messages set state = 'queued', created_at = :ago, send_after = :soon where case_id is not null",
        ],
    ),
    "a call that died for everybody": (
        {Rule.CASES_UNHEARD},
        [
            "update cases set opened_at = :ago",
            "update messages set state = 'dead', created_at = :now where case_id is not null",
        ],
    ),
    "a flag whose case was never raised": ({Rule.FLAGS_LOST}, ["delete from case_causes"]),
    "a check-in nobody opened": (
        {Rule.NOT_ASKED},
        ["update occurrences set due_at = :ago where state = 'scheduled'"],
    ),
    "a check-in nobody closed": (
        {Rule.NOT_CLOSED, Rule.NOTHING_NEXT},
        ["update occurrences set state = 'open', closes_at = :ago where state = 'scheduled'"],
    ),
    "a reminder nobody sent": (
        {Rule.NOT_REMINDED, Rule.NOTHING_NEXT},
        ["update occurrences set state = 'open', remind_at = :ago where state = 'scheduled'"],
    ),
    "a schedule that asks no more": ({Rule.NOTHING_NEXT}, [NONE_WAITS]),
    "a pause nobody ended": (
        {Rule.STILL_PAUSED},
        [
            NONE_WAITS,
            "update schedules set state = 'paused', paused_until = :ago",
        ],
    ),
    "a schedule that was taken away and asks on": (
        {Rule.ASKS_WHILE_RESTING},
        ["update schedules set state = 'ended'"],
    ),
    "an urgent message nobody takes up": (
        {Rule.MESSAGES_LATE},
        ["update messages set state = 'queued', send_after = :lease where case_id is not null"],
    ),
    "an everyday message nobody takes up": (
        {Rule.MESSAGES_LATE},
        ["update messages set state = 'queued', send_after = :ago where case_id is null"],
    ),
    "a lease nobody took over": (
        {Rule.LEASES_LAPSED},
        ["update messages set state = 'leased', send_after = :lease where case_id is null"],
    ),
    "an audit row nobody sealed": (
        {Rule.UNSEALED},
        ["insert into audit (at, actor_kind, what) values (:ago, 'service', 'x')"],
    ),
    "a job that stopped": (
        {Rule.JOBS},
        ["update job_runs set finished_at = :lease where job = 'climb_due'"],
    ),
    "housekeeping that stopped": (
        {Rule.JOBS},
        ["update job_runs set finished_at = :ago where job = 'housekeeping'"],
    ),
    "a job that never ran": ({Rule.JOBS}, ["delete from job_runs where job = 'send_due'"]),
    "a worker whose clock is ahead": (
        {Rule.CLOCK},
        ["update job_runs set finished_at = :soon where job = 'send_due'"],
    ),
}
HOLDS: dict[str, list[str]] = {
    "nothing is broken": [],
    "the last rung waits its time": ["update cases set next_call_at = :soon"],
    "one browser's subscription cannot be read, nobody else's was tried": [
        *GIVEN_UP,
        "update attempts set code = 'unreadable_subscription'",
    ],
    "housekeeping takes its time": [
        "update job_runs set finished_at = :lease where job = 'housekeeping'",
    ],
    "an everyday message waits its turn": [
        "update messages set state = 'queued', send_after = :lease where case_id is null",
    ],
    "a notice waits for the morning": [
        "update messages set state = 'queued', created_at = :ago, send_after = :soon where case_id is null",
    ],
    "one phone is in trouble, and others are reached": [
        "update messages set state = 'queued', priority = 0, created_at = :ago where case_id is null",
        "update messages set send_after = :soon where case_id is null",
    ],
    "the last day is over": [
        NONE_WAITS,
        f"update schedules set pattern = {DATED.format('daily', '2026-01-12')}",
    ],
    "the last day is tomorrow": [
        NONE_WAITS,
        f"update schedules set pattern = {DATED.format('daily', '2026-01-14')}",
    ],
    "the last day comes before the next month": [
        NONE_WAITS,
        f"update schedules set pattern = {DATED.format('monthly', '2026-02-09')}",
    ],
    "the client is discharged, and rests without an end": [
        NONE_WAITS,
        "update schedules set state = 'paused', paused_until = null",
    ],
}
