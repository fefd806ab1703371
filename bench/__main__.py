"""Measure Handrail on this machine: `python -m bench`, or `python -m bench --quick` for a first impression."""

import argparse
import sys
from collections.abc import Callable, Iterator

from bench import answers, desk, openings, phone, pushes, report, ticks, vanishing
from bench.home import KINDS, Home, opened
from bench.stock import Stock

PARTS = ("answers", "openings", "pushes", "vanishing", "phone", "desk", "ticks")


def main() -> int:
    """Run the chosen parts on the chosen databases; 1 when an aim was missed."""
    options = _options()
    print(f"Handrail on {report.machine()}", flush=True)
    missed = 0
    for kind in options.only or KINDS:
        print(f"\n{kind}", flush=True)
        for lines in _measured(kind, options.parts or PARTS, quick=options.quick):
            print("\n".join(lines), flush=True)
            missed += sum(text.endswith("MISSED") for text in lines)
    print(f"\n{'Every aim was reached.' if not missed else f'{missed} aims were missed.'}")
    return 1 if missed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few seconds for each part")
    parser.add_argument("--only", action="append", choices=KINDS, help="one kind of database")
    parser.add_argument("--parts", action="append", choices=PARTS, help="one part")
    return parser.parse_args()


def _measured(kind: str, parts: tuple[str, ...], *, quick: bool) -> Iterator[list[str]]:
    """Each part has an installation of its own, so that none finds what another left behind."""
    part: dict[str, Callable[[Home, Stock, bool], list[str]]] = {
        "answers": _answers,
        "openings": _openings,
        "pushes": _pushes,
        "vanishing": _vanishing,
        "phone": _phone,
        "desk": _desk,
        "ticks": _ticks,
    }
    for name in PARTS:
        # The phone does not know which database its service has.
        if name in parts and (name != "phone" or kind == "sqlite"):
            with opened(kind) as home:
                yield part[name](home, Stock(home.db), quick)


def _answers(home: Home, stock: Stock, quick: bool) -> list[str]:
    seconds, rounds = (3.0, 1) if quick else (10.0, 3)
    return report.answered(answers.measure(home, stock, seconds=seconds, rounds=rounds))


def _openings(home: Home, stock: Stock, quick: bool) -> list[str]:
    return report.opened(openings.measure(home, stock, 10_000 if quick else 100_000))


def _pushes(home: Home, stock: Stock, quick: bool) -> list[str]:
    return report.called(pushes.measure(home, stock, seconds=5 if quick else 20))


def _vanishing(home: Home, stock: Stock, quick: bool) -> list[str]:
    rounds = 5 if quick else 20
    held = vanishing.measure(home, stock, stock.clients(10), rounds=rounds)
    return report.vanished(held, rounds, vanishing.AT_ONCE)


def _phone(_home: Home, _stock: Stock, quick: bool) -> list[str]:
    return report.started(phone.measure(3 if quick else 9), phone.SLOWER)


def _desk(home: Home, stock: Stock, quick: bool) -> list[str]:
    return report.looked(desk.measure(home, stock, looks=50 if quick else 300), desk.CASES, desk.CLIENTS)


def _ticks(home: Home, stock: Stock, quick: bool) -> list[str]:
    return report.ticked(ticks.measure(home, stock, ticks.SIZES[:2] if quick else ticks.SIZES))


if __name__ == "__main__":
    sys.exit(main())
