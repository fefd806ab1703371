"""Health for machines: alive, ready to store, and whether any open case waits for a call that should have come.

`/health/escalations` reads only cases and their messages, in plain SQL, and knows nothing of the worker, so that it
also tells when the worker is wrong about itself.
"""

from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from litestar import Response, get
from litestar.datastructures import State
from sqlalchemy import bindparam, select, text

from checkins.jobs import set_aside
from server.core.db import Database, Tx
from server.core.tables import UTCDateTime
from server.worker_models import JobRun

LATE = timedelta(seconds=60)
"""An open case this long past its next call is a fault of ours, not a slow tick."""

FRESH = timedelta(seconds=60)
"""A job that has not finished for this long counts as stopped."""

UNHEARD = timedelta(minutes=2)
"""After this long without a single call that a provider took, nobody is being reached."""

JOBS = ("open_due", "remind_due", "close_missed", "climb_due", "send_due", "housekeeping")
FRESH_FOR = {"housekeeping": timedelta(minutes=10)}

_LATE_CASES = text(
    "select count(*) from cases where state <> 'closed' and (next_call_at is null or next_call_at < :late)"
).bindparams(bindparam("late", type_=UTCDateTime()))

# A call's number begins with its ladder: `call_code` in notifications/escalations/calls.py.
_UNHEARD_CASES = text(
    """
    select count(*) from cases where state = 'open' and client_id is not null and exists (
        select 1 from messages where case_id = cases.id and created_at < :since
        and call_number / 1000000 = cases.ladder and coalesce(outcome, '') <> 'withdrawn'
    ) and not exists (
        select 1 from messages where case_id = cases.id and state = 'sent'
        and call_number / 1000000 = cases.ladder
    )
    """
).bindparams(bindparam("since", type_=UTCDateTime()))


_ITS_FILE = text("select file from pragma_database_list where name = 'main'")

ROOM = 1 << 20
"""So many bytes have to fit beside the embedded database, or its disk counts as full."""

# A sort of a megabyte that is given too little memory: PostgreSQL writes what it sorts.
_NEEDS_ROOM = text(
    "select count(*) from"
    " (select 1 from generate_series(1000, 1, -1) n order by (n || repeat('x', 1000)) collate \"C\") sorted"
)


def late_cases(tx: Tx) -> int:
    """How many open cases are past their next call by more than a minute, or have none."""
    return int(tx.session.execute(_LATE_CASES, {"late": tx.now - LATE}).scalar_one())


def unheard_cases(tx: Tx) -> int:
    """How many open cases are being called for, for over two minutes, with no call that any provider took."""
    return int(tx.session.execute(_UNHEARD_CASES, {"since": tx.now - UNHEARD}).scalar_one())


def stopped_jobs(tx: Tx) -> list[str]:
    """The worker's jobs that no node has finished lately."""
    finished: dict[str, datetime] = {row.job: row.finished_at for row in tx.session.scalars(select(JobRun))}
    return [job for job in JOBS if job not in finished or finished[job] < tx.now - FRESH_FOR.get(job, FRESH)]


def takes_writes(tx: Tx) -> None:
    """Raises the database's error, or the disk's, where nothing more can be stored."""
    # A row that is there is written as it stands: a full or read-only disk shows by now, or at the commit.
    tx.session.execute(text("update job_runs set failures = failures where job = 'send_due'"))
    # That row may fit into a page, or a piece of the log, that is there already, when nothing else does. So a megabyte
    # is written to the data's own disk as well, and leaves nothing behind.
    if tx.sqlite:
        file: str = tx.session.execute(_ITS_FILE).scalar_one()
        with TemporaryFile(dir=Path(file).parent) as room:
            room.write(bytes(ROOM))
            room.flush()
    else:
        tx.session.execute(text("set local work_mem = '64kB'"))
        tx.session.execute(_NEEDS_ROOM)


def _looked(tx: Tx) -> tuple[list[str], dict[str, int]]:
    takes_writes(tx)
    return stopped_jobs(tx), set_aside(tx)


def _answer(status: int, body: dict[str, Any]) -> Response[dict[str, Any]]:
    return Response(body, status_code=status, headers={"Cache-Control": "no-store"})


@get("/health/live", opt={"action": None}, include_in_schema=False)
async def live() -> Response[dict[str, Any]]:
    """The process answers."""
    return _answer(200, {"status": "live"})


@get("/health/ready", opt={"action": None}, include_in_schema=False)
async def ready(state: State) -> Response[dict[str, Any]]:
    """The database takes writes, every job has finished lately, and no row is set aside as unworkable."""
    db: Database = state.db
    try:
        stopped, aside = await db.write(_looked)
    except Exception as error:  # any failure at all means not ready; the class says which
        return _answer(503, {"status": "not ready", "database": type(error).__name__})
    good = not stopped and not aside
    body = {"status": "ready" if good else "not ready", "stopped_jobs": stopped, "set_aside": aside}
    return _answer(200 if good else 503, body)


@get("/health/escalations", opt={"action": None}, include_in_schema=False)
async def escalations(state: State) -> Response[dict[str, Any]]:
    """503 while any open case is more than a minute past its next call, or is called for and nobody is reached."""
    db: Database = state.db
    try:
        late, unheard = await db.read(lambda tx: (late_cases(tx), unheard_cases(tx)))
    except Exception as error:  # not knowing is as bad as being late
        return _answer(503, {"status": "unknown", "database": type(error).__name__})
    status = "late" if late else "nobody is reached" if unheard else "on time"
    body = {"status": status, "late_cases": late, "unheard_cases": unheard}
    return _answer(503 if late or unheard else 200, body)


routes = [live, ready, escalations]
