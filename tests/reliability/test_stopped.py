"""`python -m tests.reliability` is told to stop half way: nothing that it started is left on the machine."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from uuid import uuid4

import psutil

from tests.processes import wait_for


def started_by(mark: str) -> list[psutil.Process]:
    """Every process of this machine that was started with the mark in its environment."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("HANDRAIL_STARTED_BY") == mark:
                found.append(process)
        except (psutil.Error, OSError):  # gone meanwhile, or not ours to look at
            continue
    return found


def test_no_cluster_and_no_node_stays_behind() -> None:
    mark = uuid4().hex
    command = [sys.executable, "-m", "tests.reliability", "--only", "web-frozen", "--database", "postgresql"]
    with tempfile.TemporaryDirectory(prefix="handrail-stopped-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL may run as somebody else
        environment = {**os.environ, "HANDRAIL_STARTED_BY": mark, "TMPDIR": folder}
        run = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for("a node on its cluster", lambda: _runs(mark, "serve") and _runs(mark, "postgres"), 180)
            run.send_signal(signal.SIGTERM)
            assert run.wait(timeout=60) == 128 + signal.SIGTERM
            wait_for("everything to be gone", lambda: not started_by(mark), 30)
            assert [path.relative_to(folder) for path in Path(folder).rglob("*")] == []
        finally:
            for process in [run, *started_by(mark)]:
                process.kill()


def _runs(mark: str, word: str) -> bool:
    return any(word in " ".join(process.cmdline()) for process in started_by(mark))
