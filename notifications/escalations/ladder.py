"""Insist until a human answers: whom a case calls next, and when. Only a person stops it.

            a                    c
 (none) ─────────► OPEN ───────────────► CLOSED      a a cause arrives: `open_case`; later causes: `join`
                   ▲  │ b                   ▲        b a person takes it and becomes the owner: `acknowledge`
                 d │  ▼                     │        c a person closes it (see closing.py): `close`
              ACKNOWLEDGED ─────────────────┘        d calling resumes: `lapse`, a raise in `join`,
                                                       `owner_gone`, the third silence in
                                                       `contact_recorded`, or an ending nobody reached
                                                       the client for in `await_cosign`

A case that is not closed always has a `next_call_at`; `due` says what falls due then. The calls themselves
are in climbing.py, the timings in policy.py. Who owns the case is in the row: these rules only say when.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from notifications.escalations.climbing import Window, at_any_hour, call_hours, repeats
from notifications.escalations.closing import ATTEMPTS_ON_SILENCE
from notifications.escalations.coverage import Clock
from notifications.escalations.policy import Policy, TierPolicy
from notifications.escalations.tiers import Tier

RESCUED_FOR = timedelta(minutes=5)
"""A case that cannot be worked on is tried again after so long; until then help was called for it (rescue.py)."""

Add = Callable[[Clock, datetime, timedelta], datetime]
"""A limit on a clock: `partial(coverage.limit, hours)`."""


class CaseState(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class Due(StrEnum):
    """What a tick has to do for a case."""

    NOTHING = "nothing"
    CALL = "call"
    LAPSE = "lapse"
    REMIND_TO_CLOSE = "remind_to_close"
    REMIND_TO_COSIGN = "remind_to_cosign"


class Standing(Struct, frozen=True, kw_only=True):
    """A case as the rules see it.

    `ladder` counts how often calling began, so (case, ladder, call number) names a call once for all.
    `contacted_at`: the client was reached since calling last began. Where `awaiting_cosign` turns false
    again, the closing that waited is withdrawn. `next_call_at` is None only when closed.
    """

    state: CaseState = CaseState.OPEN
    tier: Tier
    opened_at: datetime
    ladder: int = 1
    calls_made: int = 0
    next_call_at: datetime | None
    acknowledge_by: datetime
    contact_by: datetime
    contacted_at: datetime | None = None
    awaiting_cosign: bool = False


def open_case(policy: Policy, tier: Tier, now: datetime, add: Add, window: Window = at_any_hour) -> Standing:
    """a: a new case. The first call is due now, or when the window of a coverage tier opens."""
    rules = policy.of(tier)
    return Standing(
        tier=tier,
        opened_at=now,
        next_call_at=call_hours(rules, window)(now)[0],
        acknowledge_by=add(rules.clock, now, timedelta(minutes=rules.acknowledge_minutes)),
        contact_by=add(rules.clock, now, timedelta(minutes=rules.contact_minutes)),
    )


def join(
    standing: Standing,
    policy: Policy,
    tier: Tier,
    now: datetime,
    add: Add,
    window: Window = at_any_hour,
    *,
    by_owner: bool = False,
) -> Standing:
    """A later cause joins the open case; `tier` is the cause's. The case's own tier is never lowered.

    A more urgent cause starts the ladder again at rung 0, or at the first rung with a supervisor where the owner
    asks for more help (`by_owner`): they need no call. Limits that still run are never moved back. An equal or
    lower cause changes nothing while somebody is on the way. Once the client was reached it is news: an
    emergency or urgent cause starts the ladder again, a lesser one brings the reminder to close forward to its
    own first limit.
    """
    settled = standing.contacted_at is not None or standing.awaiting_cosign
    if not tier.outranks(standing.tier) and not settled:
        return standing
    if not tier.outranks(standing.tier) and tier not in (Tier.EMERGENCY, Tier.URGENT):
        new = open_case(policy, tier, now, add)
        return replace(standing, next_call_at=_earlier(standing.next_call_at, new.acknowledge_by))
    higher = tier if tier.outranks(standing.tier) else standing.tier
    new = open_case(policy, higher, now, add, window)
    if not settled:
        new = replace(new, contact_by=min(new.contact_by, standing.contact_by))
    if standing.state is CaseState.OPEN:
        new = replace(new, acknowledge_by=min(new.acknowledge_by, standing.acknowledge_by))
    passed = policy.of(higher).supervisor_rung if by_owner else 0
    return replace(new, opened_at=standing.opened_at, ladder=standing.ladder + 1, calls_made=passed)


def acknowledge(standing: Standing, policy: TierPolicy, now: datetime, add: Add) -> Standing:
    """b: a person owns the case, and has until `contact_by` to reach the client; calling waits that long.

    Who takes an old case still gets as long as the tier's first limit. A closing that waits for its second
    signature is withdrawn: this person goes on. A case that is owned already stays as it is.
    """
    if standing.state is not CaseState.OPEN:
        return standing
    grace = add(policy.clock, now, timedelta(minutes=policy.acknowledge_minutes))
    by = max(standing.contact_by, grace)
    taken = replace(standing, state=CaseState.ACKNOWLEDGED, contact_by=by, next_call_at=by)
    return replace(taken, awaiting_cosign=False)


def lapse(standing: Standing, policy: TierPolicy) -> Standing:
    """d: no contact by `contact_by`. Calling resumes, due since then, at the first rung with a supervisor."""
    return _resume(standing, policy.supervisor_rung, standing.next_call_at)


def owner_gone(standing: Standing, now: datetime) -> Standing:
    """d: the owner left, or gave the case back. Calling starts again at rung 0, now."""
    return _resume(standing, 0, now)


def undelivered(standing: Standing, policy: TierPolicy, number: int, now: datetime) -> Standing:
    """Nobody on the latest call has a working channel: the next rung is due now. The last keeps its wait."""
    latest = standing.state is CaseState.OPEN and number == standing.calls_made - 1
    if not latest or standing.calls_made >= len(policy.rungs):
        return standing
    return replace(standing, next_call_at=_earlier(standing.next_call_at, now))


def contact_recorded(
    standing: Standing, policy: TierPolicy, now: datetime, *, reached: bool, attempts: int
) -> Standing:
    """Somebody tried to reach the client. `attempts`: tries without an answer since one was answered.

    Reached: whoever reached the client owns the case, and the reminder to close is due in `close_minutes`.
    Not reached: nothing changes; but each third time on silence supervisors are called at once, and until
    one answers, to decide on a welfare check. A case whose calls already include supervisors calls its next
    rung now.
    """
    if reached:
        close_at = now + timedelta(minutes=policy.close_minutes)
        state = CaseState.ACKNOWLEDGED
        return replace(standing, state=state, contacted_at=now, next_call_at=close_at)
    if not attempts or attempts % ATTEMPTS_ON_SILENCE:
        return standing
    return _call_supervisors(standing, policy, now)


def contact_withdrawn(standing: Standing) -> Standing:
    """A contact that was logged by mistake: the client was not reached, and is due as before, or since then."""
    if (
        standing.contacted_at is None
        or standing.state is not CaseState.ACKNOWLEDGED
        or standing.awaiting_cosign
    ):
        return standing
    return replace(standing, contacted_at=None, next_call_at=standing.contact_by)


def await_cosign(standing: Standing, policy: TierPolicy, now: datetime) -> Standing:
    """Closed by one person, still open until a second co-signs.

    Where the client was reached, supervisors are reminded every `close_minutes`. Where nobody reached the
    client the calling goes on, supervisors first, until one answers: one hasty click silences nothing. One
    who refuses gives the case back: `owner_gone`.
    """
    if standing.contacted_at is None:
        return replace(_call_supervisors(standing, policy, now), awaiting_cosign=True)
    remind_at = now + timedelta(minutes=policy.close_minutes)
    return replace(standing, state=CaseState.ACKNOWLEDGED, awaiting_cosign=True, next_call_at=remind_at)


def close(standing: Standing) -> Standing:
    """c: closed, after closing.py found nothing in the way. The only state without a next call."""
    return replace(standing, state=CaseState.CLOSED, awaiting_cosign=False, next_call_at=None)


def due(standing: Standing, now: datetime) -> Due:
    """What a tick at `now` has to do. After a lapse the case is due for a call in the same tick."""
    if standing.next_call_at is None or standing.next_call_at > now:
        return Due.NOTHING
    if standing.state is CaseState.OPEN:
        return Due.CALL
    if standing.awaiting_cosign:
        return Due.REMIND_TO_COSIGN
    return Due.LAPSE if standing.contacted_at is None else Due.REMIND_TO_CLOSE


def reminded(standing: Standing, policy: TierPolicy, now: datetime) -> Standing:
    """Owner and supervisors were reminded; the next reminder keeps its beat and is after `now`."""
    if standing.next_call_at is None:
        return standing
    _, at = repeats(standing.next_call_at, timedelta(minutes=policy.close_minutes), now, at_any_hour)
    return replace(standing, next_call_at=at)


def waits_too_long(standing: Standing, policy: TierPolicy, now: datetime) -> bool:
    """The next call of an emergency or urgent case lies further ahead than these rules ever set it: no person and no
    rung asked for that. It was written while a clock was ahead, or it is damaged."""
    if standing.next_call_at is None or policy.clock is not Clock.WALL:
        return False
    return standing.next_call_at - now > _longest_wait(standing, policy)


def brought_back(standing: Standing, policy: TierPolicy, now: datetime) -> Standing:
    """Such a case calls now; one that somebody has waits as long as it would from now on. Limits come nearer too."""
    taken = standing.state is CaseState.ACKNOWLEDGED
    return replace(
        standing,
        next_call_at=now + _longest_wait(standing, policy) if taken else now,
        acknowledge_by=min(standing.acknowledge_by, now + timedelta(minutes=policy.acknowledge_minutes)),
        contact_by=min(standing.contact_by, now + timedelta(minutes=policy.contact_minutes)),
    )


def _longest_wait(standing: Standing, policy: TierPolicy) -> timedelta:
    if standing.state is CaseState.OPEN:
        return max(RESCUED_FOR, timedelta(minutes=max(rung.wait_minutes for rung in policy.rungs)))
    settled = standing.contacted_at is not None or standing.awaiting_cosign
    return timedelta(minutes=policy.close_minutes if settled else policy.contact_minutes)


def _call_supervisors(standing: Standing, policy: TierPolicy, now: datetime) -> Standing:
    """Calling goes on now at the first rung with a supervisor, or the next rung where it is past that."""
    climbed = standing.calls_made if standing.state is CaseState.OPEN else 0
    return _resume(standing, max(policy.supervisor_rung, climbed), now)


def _resume(standing: Standing, calls_made: int, at: datetime | None) -> Standing:
    return replace(
        standing,
        state=CaseState.OPEN,
        ladder=standing.ladder + 1,
        calls_made=calls_made,
        next_call_at=at,
        contacted_at=None,
        awaiting_cosign=False,
    )


def _earlier(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)
