"""Fixtures for delivery: the house with its people, and the post office with both providers."""

from collections.abc import Iterator

import pytest

from server.core.db import Database
from tests.clock import MovableClock
from tests.delivery.house import House, Post, post_office


@pytest.fixture
def house(db: Database, clock: MovableClock) -> House:
    return House(db, clock)


@pytest.fixture
def post(house: House) -> Iterator[Post]:
    with post_office(house) as made:
        yield made
