"""Bad input against the real routes on both databases: refused clearly, repeated nowhere, nothing stored."""

import hashlib
import logging
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from server.core.tables import Base
from server.core.vault import Keys
from tests.api.bad_inputs import ALL, MARKER, Bad
from tests.api.house import lived_in, on_postgresql, on_sqlite, served
from tests.world import World

KEPT = {"throttles", "audit", "sessions"}
"""What a refused request may leave behind: a counted try, and that somebody looked."""


@dataclass
class House:
    """A world with things in it, and their ids."""

    world: World
    ids: dict[str, Any]
    url: str


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, keys: Keys
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("bad")
    with ExitStack() as stack:
        if request.param == "sqlite":
            made = on_sqlite(request.getfixturevalue("sqlite_template"), folder, keys)
        else:
            uri, template = (request.getfixturevalue(f"postgresql{name}") for name in ("", "_template"))
            made = on_postgresql(uri, template, folder, keys)
        world = stack.enter_context(made)
        world.people["lena"] = world.add_client("Lena")
        url = stack.enter_context(served(world))
        yield House(world, lived_in(world), url)


def stored(world: World) -> dict[str, str]:
    """What every table holds, as a fingerprint of its rows."""
    found: dict[str, str] = {}
    with world.db.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name not in KEPT:
                rows = connection.execute(select(table).order_by(*table.primary_key.columns)).all()
                found[table.name] = hashlib.sha256(repr(rows).encode()).hexdigest()
        connection.rollback()
    return found


def ask(house: House, bad: Bad) -> Any:
    api = house.world.people[bad.who].api if bad.who else house.world.anybody()
    path = bad.path.format(**house.ids)
    body = bad.body() if callable(bad.body) else bad.body
    return api.call(bad.method, path, content=body, headers=dict(bad.headers))


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """What was logged, but for the lines of the client these tests ask with."""
    return "\n".join(r.getMessage() for r in caplog.records if r.name not in ("httpx", "httpcore")).lower()


def is_a_problem(response: Any, status: int) -> dict[str, Any]:
    """The problem in a refusal, which repeats nothing that was sent."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert MARKER.lower() not in (response.text + str(response.headers)).lower()
    problem = response.json()
    assert problem["status"] == status
    assert problem["type"].startswith("about:")
    assert problem["title"]
    return problem


@pytest.mark.parametrize("bad", ALL, ids=lambda bad: bad.name)
def test_bad_input_is_refused_and_leaves_nothing(
    house: House, bad: Bad, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    before = stored(house.world)
    problem = is_a_problem(ask(house, bad), bad.status)
    if bad.where is not None:
        assert bad.where in [error["path"] for error in problem["errors"]]
    assert MARKER.lower() not in logged(caplog)
    assert stored(house.world) == before


def test_names_in_the_table_are_unique() -> None:
    names = [bad.name for bad in ALL]
    assert sorted(set(names)) == sorted(names)


def test_every_bad_file_names_its_line(house: House) -> None:
    for bad in ALL:
        if bad.name.startswith("lines: ") and bad.status == 422:
            errors = ask(house, bad).json()["errors"]
            assert errors, bad.name
            assert all(error["line"] >= 1 and error["message"] for error in errors), bad.name


def test_a_code_works_once(house: House) -> None:
    world = house.world
    code = world.mara.api.post(f"/clients/{world.people['lena'].id}/invitations").json()["code"]
    assert world.anybody().post("/pair", {"code": code}).status_code == 200
    before = stored(world)
    is_a_problem(world.anybody().post("/pair", {"code": code}), 410)
    assert stored(world) == before


def test_a_code_that_is_too_old_opens_nothing(house: House) -> None:
    world = house.world
    start = world.clock.at
    code = world.mara.api.post(f"/clients/{world.people['lena'].id}/invitations").json()["code"]
    before = stored(world)
    world.clock.advance(hours=72, seconds=1)
    try:
        is_a_problem(world.anybody().post("/pair", {"code": code}), 410)
        assert stored(world) == before
    finally:
        world.clock.set(start)


def test_a_code_that_a_newer_one_replaced_opens_nothing(house: House) -> None:
    world = house.world
    codes = [
        world.mara.api.post(f"/clients/{world.people['lena'].id}/invitations").json()["code"] for _ in "12"
    ]
    is_a_problem(world.anybody().post("/pair", {"code": codes[0]}), 422)
    assert world.anybody().post("/pair", {"code": codes[1]}).status_code == 200


RAW = {
    "a body cut off": b"POST /api/pair HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Content-Length: 500\r\n\r\n" + MARKER.encode(),
    "chunks of nonsense": b"POST /api/pair HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
    "two lengths": b"POST /api/pair HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "length and chunks": b"POST /api/pair HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a line break in a header": b"GET /api/me HTTP/1.1\r\nHost: x\r\nX-A: a\n\rSet-Cookie: b=c\r\n\r\n",
    "a NUL in a header": b"GET /api/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \0\r\n\r\n",
    "no request at all": MARKER.encode() + b"\r\n\r\n",
}


@pytest.mark.parametrize("name", RAW)
def test_broken_http_harms_nobody(house: House, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Below our routes the server itself refuses; it goes on serving and no body is acted on."""
    caplog.set_level(logging.DEBUG)
    before = stored(house.world)
    where = urlsplit(house.url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
        connection.sendall(RAW[name])
        connection.shutdown(socket.SHUT_WR)
        reply = b"".join(iter(lambda: connection.recv(65536), b""))
    assert reply[:12] in (b"", b"HTTP/1.1 400", b"HTTP/1.1 401"), reply
    assert MARKER.encode() not in reply
    assert b"set-cookie" not in reply.lower()
    assert MARKER.lower() not in logged(caplog)
    assert stored(house.world) == before
    assert house.world.noor.api.get("/me").status_code == 200
