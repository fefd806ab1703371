"""A short life of the town in every run of the tests; `make simulate` lives the long ones."""

import subprocess
import sys
from datetime import UTC, datetime
from random import Random

import pytest

from server.core.db import Database
from tests.clock import MovableClock
from tests.simulation.life import Life
from tests.simulation.town import settle


@pytest.mark.parametrize(("seed", "begin"), [(1, (2026, 3, 6)), (2, (2026, 10, 30))])
def test_some_days_in_the_town_break_no_law(
    db: Database, clock: MovableClock, seed: int, begin: tuple[int, int, int]
) -> None:
    """A seed that fails: python -m tests.simulation --seed N --begin 2026-03-06 --clients 12 --staff 8 --days 3.

    In March and in November the clocks change in the second night.
    """
    clock.set(datetime(*begin, 15, tzinfo=UTC))
    life = Life(db, clock, settle(db, Random(seed), clients=12, staff=8), seed)
    life.live(days=3)
    happened = ("answers", "statements failed", "hand-overs killed", "cases taken", "contacts", "closings")
    assert [what for what in happened if not life.did[what]] == []
    assert (life.did["answers"] > 20, life.checks > 100) == (True, True)


def test_a_town_that_ends_in_an_error_nobody_expected_says_how_to_run_it_again() -> None:
    given = "--seed 7 --clients 0 --staff 8 --days 1 --begin 2026-03-06 --stride 1 --database sqlite"
    command = [sys.executable, "-m", "tests.simulation", *given.split()]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 1
    assert f"run it again: python -m tests.simulation {given}\n" in ended.stderr
    assert "Traceback (most recent call last)" in ended.stderr
    assert "ZeroDivisionError" in ended.stderr, "nobody lives there"
