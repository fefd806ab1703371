"""The same load through `wrk`, with a script that walks through the prepared answers."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.rows_of import Shot

_SCRIPT = Path(__file__).with_name("wrk.lua")


def run(
    port: int, shots: Sequence[Shot], *, connections: int, seconds: float, folder: Path
) -> dict[str, Any]:
    """The fields of `load.Loaded`."""
    prepared = folder / "shots.tsv"
    with prepared.open("wb") as file:
        for shot in shots:
            file.write(f"/api/me/checkins/{shot.checkin_id}/answer\t{shot.token}\t".encode())
            file.write(shot.body + b"\n")
    whole_seconds = f"-d{max(1, round(seconds))}s"
    options = ["-t1", f"-c{connections}", whole_seconds, "--timeout", "10s", "-s", str(_SCRIPT)]
    command = ["wrk", *options, f"http://127.0.0.1:{port}", "--", str(prepared)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    line = next(line for line in out.splitlines() if line.startswith("RESULT "))
    requests, refused, lost, p50, p99, microseconds = (float(part) for part in line.split()[1:])
    return {
        "ok": int(requests - refused),
        "other": int(refused + lost),
        "seconds": microseconds / 1e6,
        "p50": p50 / 1000,
        "p99": p99 / 1000,
        # wrk hangs up at the end; what it had sent by then may be stored without being counted here.
        "unfinished": connections,
    }
