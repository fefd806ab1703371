"""Health for machines: alive, ready to store, and whether any open case waits past its next call.

`/health/escalations` reads only the case table, in plain SQL, and knows nothing of the worker, so that it also tells
when the worker is wrong about itself.
"""

from datetime import datetime, timedelta
from typing import Any

from litestar import Response, get
from litestar.datastructures import State
from sqlalchemy import bindparam, select, text

from server.core.db import Database, Tx
from server.core.tables import UTCDateTime
from server.worker_models import JobRun

LATE = timedelta(seconds=60)
"""An open case this long past its next call is a fault of ours, not a slow tick."""

FRESH = timedelta(seconds=60)
"""A job that has not finished for this long counts as stopped."""

JOBS = ("open_due", "remind_due", "close_missed", "climb_due", "send_due", "housekeeping")
FRESH_FOR = {"housekeeping": timedelta(minutes=10)}

_LATE_CASES = text(
    "select count(*) from cases where state <> 'closed' and (next_call_at is null or next_call_at < :late)"
).bindparams(bindparam("late", type_=UTCDateTime()))


def late_cases(tx: Tx) -> int:
    """How many open cases are past their next call by more than a minute, or have none."""
    return int(tx.session.execute(_LATE_CASES, {"late": tx.now - LATE}).scalar_one())


def stopped_jobs(tx: Tx) -> list[str]:
    """The worker's jobs that no node has finished lately."""
    finished: dict[str, datetime] = {row.job: row.finished_at for row in tx.session.scalars(select(JobRun))}
    return [job for job in JOBS if job not in finished or finished[job] < tx.now - FRESH_FOR.get(job, FRESH)]


def _writable(tx: Tx) -> list[str]:
    # Takes the writer's lock and rolls nothing in: a full or read-only disk shows at the commit.
    tx.session.execute(text("update job_runs set failures = failures where job = ''"))
    return stopped_jobs(tx)


def _answer(status: int, body: dict[str, Any]) -> Response[dict[str, Any]]:
    return Response(body, status_code=status, headers={"Cache-Control": "no-store"})


@get("/health/live", opt={"action": None}, include_in_schema=False)
async def live() -> Response[dict[str, Any]]:
    """The process answers."""
    return _answer(200, {"status": "live"})


@get("/health/ready", opt={"action": None}, include_in_schema=False)
async def ready(state: State) -> Response[dict[str, Any]]:
    """The database takes writes and every job of the worker has finished lately."""
    db: Database = state.db
    try:
        stopped = await db.write(_writable)
    except Exception as error:  # any failure at all means not ready; the class says which
        return _answer(503, {"status": "not ready", "database": type(error).__name__})
    status = 503 if stopped else 200
    return _answer(status, {"status": "not ready" if stopped else "ready", "stopped_jobs": stopped})


@get("/health/escalations", opt={"action": None}, include_in_schema=False)
async def escalations(state: State) -> Response[dict[str, Any]]:
    """503 while any open case is more than a minute past its next call."""
    db: Database = state.db
    try:
        late = await db.read(late_cases)
    except Exception as error:  # not knowing is as bad as being late
        return _answer(503, {"status": "unknown", "database": type(error).__name__})
    return _answer(503 if late else 200, {"status": "late" if late else "on time", "late_cases": late})


routes = [live, ready, escalations]
