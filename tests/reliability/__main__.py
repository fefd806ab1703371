"""`make reliability`: real processes, databases, disks and clocks fail under load, and the laws are looked at.

Ends with 1 when a law is broken. What cannot be tried on this machine is said, and is no success. Told to stop
(SIGINT, SIGTERM), it ends every process and cluster that it started.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator
from statistics import median

from bench.report import machine
from tests.reliability import many, outage
from tests.reliability.laws import Outcome
from tests.reliability.plan import BOTH, FAULTS, Told
from tests.reliability.scenarios import Size

OTHERS = {
    "outage": "the push service gone for 30 minutes (simulated time)",
    "outage-real": "the push service gone for as many minutes as --minutes says",
    "many": "as many cases at once as --cases says",
}


def main() -> int:
    """Try each fault; 1 when a law was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    parser.add_argument("--only", action="append", choices=(*FAULTS, *OTHERS), help="one fault")
    parser.add_argument("--database", action="append", choices=BOTH, help="one kind of database")
    parser.add_argument("--cases", type=int, default=10_000, help="how many cases at once")
    parser.add_argument("--minutes", type=float, default=30, help="how long the push service is really gone")
    wanted = parser.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    print(f"Handrail on {machine()}, {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}", flush=True)
    broken = left_out = 0
    for name, kind in _chosen(wanted.only or [*FAULTS, *OTHERS], wanted.database or list(BOTH)):
        what = FAULTS[name][0] if name in FAULTS else OTHERS[name]
        print(f"\n{name}, {kind}: {what} (load average {os.getloadavg()[0]:.1f})", flush=True)
        told, laws = _tried(name, kind, wanted)
        print("\n".join(told), flush=True)
        print("\n".join(f"  BROKEN: {law}" for law in laws[:10]) or "  every law holds", flush=True)
        broken += len(laws)
        left_out += any("LEFT OUT" in line for line in told)
    print(f"\n{broken} laws broken, {left_out} faults left out.")
    return 1 if broken else 0


def _stop(*_: object) -> None:
    """Out through every block that has something to end, as for SIGINT; a second signal does not cut that short."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(128 + signal.SIGTERM)


def _chosen(names: list[str], kinds: list[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        for kind in FAULTS[name][1] if name in FAULTS else BOTH:
            if kind in kinds:
                yield name, kind


def _tried(name: str, kind: str, wanted: argparse.Namespace) -> tuple[list[str], list[str]]:
    if name == "outage":
        return outage.told(kind)
    if name == "outage-real":
        return outage.really_told(kind, wanted.minutes)
    if name == "many":
        return many.told(kind, wanted.cases)
    told = FAULTS[name][2](kind, Size())
    return _lines(told), told.outcome.broken if told.outcome else []


def _lines(told: Told) -> list[str]:
    if told.outcome is None:
        return [f"  LEFT OUT: {told.left_out}"]
    return [*([f"  by {told.how}"] if told.how else []), *figures(told.outcome)]


def figures(found: Outcome) -> list[str]:
    """What one fault cost."""
    calls = found.first_calls or [0.0]
    return [
        f"  {found.requests:,} requests answered, {found.tries - found.requests:,} tries were in vain",
        f"  the fault lasted {found.lasted:.1f} s; the next answer came {found.again_after:.1f} s after it",
        f"  longest time in which no request was answered: {found.silence:.1f} s",
        f"  answer to first call: p50 {median(calls):.2f} s, longest {calls[-1]:.1f} s",
        f"  last first call {found.last_call:.1f} s after the fault began",
        f"  {found.calls:,} calls arrived, {found.twice} of them a second time under the same id",
        *(f"  {line}" for line in found.logged),
    ]


if __name__ == "__main__":
    sys.exit(main())
