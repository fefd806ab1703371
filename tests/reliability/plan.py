"""Every fault by name: on which database, on what installation, and what is said of it besides the figures."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.reliability import clocks, disks, scenarios
from tests.reliability.clusters import Cluster, cluster, house
from tests.reliability.laws import Outcome
from tests.reliability.phones import Phones
from tests.reliability.scenarios import FROZEN_WEB, FROZEN_WORKER, Size, suffer
from tests.reliability.site import Site, site


@dataclass
class Told:
    """What one fault came to. `left_out`: why it could not be tried here; `how`: what was used."""

    outcome: Outcome | None = None
    left_out: str = ""
    how: str = ""


Fault = Callable[[Phones], None]
Try = Callable[[str, Size], Told]


@contextmanager
def at_home(kind: str, *, extra: Mapping[str, str] | None = None) -> Iterator[tuple[Site, Cluster | None]]:
    """An installation that runs: one web node on SQLite, two on PostgreSQL, two workers on both."""
    with ExitStack() as behind:
        folder = Path(behind.enter_context(tempfile.TemporaryDirectory(prefix="handrail-rel-")))
        server = behind.enter_context(cluster()) if kind == "postgresql" else None
        here = behind.enter_context(site(folder, server.address if server else "sqlite"))
        here.run(webs=1 if server is None else 2, workers=2, extra=extra)
        yield here, server


def simple(choose: Callable[[Site, Cluster | None], Fault], *, doubles: bool = True) -> Try:
    """A fault that needs nothing but a usual installation."""

    def go(kind: str, size: Size) -> Told:
        with at_home(kind) as (here, server):
            return Told(suffer(here, choose(here, server), size, doubles=doubles))

    return go


def failover(_: str, size: Size) -> Told:
    """Two clusters; commits wait until the standby has applied them; the address names both."""
    with ExitStack() as behind:
        folder = Path(behind.enter_context(tempfile.TemporaryDirectory(prefix="handrail-rel-")))
        primary = behind.enter_context(cluster())
        standing_by = behind.enter_context(house())
        standing_by.chmod(0o755)
        standby = primary.standby(standing_by / "two")
        behind.callback(standby.close)
        address = scenarios.several_hosts(primary, standby)
        here = behind.enter_context(site(folder, address))
        here.run(webs=2, workers=2)
        outcome = suffer(here, scenarios.fail_over(primary, standby), size)
        return Told(outcome, how="synchronous_commit = remote_apply; the address names both hosts")


def full_disk(kind: str, size: Size) -> Told:
    """The database lies on a disk of its own that is filled."""
    with ExitStack() as behind:
        folder = Path(behind.enter_context(tempfile.TemporaryDirectory(prefix="handrail-rel-")))
        folder.chmod(0o755)
        small = folder / "disk"
        mount: disks.Disk | None = behind.enter_context(disks.mounted(small, 64 if kind == "sqlite" else 400))
        if mount is None and kind == "postgresql":
            return Told(
                left_out="nothing can be mounted here, and PostgreSQL needs a disk of its own for this"
            )
        server = behind.enter_context(cluster(small)) if kind == "postgresql" else None
        data = small if server is None else folder / "data"
        data.mkdir(exist_ok=True)
        here = behind.enter_context(site(data, server.address if server else "sqlite"))
        here.run(webs=1 if server is None else 2, workers=2)
        disk = mount or disks.Limited(lambda: [n.process.pid for n in (*here.webs, *here.workers)])
        if server is not None:
            behind.enter_context(scenarios.kept_up(server))
        outcome = suffer(here, scenarios.full(disk, here, server), size)
        return Told(outcome, how=disk.how)


def clock_steps(kind: str, size: Size) -> Told:
    """The wall clock of every node goes an hour forward and the same hour back; PostgreSQL's own stays."""
    with ExitStack() as behind:
        folder = Path(behind.enter_context(tempfile.TemporaryDirectory(prefix="handrail-clock-")))
        clock = clocks.stepped_clock(folder)
        if clock is None:
            return Told(left_out="neither libfaketime nor a C compiler is here")
        here, _ = behind.enter_context(at_home(kind, extra=clock.environment))
        here.home.fcm.any_clock = True
        how = f"{clock.how}; the push stand-in is told to take sign-ins of any clock, as Google does not"
        return Told(suffer(here, scenarios.step(clock, here), size), how=how)


BOTH, SERVER = ("sqlite", "postgresql"), ("postgresql",)
FAULTS: dict[str, tuple[str, tuple[str, ...], Try]] = {
    "web-killed": (
        "SIGKILL of each web node",
        BOTH,
        simple(lambda here, _: scenarios.one_after_the_other(here.webs), doubles=False),
    ),
    "web-frozen": (
        f"SIGSTOP of a web node for {FROZEN_WEB:.0f} s",
        BOTH,
        simple(lambda here, _: scenarios.freeze(here.webs[0], FROZEN_WEB)),
    ),
    "workers-killed": (
        "SIGKILL of both workers at once",
        BOTH,
        simple(lambda here, _: scenarios.kill(here.workers)),
    ),
    "worker-frozen": (
        f"SIGSTOP of one of two workers for {FROZEN_WORKER:.0f} s",
        BOTH,
        simple(lambda here, _: scenarios.freeze(here.workers[0], FROZEN_WORKER)),
    ),
    "database-restarted": (
        "PostgreSQL stopped and started",
        SERVER,
        simple(lambda _, server: scenarios.restart(given(server), "fast")),
    ),
    "database-crashed": (
        "PostgreSQL killed and started",
        SERVER,
        simple(lambda _, server: scenarios.restart(given(server), "crash")),
    ),
    "failover": ("the primary is gone, the standby is promoted", SERVER, failover),
    "disk-full": ("no byte fits on the database's disk", BOTH, full_disk),
    "clock-steps": ("wall clock an hour forward, then back", BOTH, clock_steps),
}
"""Name, what happens, where it can happen, and how it is tried."""


def given(server: Cluster | None) -> Cluster:
    """The cluster of an installation on PostgreSQL."""
    assert server is not None
    return server
