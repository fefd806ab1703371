"""A short piece of `make reliability` in every run of the tests: nodes are killed under load, and every law holds."""

import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from server.core.db import Database
from server.core.vault import Keys
from tests.clock import MovableClock
from tests.processes import installed
from tests.reliability import clocks, disks, laws, outage, scenarios
from tests.reliability.phones import Asked, Phones
from tests.reliability.site import Site

FEW = scenarios.Size(risky=240, plain=120)


def test_nodes_killed_under_load_lose_nothing(tmp_path: Path, database_address: str, keys: Keys) -> None:
    """The web node and the only worker at once; a supervisor starts them again."""
    with installed(tmp_path, database_address, keys) as home:
        site = Site(home)
        try:
            site.run(webs=1, workers=1)
            outcome = scenarios.suffer(site, scenarios.kill([*site.webs, *site.workers]), FEW)
            assert outcome.broken == []
            assert outcome.requests > 40
            assert outcome.tries > outcome.requests, "phones felt it"
            _the_laws_see_what_is_wrong(site)
        finally:
            site.close()


def _the_laws_see_what_is_wrong(site: Site) -> None:
    """An answer that was received and is not there, and a client nobody was called for."""
    somebody = site.stock.clients(1)[0].id
    lost = Asked(somebody, somebody, True, f"/me/checkins/{somebody}/answer", b"", "", 1.0, 2.0, 1)
    broken = laws.look(site, Phones(site, [lost]), laws.Fault(1.0, 2.0)).broken
    assert any("an answer that was received is gone" in law for law in broken)
    assert any("no case for" in law for law in broken)
    assert any("nobody was called for" in law for law in broken)


def test_half_an_hour_without_the_push_service(db: Database, clock: MovableClock) -> None:
    found = outage.half_an_hour(db, clock, cases=4, step=timedelta(minutes=1))
    assert found.broken == []
    assert 0 <= found.first <= found.last < 120
    assert found.calls >= 4


def test_a_stepped_clock_moves_its_processes_alone(tmp_path: Path) -> None:
    clock = clocks.stepped_clock(tmp_path)
    if clock is None:
        pytest.skip("neither libfaketime nor a compiler is here")
    words = [sys.executable, "-c", "import time; print(time.time(), time.monotonic())"]
    for seconds in (3600, -3600, 0):
        clock.step(seconds)
        told = subprocess.run(words, env=clock.environment, capture_output=True, check=True, text=True).stdout
        wall, monotonic = map(float, told.split())
        assert abs(wall - time.time() - seconds) < 5
        assert abs(monotonic - time.monotonic()) < 5


def test_a_full_disk_takes_nothing_and_room_can_be_made(tmp_path: Path) -> None:
    with disks.mounted(tmp_path / "disk", 4) as disk:
        if disk is None:
            pytest.skip("nothing can be mounted here")
        disk.fill()
        with pytest.raises(OSError, match="No space left"):
            (tmp_path / "disk" / "more").write_bytes(b"x" * 4096)
        disk.make_room()
        (tmp_path / "disk" / "more").write_bytes(b"x" * 4096)
