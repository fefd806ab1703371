"""What a programme has agreed: whom we call for each tier, how long we wait, and the limits we keep.

The defaults are built on the UK and Victorian mental health triage scales and on Nock et al. 2021 (look at
answers every weekday, reach imminent risk within twelve hours at the very most). A programme may change
them; `problems` says what it may not change. A case keeps a copy of its policy from the moment it opens.
"""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from notifications.escalations.coverage import Clock
from notifications.escalations.tiers import Tier
from server.core.errors import FieldProblem

_DAY = 24 * 60
_MONTH = 30 * _DAY
_MAX_RUNGS = 12
_IMMINENT_RISK_MINUTES = 12 * 60


class RungTarget(StrEnum):
    """Who is called. The people are looked up at the moment of the call, never stored in a policy."""

    CASE_MANAGER = "case_manager"
    BACKUP = "backup"
    SUPERVISOR = "supervisor"
    ALL_SUPERVISORS = "all_supervisors"
    EMERGENCY_CONTACT = "emergency_contact"
    ON_CALL_PRIMARY = "on_call_primary"
    ON_CALL_BACKUP = "on_call_backup"


_NEVER_EMPTY = frozenset({RungTarget.ALL_SUPERVISORS, RungTarget.EMERGENCY_CONTACT})
ON_CALL = frozenset({RungTarget.ON_CALL_PRIMARY, RungTarget.ON_CALL_BACKUP})
"""Whoever the calendar of the client's team names at the moment of the call."""

_SUPERVISORS = frozenset({RungTarget.SUPERVISOR, RungTarget.ALL_SUPERVISORS})


class Rung(Struct, frozen=True, forbid_unknown_fields=True):
    """One step of the ladder: everybody on it is called at once, then we wait before the next call.

    Outside the programme's hours of duty `after_hours` is called instead; where it names nobody, the same people.
    """

    target: tuple[RungTarget, ...]
    wait_minutes: int
    after_hours: tuple[RungTarget, ...] = ()

    @property
    def routes(self) -> tuple[tuple[RungTarget, ...], ...]:
        """Whom it may call: by day, and after hours where that is somebody else."""
        return (self.target, self.after_hours) if self.after_hours else (self.target,)

    @property
    def calls_supervisor(self) -> bool:
        """True where a supervisor is called at whatever hour."""
        return all(_SUPERVISORS & {*route} for route in self.routes)


