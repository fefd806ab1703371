"""In which order a person's ways are used, and when the telephone rings."""

from datetime import UTC, datetime, time, timedelta

import pytest

from notifications.delivery.messages import Kind
from notifications.delivery.retry import Priority
from notifications.delivery.way_order import (
    CALLS_OF_A_LADDER,
    USUAL,
    Sort,
    StaffWishes,
    rings,
    send_at,
    whole,
)
from notifications.escalations.calls import call_code

NIGHT = datetime(2026, 1, 14, 5, 0, tzinfo=UTC)  # 23:00 in Chicago
MORNING = datetime(2026, 1, 14, 13, 0, tzinfo=UTC)  # 7:00
WISHES = StaffWishes(zone="America/Chicago", quiet_from=time(22), quiet_to=time(7))


def when(
    priority: Priority, kind: Kind = Kind.CASE_JOINED, call: int | None = None, **parts: float
) -> datetime:
    until = NIGHT + timedelta(**(parts or {"hours": 24}))
    return send_at(WISHES, kind, priority=priority, call_number=call, at=NIGHT, expires_at=until)


def test_emergency_rings_at_once_urgent_from_the_second_call_on() -> None:
    for ladder in (1, 2, 7):
        first, second = call_code(ladder, 0), call_code(ladder, 1)
        assert rings(Priority.EMERGENCY, first)
        assert not rings(Priority.URGENT, first)
        assert rings(Priority.URGENT, second)
    assert call_code(1, 0) == CALLS_OF_A_LADDER


def test_nothing_but_a_pressing_call_ever_rings() -> None:
    for priority in Priority:
        assert not rings(priority, None)
    assert not rings(Priority.NORMAL, call_code(1, 3))
    assert not rings(Priority.LOW, call_code(1, 3))


@pytest.mark.parametrize("priority", [Priority.EMERGENCY, Priority.URGENT])
def test_quiet_hours_never_hold_what_is_pressing(priority: Priority) -> None:
    assert when(priority) == NIGHT
    assert when(priority, Kind.CASE_CALL, call_code(1, 0)) == NIGHT


def test_quiet_hours_hold_the_rest_until_they_are_over() -> None:
    assert when(Priority.NORMAL) == MORNING
    assert when(Priority.LOW) == MORNING


def test_a_call_what_was_asked_for_and_what_would_come_too_late_is_not_held() -> None:
    assert when(Priority.NORMAL, Kind.CASE_CALL, call_code(1, 0)) == NIGHT
    assert when(Priority.NORMAL, Kind.NUMBER_CODE) == NIGHT
    assert when(Priority.NORMAL, Kind.TEST) == NIGHT
    assert when(Priority.NORMAL, hours=3) == NIGHT


def test_an_order_that_leaves_a_way_out_has_it_last() -> None:
    assert whole([Sort.SMS]) == (Sort.SMS, Sort.PUSH, Sort.EMAIL)
    assert whole([]) == USUAL
    assert whole([Sort.EMAIL, Sort.EMAIL]) == (Sort.EMAIL, Sort.PUSH, Sort.SMS)
