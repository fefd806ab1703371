"""What one tick of each job costs while 10,000, 100,000 and 1,000,000 schedules wait: nothing due, then a fixed number.

python -m bench.ticks   measures once in this process, as the worker would, and prints JSON
"""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import select, update

from bench import multitude
from bench.home import Home
from bench.stock import Stock
from checkins import planning
from checkins.models import Occurrence
from notifications.delivery import outbox
from notifications.delivery.messages import Kind
from notifications.delivery.models import IS_OWED, Message, MessageState
from notifications.delivery.retry import Priority
from notifications.escalations.cases import raise_case
from notifications.escalations.models import Case, CauseKind
from notifications.escalations.rows import IS_OPEN
from notifications.escalations.tiers import Tier
from server import configured
from server.core.db import Tx
from server.core.settings import load
from server.people import access
from server.worker import Jobs

SIZES = (10_000, 100_000, 1_000_000)
DUE, CASES = 100, 20
_TIMES, _AT_REST = 7, 15


class Cost(msgspec.Struct):
    """Milliseconds of a tick by job, with nothing due and with `DUE` rows (`CASES` cases); megabytes of the process."""

    idle: dict[str, float]
    busy: dict[str, float]
    megabytes: float


def measure(home: Home, stock: Stock, sizes: tuple[int, ...]) -> dict[int, Cost]:
    """The same installation grows from size to size; each is measured by a process of its own."""
    clients = stock.clients(CASES, phones=True)
    stock.due(clients)
    home.db.write_now(lambda tx: _begin(tx, [each.id for each in clients]))
    found: dict[int, Cost] = {}
    for size in sizes:
        multitude.grow(home, size)
        command = [sys.executable, "-W", "ignore", "-m", "bench.ticks"]
        out = subprocess.run(command, env=home.whole_environment(), capture_output=True, check=False)
        if out.returncode:
            raise RuntimeError(out.stderr.decode()[-3000:])
        found[size] = msgspec.json.decode(out.stdout, type=Cost)
    return found


def _begin(tx: Tx, clients: list[UUID]) -> None:
    """A case each, and a message to a client, to be copied; nothing of it all is due today."""
    for client_id in clients:
        client = access.known_client(tx, client_id)
        raise_case(tx, client, kind=CauseKind.RAISED_BY_STAFF, tier=Tier.URGENT, source_id=uuid4(), note=None)
    outbox.tell(
        tx,
        outbox.to_client(tx, access.known_client(tx, clients[0])),
        Kind.PLAN_UPDATED,
        dedupe="bench",
        priority=Priority.NORMAL,
    )
    tx.session.flush()
    tx.connection.execute(update(Occurrence).values(due_at=tx.now + timedelta(hours=20)))
    tx.connection.execute(update(Case).values(next_call_at=tx.now + timedelta(hours=20)))
    _nothing_owed(tx)


def _nothing_owed(tx: Tx) -> None:
    sent = update(Message).where(IS_OWED).values(state=MessageState.SENT, sent_at=tx.now, device_id=None)
    tx.connection.execute(sent)


def main() -> None:
    """Tick, with nothing due and with something."""
    database = configured.open_database(load())
    jobs = Jobs(database, {})
    configured.settle_memory()
    database.write_now(_nothing_owed)
    idle = {name: _ticks(jobs, name, _AT_REST, lambda: None) for name in jobs.every}
    busy = {
        name: _ticks(jobs, name, _TIMES, lambda work=work: database.write_now(work))
        for name, work in _DUE.items()
    }
    sys.stdout.buffer.write(msgspec.json.encode(Cost(idle, busy, _resident())))
    jobs.close()
    database.close()


def _ticks(jobs: Jobs, name: str, times: int, before: Callable[[], object]) -> float:
    """The quickest of some ticks in milliseconds: whatever else the machine does makes them longer, never shorter."""
    spent: list[float] = []
    for _ in range(times):
        before()
        began = time.perf_counter()
        jobs.every[name][1]()
        spent.append(1000 * (time.perf_counter() - began))
        jobs.sender.drain()
    return min(spent)


def _some(where: Any) -> Any:
    return select(Occurrence.id).where(where).order_by(Occurrence.id).limit(DUE)


def _due_now(tx: Tx) -> None:
    row = update(Occurrence).where(Occurrence.id.in_(_some(planning.IS_SCHEDULED)))
    tx.connection.execute(row.values(due_at=tx.now, closes_at=tx.now + timedelta(hours=2)))


def _remind_now(tx: Tx) -> None:
    tx.connection.execute(
        update(Occurrence).where(Occurrence.id.in_(_some(planning.IS_OPEN))).values(remind_at=tx.now)
    )


def _close_now(tx: Tx) -> None:
    tx.connection.execute(
        update(Occurrence).where(Occurrence.id.in_(_some(planning.IS_OPEN))).values(closes_at=tx.now)
    )


def _call_now(tx: Tx) -> None:
    _nothing_owed(tx)
    tx.connection.execute(update(Case).where(IS_OPEN).values(next_call_at=tx.now))


_DUE: dict[str, Callable[[Tx], None]] = {
    "open_due": _due_now,
    "remind_due": _remind_now,
    "close_missed": _close_now,
    "climb_due": _call_now,
}
"""What makes rows due for each job, in this order: what was opened is reminded of, then closed."""


def _resident() -> float:
    """Megabytes this process holds now (0 where unknown)."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


if __name__ == "__main__":
    main()
