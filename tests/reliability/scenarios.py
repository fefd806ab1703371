"""One fault each, under load, on a running installation: what is done to it, and until when it lasts."""

import json
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tests.processes import wait_for
from tests.reliability.clocks import SteppedClock
from tests.reliability.clusters import Cluster
from tests.reliability.disks import Disk
from tests.reliability.laws import Fault, Outcome, look
from tests.reliability.phones import Phones
from tests.reliability.site import STARTS, Node, Site

FROZEN_WEB, FROZEN_WORKER = 8.0, 35.0
"""Seconds: longer than a phone waits for an answer, and longer than the lease of a message."""


class Size:
    """How many clients are in need during one fault, and how many answer calmly."""

    def __init__(self, risky: int = 900, plain: int = 450) -> None:
        self.risky, self.plain = risky, plain


def suffer(site: Site, fault: Callable[[Phones], None], size: Size, *, doubles: bool = True) -> Outcome:
    """Ordinary life, the fault, ordinary life again; then everything is looked at."""
    phones = Phones(site).prepare(size.risky, size.plain).start()
    wait_for("ordinary life", lambda: len(phones.acked()) > 20)
    began_at = time.monotonic()
    fault(phones)
    over_at = time.monotonic()
    wait_for("an answer after the fault", lambda: phones.answered_since(over_at) or phones.through(), STARTS)
    before = len(phones.acked())
    wait_for("ordinary life again", lambda: len(phones.acked()) > before + 40 or phones.through(), STARTS)
    phones.stop()
    lost = ""
    try:
        wait_for("all to be called for and well", lambda: called_for(site, phones) and site.well(), STARTS)
    except AssertionError as late:
        lost = str(late)
    outcome = look(site, phones, Fault(began_at, over_at, doubles))
    outcome.broken += [*([lost] if lost else []), *site.broken]
    outcome.logged = [*site.notes, *logged(site)]
    return outcome


def logged(site: Site) -> list[str]:
    """What the nodes logged as errors, most frequent first, without ids."""
    words: Counter[str] = Counter()
    for line in site.home.logs().decode(errors="replace").splitlines():
        with suppress(ValueError):
            row = json.loads(line)
            if row.get("level") in ("error", "critical"):
                words[re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "…", str(row.get("event")))] += 1
    return [f"logged {number} x: {event[:110]}" for event, number in words.most_common(6)]


def called_for(site: Site, phones: Phones) -> bool:
    """Whether there are as many cases with a call as clients in need; which is whose, the laws look at."""
    calls = {each.message["data"].get("case_id") for each in list(site.home.fcm.deliveries)}
    return len(calls - {None}) >= len(phones.acked(risk=True))


def kill(nodes: list[Node]) -> Callable[[Phones], None]:
    """SIGKILL, until each was started again."""

    def fault(_: Phones) -> None:
        before = [node.starts for node in nodes]
        for node in nodes:
            node.signal(signal.SIGKILL)
        wait_for("the supervisor", lambda: all(n.starts > b for n, b in zip(nodes, before, strict=True)))

    return fault


def one_after_the_other(nodes: list[Node]) -> Callable[[Phones], None]:
    """SIGKILL of each web node, the next one when the last one answers again."""

    def fault(phones: Phones) -> None:
        for node in nodes:
            kill([node])(phones)
            wait_for("the node to answer again", node.alive, STARTS)

    return fault


def freeze(node: Node, seconds: float) -> Callable[[Phones], None]:
    """SIGSTOP for so long, then SIGCONT: the process knows nothing of it, and goes on where it was."""

    def fault(_: Phones) -> None:
        node.signal(signal.SIGSTOP)
        time.sleep(seconds)
        node.signal(signal.SIGCONT)

    return fault


def restart(cluster: Cluster, how: str) -> Callable[[Phones], None]:
    """PostgreSQL is stopped and started, or crashes and is started."""

    def fault(_: Phones) -> None:
        if how == "crash":
            cluster.crash()
        else:
            cluster.stop(how)
        cluster.start()

    return fault


def fail_over(primary: Cluster, standby: Cluster) -> Callable[[Phones], None]:
    """The primary is gone with its machine, and somebody (or something) promotes the standby."""

    def fault(_: Phones) -> None:
        primary.crash()
        standby.promote()

    return fault


def full(disk: Disk, site: Site, cluster: Cluster | None) -> Callable[[Phones], None]:
    """Nothing fits any more, until nothing was stored for three seconds; then there is room again."""

    def nothing_stored(phones: Phones) -> bool:
        last = phones.acked()[-1].acked_at or 0.0
        return time.monotonic() - last > 3

    def fault(phones: Phones) -> None:
        disk.fill()
        try:
            wait_for("the disk to be felt", lambda: nothing_stored(phones), 90)
            _look_at_health(site)
        finally:
            disk.make_room()
        if cluster is not None:
            wait_for("PostgreSQL to run", cluster.runs)

    return fault


def step(clock: SteppedClock, site: Site) -> Callable[[Phones], None]:
    """An hour forward, ordinary life, and the same hour back."""

    def fault(phones: Phones) -> None:
        for seconds in (3600, 0):
            clock.step(seconds)
            at, before = time.monotonic(), len(phones.acked())
            wait_for("life at another hour", lambda at=at, n=before: _lively(phones, at, n), STARTS)

    def _lively(phones: Phones, at: float, before: int) -> bool:
        return (phones.answered_since(at) and len(phones.acked()) > before + 60) or phones.through()

    return fault


def _look_at_health(site: Site) -> None:
    """A full disk is told of by every web node."""
    told = [web.status("/health/ready") for web in site.webs]
    site.notes.append(f"/health/ready said {', '.join(map(str, told))} meanwhile")
    site.broken += ["/health/ready said that all is well on a full disk"] if 200 in told else []


@contextmanager
def kept_up(cluster: Cluster) -> Iterator[None]:
    """PostgreSQL's own supervisor: starts it again whenever it ended by itself."""
    over = threading.Event()

    def keep_up() -> None:
        while not over.wait(0.5):
            if not cluster.runs():
                try:
                    cluster.start(seconds=10)
                except Exception:  # noqa: S112  no room yet: the next round tries again
                    continue

    thread = threading.Thread(target=keep_up, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def several_hosts(*clusters: Cluster) -> str:
    """The address of a database that may be at more than one place (docs/runbook.md)."""
    hosts = ",".join(f"127.0.0.1:{each.port}" for each in clusters)
    return f"postgresql://postgres@{hosts}/handrail?target_session_attrs=read-write"
