"""Pages of other sites: they sign nobody in, use up nobody's tries, and open nothing."""

from typing import Any

import pytest

from server.people.models import Throttle
from tests.world import World

EVIL = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
ELSEWHERE: dict[str, dict[str, str]] = {
    "another site's form": {**EVIL, "Sec-Fetch-Mode": "navigate"},
    "another site's script": EVIL,
    "a sister site": {"Sec-Fetch-Site": "same-site", "Origin": "https://www.handrail.example"},
    "no page at all": {"Sec-Fetch-Site": "none"},
    "an old browser on another site": {"Origin": "https://evil.example"},
    "a page without an origin": {"Origin": "null"},
    "an origin that is none": {"Origin": "http://["},
}
PUBLIC = ("/sign-in", "/sign-in/passkey/options", "/sign-in/passkey", "/activate")
PUBLIC_API = ("/sign-in", "/activate", "/pair")
BODIES: dict[str, Any] = {
    "/sign-in": {"email": "mara@riverside.example", "password": "x"},
    "/activate": {"code": "A" * 10, "password": "plain words in a row 26"},
    "/pair": {"code": "A" * 10},
}


@pytest.mark.parametrize("headers", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_what_another_sites_page_sends_without_a_cookie_is_refused_and_not_counted(
    world: World, headers: dict[str, str]
) -> None:
    for path in PUBLIC:
        refused = world.client.post(path, data=BODIES.get(path), headers=headers, follow_redirects=False)
        assert refused.status_code == 403, path
        assert "set-cookie" not in refused.headers
    for path in PUBLIC_API:
        assert world.anybody().post(path, BODIES[path], headers=headers).status_code == 403, path
    assert world.db.read_now(lambda tx: tx.session.query(Throttle).count()) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://handrail.example"},
        {"Origin": "https://handrail.example", "Sec-Fetch-Site": "same-origin"},
    ],
    ids=["a native app", "an older browser", "a browser"],
)
def test_our_own_pages_and_native_apps_come_in(world: World, headers: dict[str, str]) -> None:
    for path in PUBLIC_API:
        answer = world.anybody().post(path, BODIES[path], headers=headers)
        assert answer.status_code in (401, 422), (path, answer.text)
    assert world.client.post("/sign-in/passkey/options", headers=headers).status_code == 200


def test_a_link_from_another_site_still_opens_the_sign_in(world: World) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert world.client.get("/sign-in", headers=link).status_code == 200
