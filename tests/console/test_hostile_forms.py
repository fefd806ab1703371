"""Forms made to harm: nothing of them is read for a stranger, and nothing about them takes long."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from server.console.big_form import LARGEST_FIELDS, ROUTE_LIMIT
from server.people import passwords
from tests.console.account_desk import code, give_password, give_second_factor
from tests.console.desk import Desk, desk
from tests.world import World

FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=B"
LEET = ("4@8({[<369&#!1|0$5+7%2" * 4)[:72]
"""A password over which zxcvbn's search takes six seconds."""
DEEP = b'{"credential":' + b"[" * 30_000
PASSWORD = "plain words in a row 26"


def sends(world: World, who: Desk, path: str, body: Any, kind: str) -> httpx.Response:
    """This body to this address, from our own pages."""
    headers = {"Content-Type": kind, "Origin": "https://handrail.example", **who._cookie}
    return world.client.post(path, content=body, headers=headers, follow_redirects=False)


def part(head: str, data: bytes) -> bytes:
    return b"--B\r\n" + head.encode() + b"\r\n\r\n" + data + b"\r\n--B--\r\n"


class Endless:
    """A body of 8 MiB, a field each three bytes, that counts how much of it is asked for."""

    def __init__(self) -> None:
        self.read = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(128):
            self.read += 64 * 1024
            yield b"a=&" * 21845 + b"a"


def sends_without_end(world: World, who: Desk, path: str, kind: str) -> tuple[int, int]:
    """(status, bytes that were read) of such a body, whose length nobody was told."""
    body = Endless()

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=world.client.app)  # pyright: ignore[reportArgumentType]  Litestar is one
        headers = {"Content-Type": kind, "Origin": "https://handrail.example", **who._cookie}
        async with httpx.AsyncClient(transport=transport, base_url="https://handrail.example") as client:
            return await client.post(path, content=body, headers=headers)

    return asyncio.run(ask()).status_code, body.read


def test_a_password_made_to_be_searched_takes_no_time(world: World) -> None:
    given = {"code": "A" * 10, "password": LEET}
    begun = time.process_time()
    for password in (LEET, LEET[:24], LEET * 3, "a@" * 128, "(" * 256, "1!iIlL|" * 30):
        passwords.problem(password, second_factor=False)
    assert time.process_time() - begun < 0.5
    begun = time.process_time()
    assert desk(world, None).post("/activate", given).status == 422
    assert world.anybody().post("/activate", given).status_code == 422
    assert time.process_time() - begun < 3


@pytest.mark.parametrize(
    "password",
    ["qwertyuiopasdfg", "zyxwvutsrqponmlk", "123456789012345678", "Password1Password1", "abc" * 8, "ñ" * 15],
)
def test_what_attackers_try_first_is_refused_all_the_same(password: str) -> None:
    assert "among the first" in (passwords.problem(password, second_factor=False) or "")


def test_nothing_is_read_from_somebody_who_may_not_send_it(world: World) -> None:
    client, stranger, adi = f"/clients/{world.noor.id}", desk(world, None), desk(world, "Adi")
    mara = desk(world, "Mara")
    for path, other in (
        (f"{client}/plan/edit", adi),
        (f"{client}/plan/edit/autosave", adi),
        ("/questionnaires/new", adi),
        (f"{client}/edit", adi),
        ("/crisis-lines/import", mara),
        ("/crisis-lines/import/apply", mara),
        ("/admin/programme", mara),
    ):
        for kind in (FORM, PARTS):
            assert sends_without_end(world, stranger, path, kind) == (401, 0), path
            assert sends_without_end(world, other, path, kind) == (403, 0), path
    for path in ("/account/passkeys", "/account/proof/passkey"):
        assert sends_without_end(world, stranger, path, "application/json") == (401, 0)
        assert sends(world, stranger, path, DEEP, "application/json").status_code == 401


def test_reading_stops_at_the_limit_also_where_no_length_was_told(world: World) -> None:
    sol, ida, edit = desk(world, "Sol"), desk(world, "Ida"), f"/clients/{world.noor.id}/plan/edit"
    status, read = sends_without_end(world, ida, edit, FORM)
    assert (status, read <= LARGEST_FIELDS + 64 * 1024) == (413, True)
    status, read = sends_without_end(world, sol, "/crisis-lines/import", PARTS)
    assert (status, read <= 64 * 1024) == (400, True), "no boundary in the first piece"
    status, read = sends_without_end(world, desk(world, None), "/sign-in", FORM)
    assert (status, read <= 128 * 1024) == (413, True)
    told = sends(world, ida, edit, b"a" * (LARGEST_FIELDS + 1), FORM)
    assert (told.status_code, "The limit is 256 KiB." in told.text) == (413, True)
    told = sends(
        world,
        sol,
        "/crisis-lines/import",
        part('Content-Disposition: form-data; name="text"', b"a" * ROUTE_LIMIT),
        PARTS,
    )
    assert (told.status_code, "A file may have 1 MiB." in told.text) == (413, True)
    told = sends(world, desk(world, None), "/sign-in", b"a" * (64 * 1024 + 1), FORM)
    assert (told.status_code, "The limit is 64 KiB." in told.text) == (413, True)


