"""The figures as a table, each with its aim and whether it was reached."""

import os
import platform
from pathlib import Path
from statistics import median

from bench import load
from bench.answers import CONNECTIONS, ECHO, RAW, SERVICE, Figures
from bench.desk import Looks
from bench.openings import Openings
from bench.phone import Starts
from bench.pushes import Delay
from bench.ticks import CASES, DUE, Cost


def machine() -> str:
    """One line about where the figures were made."""
    names = [
        line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")
    ]
    memory = [int(line.split()[1]) // 1024 // 1024 for line in _lines("/proc/meminfo") if "MemTotal" in line]
    parts = [
        f"{os.cpu_count()} x {names[0] if names else platform.machine()}",
        f"{memory[0]} GB" if memory else "",
        f"{platform.system()} {platform.release()}",
        f"Python {platform.python_version()}",
        f"load from {load.generator()}",
        f"load average before {os.getloadavg()[0]:.1f}",
    ]
    return ", ".join(filter(None, parts))


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def line(what: str, value: str, aim: str = "", reached: bool | None = None) -> str:
    """One line of the report."""
    mark = "" if reached is None else ("reached" if reached else "MISSED")
    return f"  {what:<46}{value:>26}   {aim:<16}{mark}".rstrip()


def answered(figures: Figures) -> list[str]:
    """Part 1 and part 4."""
    lines: list[str] = []
    for connections in CONNECTIONS:
        for who in (SERVICE, RAW, ECHO):
            run = figures.typical(who, connections)
            spent = figures.processor[who, connections]
            value = f"{run.rate:,.0f}/s  p50 {run.p50:.1f}  p99 {run.p99:.1f} ms  cpu {spent:.2f} ms"
            lines.append(f"  {f'answers, {connections} at once, {who}':<36}{value:>50}")
    busiest = max(CONNECTIONS)
    p99 = figures.typical(SERVICE, busiest).p99
    for connections in CONNECTIONS:
        ratio = figures.ratio(connections)
        aim = (">= 0.6", ratio >= 0.6) if connections == busiest else ("", None)
        lines.append(line(f"of the raw driver's rate, {connections} at once", f"{ratio:.2f}", *aim))
    lines.append(line(f"p99, {busiest} at once", f"{p99:.1f} ms", "< 50 ms", p99 < 50))
    size, memory = figures.bytes_per_answer, figures.megabytes
    lines.append(line("disk for each answer", f"{size:,.0f} bytes", "< 2,048", size < 2048))
    lines.append(line("memory of all processes", f"{memory:.0f} MB", "< 300 MB", memory < 300))
    return lines


def opened(openings: Openings) -> list[str]:
    """Part 2."""
    job = openings.job
    growth = job.most - job.early
    value = f"{openings.rate:,.0f}/s, floor {openings.floor_rate:,.0f}/s"
    return [
        line(f"openings, {job.count:,} due schedules", value),
        line("of the bare SQL's rate", f"{openings.ratio:.2f}", ">= 0.5", openings.ratio >= 0.5),
        line("memory beyond the first 10,000", f"{growth:.1f} of {job.most:.0f} MB", "< 20 MB", growth < 20),
    ]


def called(delay: Delay) -> list[str]:
    """Part 3."""
    value = f"p50 {delay.p50:.0f}  p99 {delay.p99:.0f} ms"
    return [
        line(
            f"answer received to push handed over, {delay.calls} calls", value, "p99 < 1 s", delay.p99 < 1000
        ),
        line("  while answers came in at", f"{delay.rate:.0f}/s, at most {delay.late:.0f} ms late"),
    ]


def vanished(held: int, rounds: int, at_once: int) -> list[str]:
    """Part 5."""
    what = f"in a transaction after {rounds} x {at_once} vanished"
    return [line(what, str(held), "0", held == 0)]


def started(starts: Starts, slower: int) -> list[str]:
    """The phone."""
    rested, at_once = (
        f"{median(times):.0f} ms ({min(times):.0f} to {max(times):.0f})"
        for times in (starts.rested, starts.at_once)
    )
    return [
        line(
            f"cold start to the plan, {len(starts.rested)} starts, processor {slower} x slower",
            rested,
            "< 300 ms",
            starts.typical < 300,
        ),
        line("  while the browser itself starts", at_once),
        line("layout shift", f"{starts.shift:.3f}", "< 0.01", starts.shift < 0.01),
    ]


def looked(pages: dict[str, Looks], cases: int, clients: int) -> list[str]:
    """The console."""
    lines: list[str] = []
    for name, looks in pages.items():
        p99 = looks.share(0.99)
        value = f"p50 {looks.share(0.5):.0f}  p99 {p99:.0f} ms"
        lines.append(line(f"{name}, {cases} open cases, {clients:,} clients", value, "p99 < 50 ms", p99 < 50))
    return lines


def ticked(costs: dict[int, Cost]) -> list[str]:
    """Ticks: the most schedules next to the fewest."""
    few, many = min(costs), max(costs)
    sizes = " | ".join(f"{size:,}" for size in costs)
    due = {name: f"{CASES} cases" if name == "climb_due" else f"{DUE} check-ins" for name in costs[few].busy}
    lines = [
        f"  milliseconds of a tick while this many schedules wait: {sizes}",
        *(_tick(f"{name}, nothing due", [c.idle[name] for c in costs.values()]) for name in costs[few].idle),
        *(_tick(f"{name}, {due[name]} due", [c.busy[name] for c in costs.values()]) for name in due),
    ]
    growth = costs[many].megabytes - costs[few].megabytes
    value = " | ".join(f"{cost.megabytes:.0f}" for cost in costs.values())
    lines.append(line("megabytes of the worker", value, "< 20 MB more", growth < 20))
    return lines


def _tick(what: str, spent: list[float]) -> str:
    # Twice as long and a few milliseconds more is a deeper index and a busy machine; ten times the rows is not.
    return line(what, " | ".join(f"{each:.1f}" for each in spent), "constant", spent[-1] < 2 * spent[0] + 3)
