"""The time zones this installation knows: those of the pinned `tzdata` wheel, and no others.

The operating system's own zone files differ from machine to machine and change under a running service, so
they are switched off for the whole process: every node then agrees on the instant of every check-in.
"""

import zoneinfo
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

import tzdata

# The clear drops zones somebody loaded from the system before this module was imported.
zoneinfo.reset_tzpath(to=())
ZoneInfo.clear_cache()

TZDATA_VERSION: str = tzdata.IANA_VERSION
"""Release of the zone data in force, e.g. "2026f"; stored next to every instant computed with it."""

# Names some packagings list that are no place: "not set yet", and whatever the machine happens to be set to.
_NO_PLACE = frozenset({"Factory", "localtime", "posixrules"})

ZONES: frozenset[str] = (
    frozenset(resources.files(tzdata).joinpath("zones").read_text(encoding="ascii").split()) - _NO_PLACE
)
"""Every zone name accepted from outside, spelled exactly as IANA spells it; old names and UTC included."""


class UnknownZone(ValueError):
    """The name is not on the list. The text carries no input, so it may be shown and logged."""

    def __init__(self) -> None:
        super().__init__("This is not a known time zone; use an IANA name such as America/Chicago.")


@cache
def zone(name: str) -> ZoneInfo:
    """The zone called `name`, exactly as spelled in ZONES; raises UnknownZone for anything else."""
    if name not in ZONES:
        raise UnknownZone
    return ZoneInfo(name)
