"""What the ladder's tests share: a Monday morning, an office in Chicago, and who holds which rung."""

from datetime import UTC, datetime, time, timedelta
from functools import partial

from hypothesis import settings

from notifications.escalations import coverage
from notifications.escalations.hours import CoverageHours, Span
from notifications.escalations.policy import DEFAULT_POLICY

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # a Monday, nine in the morning in Chicago
EMERGENCY = DEFAULT_POLICY.emergency
HOLDERS = {0: ("mara",), 1: ("ben",), 2: ("sol",), 3: ("sol", "sam", "desk")}
_DUTY = (Span(time(9), time(17)),)
OFFICE = CoverageHours(
    zone="America/Chicago", monday=_DUTY, tuesday=_DUTY, wednesday=_DUTY, thursday=_DUTY, friday=_DUTY
)
add = partial(coverage.limit, OFFICE)
office_window = partial(coverage.call_window, OFFICE)
PROPERTY = settings(max_examples=150, deadline=None)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
