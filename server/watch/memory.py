"""What the operators were told, in a small file of the data folder: a restart tells nobody twice.

It holds rules, instants and the operators' own addresses. A file that cannot be read or written costs a mail too many,
never one too few.
"""

import contextlib
import logging
import os
from pathlib import Path

import msgspec

from server.watch.findings import Rule
from server.watch.telling import Matter, Matters

log = logging.getLogger("handrail.watch")

NAME = "auditor.json"


def read(folder: Path) -> dict[Rule, Matter]:
    """The matters that were open when they were last written; none where nothing can be read."""
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=dict[Rule, Matter])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("what operators were told cannot be read: %s", type(error).__name__)
        return {}


def write(folder: Path, matters: Matters) -> None:
    """Keep the matters; the old file stays whole until the new one is."""
    new = folder / f"{NAME}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(matters))
        new.replace(folder / NAME)
    except OSError as error:
        log.warning("what operators were told cannot be kept: %s", type(error).__name__)
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
