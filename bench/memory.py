"""What the processes hold and spend, and how large the data are."""

import os
from pathlib import Path

from sqlalchemy import text

from bench.home import Home
from server.core.db import Tx

_PROC = Path("/proc")


def resident(pid: int) -> float:
    """Megabytes of one process, counting pages shared with others in proportion (Pss; 0 where unknown)."""
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def family(pid: int) -> float:
    """Megabytes of a process and its children, their children included."""
    total = resident(pid)
    for path in (_PROC / str(pid) / "task").glob("*/children"):
        total += sum(family(int(child)) for child in path.read_text().split())
    return total


def service(home: Home) -> float:
    """Megabytes of all that runs for the service: web processes, worker, database; the stand-ins are not of it."""
    return sum(map(family, _own(home))) + family(home.postmaster or 0)


def spent(home: Home) -> float:
    """Seconds of processor time the web processes have used so far, their threads included; the database's not."""
    return sum(map(_spent, _own(home)))


def _own(home: Home) -> list[int]:
    return [process.pid for process in home.running[1:] if process.poll() is None]


def _spent(pid: int) -> float:
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def disk(home: Home) -> int:
    """Bytes of all tables with their indexes; what is free inside the file of SQLite does not count."""
    return home.db.read_now(_pages if home.embedded else _relations)


def _pages(tx: Tx) -> int:
    count, free, size = (
        int(tx.session.execute(text(f"PRAGMA {name}")).scalar_one())
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (count - free) * size


def _relations(tx: Tx) -> int:
    query = (
        "select sum(pg_total_relation_size(oid)) from pg_class"
        " where relkind = 'r' and relnamespace = 'public'::regnamespace"
    )
    return int(tx.session.execute(text(query)).scalar_one())
