"""When operators are told by mail that something does not hold, and that it holds again. Pure: takes `now`.

Rule: a finding is told to each operator at the look that finds it, and again every half hour while it lasts: what may
be late has had its minute before it is one. That the database cannot be seen is told at the second look, a few seconds
later. Once it has held for a while again, whoever was told hears that too, and the matter is closed: should it begin
anew, it is told anew. While the database cannot be seen nobody knows how the rest stands, so the rest stays as it was.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from server.watch.findings import Rule

EVERY = timedelta(minutes=30)
"""An operator gets one mail about one matter in this time at the most."""


class Pace(Struct, frozen=True, kw_only=True):
    """How often is looked, how late anything may be, and what follows: at 15 s and 60 s all is told within 75 s."""

    interval: timedelta
    allowed: timedelta

    @property
    def held(self) -> timedelta:
        """What has held this long has recovered."""
        return 8 * self.interval

    @property
    def soon(self) -> timedelta:
        """When to look again after a look that failed."""
        return min(timedelta(seconds=5), self.interval)


class Matter(Struct, frozen=True, kw_only=True):
    """One rule that does not hold: since when, when it was last seen so, and who was told when."""

    since: datetime
    seen_at: datetime
    told: Mapping[str, datetime] = {}


Matters = Mapping[Rule, Matter]


def after_look(matters: Matters, broken: Collection[Rule], now: datetime) -> dict[Rule, Matter]:
    """The matters after a look that found these rules broken."""
    kept = {rule: _sane(matter, now) for rule, matter in matters.items()}
    for rule in broken:
        matter = kept.get(rule) or Matter(since=now, seen_at=now)
        kept[rule] = replace(matter, seen_at=now)
    if Rule.DATABASE in broken:
        return kept
    return {rule: matter for rule, matter in kept.items() if rule in broken or matter.told}


def to_tell(matters: Matters, operators: Collection[str], now: datetime) -> dict[str, list[Rule]]:
    """For each operator the matters to be told now; only those seen in the look at `now`."""
    due = [rule for rule, matter in matters.items() if matter.seen_at == now and _is_sure(rule, matter, now)]
    found = {
        operator: [rule for rule in due if _may_be_told(matters[rule].told.get(operator), now)]
        for operator in operators
    }
    return {operator: rules for operator, rules in found.items() if rules}


def recovered(matters: Matters, now: datetime, pace: Pace) -> dict[str, list[Rule]]:
    """For each operator who was told the matters that have held again for long enough."""
    seen = Rule.DATABASE not in matters or matters[Rule.DATABASE].seen_at != now
    found: dict[str, list[Rule]] = {}
    for rule, matter in matters.items():
        if seen and now - matter.seen_at >= pace.held:
            for operator in matter.told:
                found.setdefault(operator, []).append(rule)
    return found


def told(matters: Matters, operator: str, rules: Collection[Rule], now: datetime) -> dict[Rule, Matter]:
    """The matters after this operator was told of these."""
    return {
        rule: replace(matter, told={**matter.told, operator: now}) if rule in rules else matter
        for rule, matter in matters.items()
    }


def closed(matters: Matters, operator: str, rules: Collection[Rule]) -> dict[Rule, Matter]:
    """The matters after this operator heard that these have recovered; one that all have heard of is gone."""
    left = {
        rule: replace(matter, told={who: at for who, at in matter.told.items() if who != operator})
        if rule in rules
        else matter
        for rule, matter in matters.items()
    }
    return {rule: matter for rule, matter in left.items() if rule not in rules or matter.told}


def without_others(matters: Matters, operators: Collection[str]) -> dict[Rule, Matter]:
    """The matters without what was told to somebody who is no operator any more."""
    return {
        rule: replace(matter, told={who: at for who, at in matter.told.items() if who in operators})
        for rule, matter in matters.items()
    }


def _is_sure(rule: Rule, matter: Matter, now: datetime) -> bool:
    return rule is not Rule.DATABASE or now > matter.since


def _may_be_told(last: datetime | None, now: datetime) -> bool:
    return last is None or now - last >= EVERY


def _sane(matter: Matter, now: datetime) -> Matter:
    """The matter without instants to come: the clock was set back, and nobody shall wait for them."""
    return Matter(
        since=min(matter.since, now),
        seen_at=min(matter.seen_at, now),
        told={who: at for who, at in matter.told.items() if at <= now},
    )