def test_more_fields_than_any_form_has_are_not_taken_apart(world: World) -> None:
    for who, path, body in (
        (desk(world, None), "/sign-in", b"a=&" * 21_000 + b"a="),
        (desk(world, "Ida"), f"/clients/{world.noor.id}/plan/edit", b"a=&" * 87_000 + b"a="),
    ):
        refused = sends(world, who, path, body, FORM)
        assert (refused.status_code, "This is not a form of these pages." in refused.text) == (400, True)


@pytest.mark.parametrize(
    "charset", ["punycode", "unicode_escape", "utf-7", "rot13", "nope", "undefined", "idna"]
)
def test_a_part_is_utf_8_whatever_it_calls_itself(world: World, charset: str) -> None:
    sol = desk(world, "Sol")
    head = f'Content-Disposition: form-data; name="text"\r\nContent-Type: text/plain; charset={charset}'
    begun = time.process_time()
    for text in (b"-" + b"a" * 200_000, b"\\ud800", b"+2AA-"):
        assert sends(world, sol, "/crisis-lines/import", part(head, text), PARTS).status_code == 200
    assert sends(world, sol, "/crisis-lines/import", part(head, b"\xff\xfe"), PARTS).status_code == 400
    assert time.process_time() - begun < 5


NAMED = 'Content-Disposition: form-data; name="text"'
MISSHAPEN: dict[str, tuple[bytes, str]] = {
    "cut off": (b"--B\r\nContent-Disposition: form-data; name=", PARTS),
    "empty": (b"", PARTS),
    "no boundary": (part(NAMED, b"x"), "multipart/form-data"),
    "another boundary": (part(NAMED, b"x"), "multipart/form-data; boundary=C"),
    "a long boundary": (part(NAMED, b"x"), f"multipart/form-data; boundary={'B' * 2000}"),
    "no name": (part("Content-Disposition: form-data", b"x"), PARTS),
    "no disposition": (part("X-A: b", b"x"), PARTS),
    "a NUL": (part(NAMED, b"a\0b"), PARTS),
    "parts without end": (b"".join(part(NAMED, b"x")[:-7] + b"\r\n" for _ in range(2000)), PARTS),
    "a head without end": (b"--B\r\nX-A: " + b"a" * 100_000, PARTS),
    "another kind": (b"text=x", "text/plain"),
}


@pytest.mark.parametrize("name", MISSHAPEN)
def test_parts_that_no_browser_sends_are_refused_in_words(world: World, name: str) -> None:
    body, kind = MISSHAPEN[name]
    for path in ("/crisis-lines/import", "/crisis-lines/import/apply"):
        refused = sends(world, desk(world, "Sol"), path, body, kind)
        assert refused.status_code in (400, 413), (path, refused.text[-300:])


def test_json_that_is_nested_without_end_is_refused(world: World) -> None:
    stranger, mara = desk(world, None), desk(world, "Mara")
    said = base64.urlsafe_b64encode(b'{"x":' + b"[" * 20_000 + b"]" * 20_000 + b',"challenge":"aa"}').decode()
    inside = json.dumps({"credential": {"rawId": "aa", "response": {"clientDataJSON": said}}}).encode()
    for body in (DEEP, inside):
        for who, path in (
            (stranger, "/sign-in/passkey"),
            (mara, "/account/passkeys"),
            (mara, "/account/proof/passkey"),
        ):
            refused = sends(world, who, path, body, "application/json")
            assert refused.status_code in (400, 401), (path, refused.text)


@pytest.mark.parametrize(
    "then", ["//[", "https://[", "//evil.example", "/\\evil.example", "/\t/evil.example", "/€"]
)
def test_no_place_to_go_to_breaks_a_sign_in_or_leads_away(world: World, then: str) -> None:
    stranger = desk(world, None)
    assert stranger.get(f"/sign-in?{httpx.QueryParams({'next': then})}").status == 200
    give_second_factor(world, world.mara)
    give_password(world, world.mara, PASSWORD)
    given = {"email": f"mara@{world.programme_id.hex[-6:]}.example", "password": PASSWORD}
    inside = stranger.post("/sign-in", {**given, "otp": code(world), "next": then})
    assert inside.status == 303
    assert httpx.URL("https://handrail.example").join(inside.to or "").host == "handrail.example"


def test_audit_search_finds_nothing_at_the_ends_of_time(world: World) -> None:
    sol = desk(world, "Sol")
    for query in ("from=0001-01-01", "to=9999-12-31", "from=9999-12-31&to=9999-12-31", "to=0001-01-01"):
        assert sol.get(f"/supervision/audit?{query}").status == 200, query
    for number in ("9223372036854775807", "0", "1"):
        assert sol.get(f"/supervision/audit?before={number}").status == 200, number
    for number in ("9223372036854775808", "99999999999999999999", "-1"):
        assert sol.get(f"/supervision/audit?before={number}").status == 422, number
    for number in ("2147483648", "9223372036854775808"):
        assert sol.get(f"/clients/{world.noor.id}/plan/history?cursor={number}").status == 400, number


def test_a_session_that_has_ended_lets_go_of_its_cookie(world: World) -> None:
    mara = desk(world, "Mara")
    for _ in range(2):
        out = mara.post("/sign-out")
        assert (out.status, out.to) == (303, "/sign-in")
        assert "Max-Age=0" in out.response.headers["set-cookie"]
