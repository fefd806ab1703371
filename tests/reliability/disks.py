"""A disk that is small enough to be filled: a tmpfs where mounting is allowed, else a limit on the size of files."""

import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

_PIECE = 1 << 20


class Disk(Protocol):
    """`how` says which way was used."""

    how: str

    def fill(self) -> None:
        """From now on nothing more fits."""
        ...

    def make_room(self) -> None:
        """There is room again."""
        ...


class Mounted:
    """A file system of its own in memory, filled by a file that lies on it."""

    how = "a tmpfs of its own, filled by a file"

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Write until the last byte is taken."""
        with suppress(OSError), self._ballast.open("wb", buffering=0) as file:
            for size in (_PIECE, 4096):
                with suppress(OSError):
                    while file.write(b"x" * size) == size:
                        pass

    def make_room(self) -> None:
        """The file is removed."""
        self._ballast.unlink()


class Limited:
    """No mounting here: these processes may not make any file longer (RLIMIT_FSIZE). For the embedded database."""

    how = "RLIMIT_FSIZE on the processes, since nothing could be mounted"

    def __init__(self, processes: Callable[[], list[int]]) -> None:
        self._processes = processes

    def fill(self) -> None:
        """Nothing may grow beyond a page."""
        self._limit(4096)

    def make_room(self) -> None:
        """As before."""
        self._limit(resource.RLIM_INFINITY)

    def _limit(self, size: int) -> None:
        for pid in self._processes():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[Mounted | None]:
    """A tmpfs at this folder for the length of the block; None where that is not allowed."""
    folder.mkdir(exist_ok=True)
    options = ("-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(folder))
    try:
        done = subprocess.run(["mount", *options], capture_output=True, check=False).returncode == 0
    except OSError:
        done = False
    try:
        yield Mounted(folder) if done else None
    finally:
        if done:
            subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, check=False)
