"""Check-ins opened a second, by the worker's own job in a process of its own, next to the bare SQL of the same.

The floor has every value worked out beforehand, and in each transaction only executes: the updates of 500
check-ins, the insert of the 500 that follow, the insert of the 500 messages to the clients' phones.

    python -m bench.openings   runs the job until nothing is due and prints what it came to as JSON
"""

import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec
from sqlalchemy import func, select

from bench import floor_sql
from bench.home import Home
from bench.stock import Stock
from checkins.models import Occurrence, OccurrenceState
from notifications.delivery.models import Message
from server import configured
from server.core.db import Tx
from server.core.settings import load
from server.worker import Jobs

SCHEDULES_EACH = 10


class Opened(msgspec.Struct):
    """How many check-ins were opened in how many seconds, and the most memory held early on and in all (MB)."""

    count: int
    seconds: float
    early: float
    most: float


@dataclass
class Openings:
    """The job and its floor."""

    job: Opened
    floor_rate: float

    @property
    def rate(self) -> float:
        """Check-ins a second."""
        return self.job.count / self.job.seconds

    @property
    def ratio(self) -> float:
        """How much of the floor's rate the job reaches."""
        return self.rate / self.floor_rate


def measure(home: Home, stock: Stock, count: int) -> Openings:
    """The floor comes first, so that the job faces the larger tables; each has check-ins of its own."""
    due = stock.due(stock.clients(count // SCHEDULES_EACH, schedules=SCHEDULES_EACH, phones=True))
    floor_rate = count / floor_sql.open_all(home, due)
    stock.due(stock.clients(count // SCHEDULES_EACH, schedules=SCHEDULES_EACH, phones=True))
    before = home.db.read_now(_rows)
    command = [sys.executable, "-W", "ignore", "-m", "bench.openings"]
    out = subprocess.run(command, env=home.whole_environment(), capture_output=True, check=False)
    if out.returncode:
        raise RuntimeError(out.stderr.decode()[-3000:])
    job = msgspec.json.decode(out.stdout, type=Opened)
    rows = [after - earlier for after, earlier in zip(home.db.read_now(_rows), before, strict=True)]
    if job.count != count or rows != [count, count, count]:
        raise RuntimeError(f"{job.count} of {count} opened; {rows} rows opened, to come and messages")
    return Openings(job, floor_rate)


def _rows(tx: Tx) -> tuple[int, int, int]:
    opened = select(func.count()).where(Occurrence.state == OccurrenceState.OPEN)
    every = select(func.count()).select_from(Occurrence)
    messages = select(func.count()).select_from(Message)
    one, two, three = (int(tx.session.execute(query).scalar_one()) for query in (opened, every, messages))
    return one, two, three


def main() -> None:
    """The job as the worker runs it, turn after turn."""
    database = configured.open_database(load())
    jobs = Jobs(database, {})
    configured.settle_memory()
    began = time.perf_counter()
    count = jobs.run("open_due")
    early = _most_memory()
    while done := jobs.run("open_due"):
        count += done
    took = time.perf_counter() - began
    sys.stdout.buffer.write(msgspec.json.encode(Opened(count, took, early, _most_memory())))
    jobs.close()
    database.close()


def _most_memory() -> float:
    """The most megabytes this process ever held; what its parent held does not count, as it would in getrusage."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


if __name__ == "__main__":
    main()
