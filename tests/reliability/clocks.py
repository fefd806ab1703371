"""A wall clock that can be stepped for the processes of one installation, and for nobody else on this machine."""

import shutil
import subprocess
from pathlib import Path

_SOURCE = Path(__file__).with_name("clock_step.c")


class SteppedClock:
    """`how` says what steps it. Processes started with `environment` follow it."""

    def __init__(self, folder: Path, library: Path, how: str) -> None:
        self._file = folder / "clock"
        self.how = how
        self.step(0)
        self.environment = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def step(self, seconds: int) -> None:
        """So far off the true time from now on."""
        beside = self._file.with_suffix(".new")
        beside.write_text(f"{seconds:+d}\n")
        beside.replace(self._file)


def stepped_clock(folder: Path) -> SteppedClock | None:
    """Debian's libfaketime where it is installed, else a few lines of C where there is a compiler, else None."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if found:
        return SteppedClock(folder, found[0], "libfaketime")
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    library = folder / "clock_step.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(_SOURCE)], check=True)
    return SteppedClock(folder, library, "clock_step.c, before the C library")
