"""What has to hold, in plain words, and what one look found that does not. Ids and counts only, never who or what."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum

from msgspec import Struct

MOST = 100
"""More rows than this are not counted: "more than 100" is enough to act on."""

SHOWN = 3
"""So many ids are named, to look at first."""


class Rule(StrEnum):
    """One thing that has to hold. Its word is also the heading of its section in docs/runbook.md."""

    DATABASE = "database_not_seen"
    WEB = "web_silent"
    CLOCK = "clocks_differ"
    JOBS = "jobs_stopped"
    CASES_UNCALLED = "cases_without_call"
    CASES_LATE = "cases_late"
    CASES_PUT_OFF = "cases_put_off"
    CASES_UNHEARD = "cases_unheard"
    FLAGS_LOST = "flags_without_case"
    NOT_ASKED = "checkins_not_asked"
    NOT_CLOSED = "checkins_not_closed"
    NOT_REMINDED = "reminders_late"
    STILL_PAUSED = "pauses_not_ended"
    NOTHING_NEXT = "schedules_without_next"
    ASKS_WHILE_RESTING = "schedules_ask_while_resting"
    MESSAGES_LATE = "messages_late"
    LEASES_LAPSED = "leases_lapsed"
    CHANNEL_STUCK = "channel_stuck"
    UNSEALED = "audit_not_sealed"
    SYNTHETIC = "synthetic_case_lost"


WORDS = {
    Rule.DATABASE: "the auditor cannot look into the database",
    Rule.WEB: "web nodes give no sign of life: no phone and no page reaches them",
    Rule.CLOCK: "the clocks of the database and of this machine, or of the worker, are over 5 seconds apart",
    Rule.JOBS: "jobs of the worker have not finished lately",
    Rule.CASES_UNCALLED: "open cases have no next call",
    Rule.CASES_LATE: "open cases are past their next call",
    Rule.CASES_PUT_OFF: "the next call of urgent cases lies further ahead than any wait of their ladder",
    Rule.CASES_UNHEARD: "open cases are being called for, and no call leaves",
    Rule.FLAGS_LOST: "answers raised a flag, and there is no case for it",
    Rule.NOT_ASKED: "check-ins are due and were not opened",
    Rule.NOT_CLOSED: "check-ins are past their window and were not closed",
    Rule.NOT_REMINDED: "reminders are due and did not go out",
    Rule.STILL_PAUSED: "pauses of schedules are over and were not ended",
    Rule.NOTHING_NEXT: "active schedules have no next check-in",
    Rule.ASKS_WHILE_RESTING: "schedules that rest or were taken away have a next check-in",
    Rule.MESSAGES_LATE: "messages are owed and nobody takes them up",
    Rule.LEASES_LAPSED: "messages are in the hands of a worker that is gone",
    Rule.CHANNEL_STUCK: "urgent messages are tried or given up, and nothing leaves over their channel",
    Rule.UNSEALED: "the audit trail is not being sealed",
    Rule.SYNTHETIC: "the synthetic case was not handed over on a channel within a minute, or none was sent",
}


class Finding(Struct, frozen=True, kw_only=True):
    """One rule that does not hold: how many rows (at most `MOST` + 1), a few ids, since when where a row tells.

    `about` names jobs, channels or the class of an error.
    """

    rule: Rule
    count: int = 1
    ids: tuple[str, ...] = ()
    since: datetime | None = None
    about: str = ""

    @property
    def number(self) -> str:
        """The count in words."""
        return f"more than {MOST}" if self.count > MOST else str(self.count)


def in_one_line(finding: Finding) -> str:
    """The finding for a log, a terminal or the dead-man address: rule, count, since when, ids."""
    parts = [f"{finding.rule}: {finding.number}"]
    if finding.since is not None:
        parts.append(f"since {instant(finding.since)}")
    if finding.about:
        parts.append(f"({finding.about})")
    if finding.ids:
        parts.append(f"ids {' '.join(finding.ids)}")
    return " ".join(parts)


def merged(findings: Sequence[Finding]) -> list[Finding]:
    """One finding for each rule, in the order of the rules: counts added up, the earliest instant kept."""
    found: dict[Rule, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.rule, []).append(finding)
    return [_joined(rule, found[rule]) for rule in Rule if rule in found]


def _joined(rule: Rule, same: list[Finding]) -> Finding:
    instants = [one.since for one in same if one.since is not None]
    return Finding(
        rule=rule,
        count=min(sum(one.count for one in same), MOST + 1),
        ids=tuple(each for one in same for each in one.ids)[:SHOWN],
        since=min(instants, default=None),
        about=", ".join(dict.fromkeys(one.about for one in same if one.about)),
    )


def instant(at: datetime) -> str:
    """An instant for people who are woken: to the second, in UTC, and it says so."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
