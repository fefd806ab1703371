"""The zone list: only the wheel answers, and only for names of places."""

import subprocess
import sys
import zoneinfo
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import pytest
import tzdata

from server.core.zones import TZDATA_VERSION, ZONES, UnknownZone, zone

_NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_every_zone_on_the_list_opens_under_its_own_name() -> None:
    assert len(ZONES) > 590
    for name in ZONES:
        assert zone(name).key == name
        assert abs(_NOON.astimezone(zone(name)).utcoffset() or timedelta(0)) <= timedelta(hours=14)


def test_the_places_our_cast_lives_in_are_there_and_so_are_old_names_phones_still_send() -> None:
    assert {"America/Chicago", "America/Puerto_Rico", "Pacific/Honolulu", "UTC", "Etc/UTC"} <= ZONES
    assert {"US/Eastern", "Asia/Calcutta", "Europe/Kiev", "America/Buenos_Aires"} <= ZONES


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "/",
        "localtime",
        "posixrules",
        "Factory",
        "america/chicago",
        "AMERICA/CHICAGO",
        "America",
        "America/",
        "America/Chicago ",
        "America/Chicago\n",
        "America/Chicago\x00",
        "\x00",
        "/America/Chicago",
        "../x",
        "../../../etc/passwd",
        "America/../America/Chicago",
        "posix/America/Chicago",
        "right/America/Chicago",
        "tzdata.zi",
        "zone.tab",
        "Etc/Unknown",
        "CDT",
        "UTC+5",
        "+05:00",
        "Amerïca/Chicago",
        "\ud800",
        "x" * 100_000,
    ],
)
def test_a_name_that_is_no_place_is_refused_without_repeating_it(name: str) -> None:
    with pytest.raises(UnknownZone) as refusal:
        zone(name)
    assert isinstance(refusal.value, ValueError)
    assert str(refusal.value) == "This is not a known time zone; use an IANA name such as America/Chicago."
    assert name not in ZONES


def test_the_same_zone_is_the_same_object_so_that_opening_a_check_in_reads_no_file() -> None:
    assert zone("America/Chicago") is zone("America/Chicago")


def test_the_version_on_stored_instants_is_the_one_of_the_installed_wheel() -> None:
    year, release = version("tzdata").split(".")[:2]
    assert f"{year}{chr(ord('a') + int(release) - 1)}" == TZDATA_VERSION


def test_the_systems_own_zone_files_are_out_of_reach() -> None:
    assert zoneinfo.TZPATH == ()


def test_a_machine_with_wrong_zone_files_still_calls_at_the_right_hour(tmp_path: Path) -> None:
    """The environment points at a folder where Chicago keeps Tokyo time, and somebody loaded it before us."""
    wheel = Path(tzdata.__file__).parent / "zoneinfo"
    (tmp_path / "America").mkdir()
    (tmp_path / "America" / "Chicago").write_bytes((wheel / "Asia" / "Tokyo").read_bytes())
    script = (
        "from datetime import UTC, datetime\n"
        "from zoneinfo import ZoneInfo\n"
        "noon = datetime(2026, 11, 21, 12, tzinfo=UTC)\n"
        "print(noon.astimezone(ZoneInfo('America/Chicago')).hour)\n"
        "from server.core.zones import zone\n"
        "print(noon.astimezone(zone('America/Chicago')).hour)\n"
        "print(noon.astimezone(ZoneInfo('America/Chicago')).hour)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONTZPATH": str(tmp_path)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == ["21", "6", "6"]
