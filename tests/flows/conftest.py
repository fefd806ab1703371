"""An installation of real processes for the flows that kill them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.core.vault import Keys
from tests.processes import Installation, installed


@pytest.fixture
def home(tmp_path: Path, database_address: str, keys: Keys) -> Iterator[Installation]:
    with installed(tmp_path, database_address, keys) as installation:
        yield installation