class TierPolicy(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The rules of one tier. Limits count from the opening, on `clock`; waits between calls are wall minutes.

    `close_minutes` after the client was reached, and as often again, owner and supervisors are reminded to
    close. `all_channels`: every channel of a person at once. `cosign`: closing takes two people, one a
    supervisor.
    """

    rungs: tuple[Rung, ...]
    acknowledge_minutes: int
    contact_minutes: int
    clock: Clock
    close_minutes: int = _DAY
    all_channels: bool = False
    cosign: bool = False

    @property
    def supervisor_rung(self) -> int:
        """Index of the first rung that calls a supervisor at whatever hour; the last rung when none does."""
        last = len(self.rungs) - 1
        return next((index for index, rung in enumerate(self.rungs) if rung.calls_supervisor), last)


class Policy(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A programme's rules for all four tiers."""

    emergency: TierPolicy
    urgent: TierPolicy
    same_day: TierPolicy
    routine: TierPolicy

    def of(self, tier: Tier) -> TierPolicy:
        """The rules of one tier."""
        return {
            Tier.EMERGENCY: self.emergency,
            Tier.URGENT: self.urgent,
            Tier.SAME_DAY: self.same_day,
            Tier.ROUTINE: self.routine,
        }[tier]


def _ladder(case_manager: int, backup: int, supervisor: int, everybody: int) -> tuple[Rung, ...]:
    """The usual ladder, given the wait in minutes after each rung."""
    return (
        Rung((RungTarget.CASE_MANAGER,), case_manager),
        Rung((RungTarget.BACKUP,), backup),
        Rung((RungTarget.SUPERVISOR,), supervisor),
        Rung((RungTarget.ALL_SUPERVISORS, RungTarget.EMERGENCY_CONTACT), everybody),
    )


DEFAULT_POLICY = Policy(
    emergency=TierPolicy(
        rungs=_ladder(3, 3, 3, 5),
        acknowledge_minutes=10,
        contact_minutes=60,
        clock=Clock.WALL,
        all_channels=True,
        cosign=True,
    ),
    urgent=TierPolicy(
        rungs=_ladder(10, 10, 5, 10),
        acknowledge_minutes=30,
        contact_minutes=120,
        clock=Clock.WALL,
        all_channels=True,
    ),
    same_day=TierPolicy(
        rungs=_ladder(60, 60, 60, 60), acknowledge_minutes=240, contact_minutes=480, clock=Clock.COVERAGE
    ),
    routine=TierPolicy(
        rungs=_ladder(240, 240, 480, _DAY),
        acknowledge_minutes=_DAY,
        contact_minutes=3 * _DAY,
        clock=Clock.COVERAGE_DAY,
    ),
)
"""The tiers as a new programme gets them: in each a second person is called well before the first limit."""


def problems(policy: Policy) -> list[FieldProblem]:
    """Everything that makes a policy unsafe or senseless, each with its path; empty when it can be used."""
    found: list[FieldProblem] = []
    for tier in Tier:
        found += [FieldProblem(f"{tier}.{path}", text) for path, text in _in_tier(policy.of(tier))]
    for tier in (Tier.EMERGENCY, Tier.URGENT):
        if policy.of(tier).clock is not Clock.WALL:
            found.append(
                FieldProblem(f"{tier}.clock", "must be the wall clock: this tier waits for no office hours")
            )
        if not policy.of(tier).all_channels:
            found.append(
                FieldProblem(f"{tier}.all_channels", "must be on: this tier uses every channel at once")
            )
    if not policy.emergency.cosign:
        found.append(FieldProblem("emergency.cosign", "must be on: the top tier closes with two people"))
    if policy.emergency.contact_minutes > _IMMINENT_RISK_MINUTES:
        found.append(
            FieldProblem("emergency.contact_minutes", "must be at most 720, twelve hours (Nock 2021)")
        )
    return found


def ends_at_contact(policy: Policy) -> list[str]:
    """The path of each last rung that is never empty only where the programme has an emergency contact."""
    found: list[str] = []
    for tier in Tier:
        rungs = policy.of(tier).rungs
        for name in ("target", "after_hours") if rungs else ():
            called: tuple[RungTarget, ...] = getattr(rungs[-1], name)
            if {*called} & _NEVER_EMPTY == {RungTarget.EMERGENCY_CONTACT}:
                found.append(f"{tier}.rungs.{len(rungs) - 1}.{name}")
    return found


def _in_tier(policy: TierPolicy) -> Iterator[tuple[str, str]]:
    yield from _on_rungs(policy.rungs)
    yield from _on_after_hours(policy)
    if not 1 <= policy.acknowledge_minutes <= _MONTH:
        yield "acknowledge_minutes", f"must be from 1 to {_MONTH}"
    if not policy.acknowledge_minutes <= policy.contact_minutes <= _MONTH:
        yield "contact_minutes", f"must be from acknowledge_minutes to {_MONTH}"
    if not 1 <= policy.close_minutes <= _MONTH:
        yield "close_minutes", f"must be from 1 to {_MONTH}"
    if len(policy.rungs) > 1 and policy.rungs[0].wait_minutes >= policy.acknowledge_minutes:
        yield (
            "rungs.0.wait_minutes",
            "must end before acknowledge_minutes, so that somebody else is called in time",
        )


def _on_rungs(rungs: tuple[Rung, ...]) -> Iterator[tuple[str, str]]:
    if not 1 <= len(rungs) <= _MAX_RUNGS:
        yield "rungs", f"must be from 1 to {_MAX_RUNGS}"
    for index, rung in enumerate(rungs):
        if not 1 <= rung.wait_minutes <= _DAY:
            yield f"rungs.{index}.wait_minutes", f"must be from 1 to {_DAY}"
        if not rung.target or len({*rung.target}) < len(rung.target):
            yield f"rungs.{index}.target", "must name somebody, and nobody twice"
    if rungs and not _NEVER_EMPTY & {*rungs[-1].target}:
        yield "rungs", "must end at a rung that is never empty: all_supervisors or emergency_contact"
    if not any(_SUPERVISORS & {*rung.target} for rung in rungs):
        yield "rungs", "must call a supervisor on one rung at least"


def _on_after_hours(policy: TierPolicy) -> Iterator[tuple[str, str]]:
    rungs = policy.rungs
    for index, rung in enumerate(rungs):
        path = f"rungs.{index}.after_hours"
        if len({*rung.after_hours}) < len(rung.after_hours):
            yield path, "must name nobody twice"
        if rung.after_hours and policy.clock is not Clock.WALL:
            yield path, "would never be called: this tier calls only while the team is on duty"
    if rungs and rungs[-1].after_hours and not _NEVER_EMPTY & {*rungs[-1].after_hours}:
        path = f"rungs.{len(rungs) - 1}.after_hours"
        yield path, "the last rung must never be empty: all_supervisors or emergency_contact"
    by_day = any(_SUPERVISORS & {*rung.target} for rung in rungs)
    if by_day and not any(rung.calls_supervisor for rung in rungs):
        yield "rungs", "must call a supervisor at whatever hour on one rung at least"
