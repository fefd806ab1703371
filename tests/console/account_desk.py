"""What the tests of the account share: a second factor for the cast, and JSON as the page's script sends it."""

from typing import Any

import httpx
import pyotp

from server.core.db import Tx
from server.people import passwords, programmes
from server.people.caller import STAFF_COOKIE
from server.people.models import Staff
from tests.console.desk import Desk
from tests.world import Person, World

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def give_second_factor(world: World, person: Person) -> None:
    """This person has an authenticator app with SECRET."""

    def give(tx: Tx) -> None:
        row = tx.session.get_one(Staff, person.id)
        key = programmes.key(tx, programmes.facts(tx, row.programme_id))
        row.totp_secret = key.seal_text("staff.totp_secret", row.id, SECRET)
        row.totp_confirmed_at = tx.now

    world.db.write_now(give)


def give_password(world: World, person: Person, password: str) -> None:
    """This person signs in with this password from now on."""

    def give(tx: Tx) -> None:
        tx.session.get_one(Staff, person.id).password_hash = passwords.hashed(password)

    world.db.write_now(give)


def code(world: World) -> str:
    """The code that SECRET shows now."""
    return pyotp.TOTP(SECRET).at(world.clock.at)


def send_json(world: World, desk: Desk, path: str, body: dict[str, Any]) -> httpx.Response:
    """As the page's script does."""
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "https://handrail.example", **desk._cookie}
    return world.client.post(path, json=body, headers=headers)


def with_token(world: World, response: httpx.Response) -> Desk:
    """A browser that has taken the cookie of this answer."""
    value = response.headers["set-cookie"].split(f"{STAFF_COOKIE}=")[1].split(";")[0]
    world.client.cookies.clear()
    return Desk(world.client, value)
