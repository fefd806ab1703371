"""What a programme has agreed on, read from its settings. A setting that cannot be used never stops a call.

Where a section is missing, broken or unsafe, the default stands in for it and the fault is logged.
"""

import logging
from collections.abc import Callable
from datetime import time
from functools import partial
from typing import TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from notifications.escalations import coverage, hours, policy
from notifications.escalations.climbing import Window
from notifications.escalations.hours import CoverageHours, Span
from notifications.escalations.ladder import Add
from notifications.escalations.policy import DEFAULT_POLICY, Policy
from notifications.escalations.tiers import Tier, most_urgent
from server.core.db import Tx
from server.core.errors import FieldProblem
from server.people import programmes
from server.people.programmes import ProgrammeFacts

T = TypeVar("T")

log = logging.getLogger("handrail.escalations")

_DUTY = (Span(time(9), time(17)),)


class HelpButton(Struct, frozen=True, forbid_unknown_fields=True):
    """How urgent the client's "I need someone" is."""

    tier: Tier = Tier.URGENT


class Agreed(Struct, frozen=True):
    """A programme's policy and hours, in the form the rules take them."""

    policy: Policy
    hours: CoverageHours
    help_tier: Tier

    @property
    def add(self) -> Add:
        """A limit on a clock, in this programme's hours."""
        return partial(coverage.limit, self.hours)

    @property
    def window(self) -> Window:
        """When calls of a coverage tier may go out."""
        return partial(coverage.call_window, self.hours)


def office_hours(zone: str) -> CoverageHours:
    """The hours of a programme that has entered none: weekdays from nine to five in its zone."""
    return CoverageHours(
        zone=zone, monday=_DUTY, tuesday=_DUTY, wednesday=_DUTY, thursday=_DUTY, friday=_DUTY
    )


_known: dict[UUID, tuple[ProgrammeFacts, Agreed]] = {}
"""What was read from each programme's settings, for as long as those are the programme's settings."""


def agreed_by(tx: Tx, programme_id: UUID) -> Agreed:
    """What the programme has agreed on, as of now.

    The help button is urgent: help numbers stand beside it, and it must stay easy to press. A programme may
    make it an emergency, never less than urgent.
    """
    programme = facts_of(tx, programme_id)
    known = _known.get(programme_id)
    if known is not None and known[0] is programme:
        return known[1]
    agreed = _read(programme)
    _known[programme_id] = (programme, agreed)
    return agreed


def _read(programme: ProgrammeFacts) -> Agreed:
    office = office_hours(programme.zone)
    button = _usable(programme, "help", HelpButton(), lambda _: [])
    return Agreed(
        policy=_usable(programme, "escalation", DEFAULT_POLICY, policy.problems),
        hours=_usable(programme, "coverage", office, hours.problems),
        help_tier=most_urgent((Tier.URGENT, button.tier)) or Tier.URGENT,
    )


def facts_of(tx: Tx, programme_id: UUID) -> ProgrammeFacts:
    """The programme's facts, without another look where the request has read them already."""
    known: ProgrammeFacts | None = tx.seen.get("programme")
    return known if known is not None and known.id == programme_id else programmes.facts(tx, programme_id)


def _usable(
    programme: ProgrammeFacts, name: str, default: T, problems: Callable[[T], list[FieldProblem]]
) -> T:
    try:
        found = programmes.section(programme, name, default)
    except msgspec.MsgspecError:
        log.error("programme %s: the settings section %s cannot be read", programme.id, name)
        return default
    if wrong := problems(found):
        log.error("programme %s: the settings section %s is unsafe: %s", programme.id, name, wrong[0].path)
        return default
    return found
