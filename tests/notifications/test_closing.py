"""Closing: a person, a disposition, a next contact; two people for the top tier."""

from datetime import date

import msgspec
import pytest

from notifications.escalations.closing import Closing, Disposition, may_close, may_cosign, needs_cosign
from notifications.escalations.policy import DEFAULT_POLICY
from server.people.terms import Role
from tests.notifications.office import EMERGENCY


def closing(disposition: Disposition, **changes: object) -> Closing:
    usual = Closing(
        disposition=disposition, role=Role.CASE_MANAGER, is_owner=True, reached=True, attempts=0, seen_by_another=True,
        clients_own=True, today=date(2026, 3, 2), next_contact_on=date(2026, 3, 4), reason="Heard it from Noor.",
    )  # fmt: skip
    return msgspec.structs.replace(usual, **changes)


@pytest.mark.parametrize("disposition", [d for d in Disposition if d is not Disposition.UNABLE_TO_REACH])
def test_a_complete_closing_is_accepted(disposition: Disposition) -> None:
    assert may_close(closing(disposition)) == []


@pytest.mark.parametrize(
    ("attempt", "path"),
    [
        (closing(Disposition.SAFE_WITH_PLAN, reached=False), "disposition"),
        (closing(Disposition.WRONG_TAP, reached=False), "disposition"),
        (closing(Disposition.WRONG_TAP, reason="  "), "reason"),
        (closing(Disposition.KNOWN_BASELINE, reason=None), "reason"),
        (closing(Disposition.FALSE_POSITIVE, reason="x" * 2001), "reason"),
        (closing(Disposition.EMERGENCY_SERVICES, next_contact_on=None), "next_contact_on"),
        (closing(Disposition.SAFE_WITH_PLAN, next_contact_on=date(2026, 3, 1)), "next_contact_on"),
        (closing(Disposition.SAFE_WITH_PLAN, next_contact_on=date(2062, 3, 1)), "next_contact_on"),
        (closing(Disposition.SAFE_WITH_PLAN, role=Role.ADMINISTRATOR), "disposition"),
        (closing(Disposition.UNABLE_TO_REACH, reached=False, attempts=3), "disposition"),
        (
            closing(Disposition.UNABLE_TO_REACH, reached=False, attempts=2, role=Role.SUPERVISOR),
            "disposition",
        ),
        (closing(Disposition.UNABLE_TO_REACH, reached=True, attempts=3, role=Role.SUPERVISOR), "disposition"),
    ],
)
def test_what_stands_in_the_way_of_closing_is_named(attempt: Closing, path: str) -> None:
    assert [problem.path for problem in may_close(attempt)] == [path]


def test_a_supervisor_may_give_up_reaching_after_three_attempts() -> None:
    given_up = closing(Disposition.UNABLE_TO_REACH, reached=False, attempts=3, role=Role.SUPERVISOR)
    assert may_close(given_up) == []


def test_the_top_tier_takes_two_people() -> None:
    by_owner = closing(Disposition.SAFE_WITH_PLAN)
    by_supervisor = closing(Disposition.SAFE_WITH_PLAN, role=Role.SUPERVISOR, is_owner=False)
    by_owning_supervisor = closing(Disposition.SAFE_WITH_PLAN, role=Role.SUPERVISOR)
    assert needs_cosign(EMERGENCY, by_owner)
    assert needs_cosign(EMERGENCY, by_owning_supervisor)
    assert not needs_cosign(EMERGENCY, by_supervisor)
    assert needs_cosign(EMERGENCY, msgspec.structs.replace(by_supervisor, seen_by_another=False))
    assert not needs_cosign(DEFAULT_POLICY.urgent, by_owner)
    assert may_cosign(Role.SUPERVISOR, is_owner=False, is_closer=False)
    assert not may_cosign(Role.SUPERVISOR, is_owner=True, is_closer=False)
    assert not may_cosign(Role.SUPERVISOR, is_owner=False, is_closer=True)
    assert not may_cosign(Role.CLINICIAN, is_owner=False, is_closer=False)


@pytest.mark.parametrize("disposition", [Disposition.FALSE_POSITIVE, Disposition.KNOWN_BASELINE])
def test_a_cry_for_help_is_not_nothing_on_one_persons_word(disposition: Disposition) -> None:
    alone = closing(disposition, reached=False)
    assert needs_cosign(DEFAULT_POLICY.urgent, alone)
    assert needs_cosign(DEFAULT_POLICY.routine, closing(disposition, reached=False, role=Role.CLINICIAN))
    assert not needs_cosign(DEFAULT_POLICY.urgent, closing(disposition))
    assert not needs_cosign(DEFAULT_POLICY.urgent, closing(disposition, reached=False, role=Role.SUPERVISOR))
    assert not needs_cosign(DEFAULT_POLICY.urgent, closing(disposition, reached=False, clients_own=False))
    assert not needs_cosign(DEFAULT_POLICY.urgent, closing(Disposition.EMERGENCY_SERVICES, reached=False))
