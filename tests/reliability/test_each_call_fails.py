"""Whichever call to the database fails in a job, the next tick heals it: the state is that of a run without an error.

Each situation is gone through once without a fault, then once for each call of its job: that call fails, the jobs run
again; for the job that sends, half a minute later as well (the lease of a message). Nothing may be lost or doubled.
"""

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count

import pytest

from server.core.db import Database
from server.worker import Jobs
from tests.clock import MovableClock
from tests.reliability.each_call import Calls, Rewound
from tests.reliability.riverside import BEATS, SINKS, Post, Riverside, run
from tests.reliability.situations import SITUATIONS
from tests.reliability.stored import Stored, alike, difference, ids, stored, trail_holds

EVERY = bool(os.environ.get("EVERY_CALL"))
"""Whether every single call has its turn, as in `make reliability`."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Each error is logged, and there are hundreds."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


class Tried:
    """One situation that is gone through again and again."""

    def __init__(self, job: str, here: Riverside, rewound: Rewound) -> None:
        self.job, self.rewound, self.posts = job, rewound, here.posts
        self.known = ids(rewound.again())
        self.gone = {name: set(post.gone) for name, post in here.posts.items()}

    def once(self, fail: int = 0, *, lost: bool = False) -> tuple[Calls, Stored, Counter[str]]:
        """The job with this call failing (0: none), then what comes by itself."""
        db = self.rewound.again()
        posts = {name: Post(post.name, set(self.gone[name])) for name, post in self.posts.items()}
        jobs = Jobs(db, posts, SINKS)
        try:
            with Calls(db, fail, lost=lost).watched() as calls:
                jobs.run(self.job)
                jobs.sender.drain()
            self._heal(jobs)
        finally:
            jobs.close()
        taken = Counter(alike(each, self.known) for post in posts.values() for each in post.taken.elements())
        return calls, stored(db, self.known), taken

    def _heal(self, jobs: Jobs) -> None:
        """The next tick. What the others then send is not the matter here, save for the job that sends."""
        if self.job == "housekeeping":
            jobs.run(self.job)
            assert jobs.db.read_now(trail_holds)
        if self.job == "send_due":
            run(jobs, (self.job,))
            self.rewound.forward(timedelta(seconds=31))
            run(jobs, (self.job,))
        else:
            for name in BEATS:
                jobs.run(name)


def first_wrong(tried: Tried, numbers: Callable[[int], bool]) -> tuple[int, str]:
    """How many calls were tried, and what was not healed ("" when all was): of those whose number is wanted."""
    _, wanted, sent = tried.once()
    failed = 0
    for lost in (False, True):
        for number in count(1) if lost else filter(numbers, count(1)):
            calls, found, taken = tried.once(number, lost=lost)
            if not calls.failed:
                break
            failed += 1
            what = f"{'the answer to COMMIT' if lost else 'call'} {number}"
            if wrong := difference(wanted, found):
                return failed, "\n".join([what, *wrong])
            if taken != sent:
                return failed, f"{what}: {taken - sent} sent besides, {sent - taken} not sent"
    return failed, ""


@pytest.mark.parametrize(("job", "situation"), SITUATIONS, ids=lambda each: getattr(each, "__name__", ""))
def test_the_next_tick_heals_whatever_call_failed(
    db: Database,
    database_address: str,
    clock: MovableClock,
    job: str,
    situation: Callable[[Riverside], None],
) -> None:
    """Each third call here, others on each database, and each COMMIT's answer; every call with EVERY_CALL=1."""
    here = Riverside(db, clock)
    situation(here)
    tried = Tried(job, here, Rewound(db, database_address, clock))
    at_rest = stored(tried.rewound.again(), tried.known)
    assert difference(at_rest, tried.once()[1]), "this situation gives its job nothing to do"
    failed, wrong = first_wrong(tried, lambda number: EVERY or number % 3 == int(db.sqlite))
    assert not wrong, wrong
    assert failed > 2
