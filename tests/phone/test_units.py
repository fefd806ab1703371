"""The modules under server/phone/static/core, each unit test in a fresh Chromium profile, told by its own name.

The tests themselves are JavaScript (`units/*.test.js`); here are the static files, a service that stands in for
ours, and what a page cannot do by itself: be offline, hold a passkey.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from crisisplans.lines import national_lines
from server.phone.assets import FOLDER, read_phone

UNITS = Path(__file__).parent / "units"
ORIGIN = "https://handrail.test"
PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>units</title><link rel="icon" href="data:,">'
)
_NAME = re.compile(r"^test\(\s*'([^']+)'", re.MULTILINE)
UNDER_OTHERS = {
    "events": "every test of two tabs hears through it",
    "help": "store.test.js reads what it makes of a plan",
    "passkey": "vault.test.js opens a lock with it",
    "seal": "vault.test.js seals, opens and tampers with records through the vault",
    "skew": "the journeys of phones whose clocks are wrong",
    "tries": "vault.test.js counts wrong PINs",
    "turn": "queue_mishaps.test.js sends from two tabs at once",
    "wiping": "wipe.test.js wipes through the vault",
}
"""Modules of the core that no unit test takes by their own name, and where they are tested."""
_JAVASCRIPT = {"Content-Type": "text/javascript"}


def every_test() -> Iterator[Any]:
    """(file, name) of each JavaScript test."""
    for path in sorted(UNITS.glob("*.test.js")):
        for name in _NAME.findall(path.read_text()):
            yield pytest.param(path.name, name, id=f"{path.name.removesuffix('.test.js')}: {name}")


class StandIn:
    """The service as a test scripts it, and the parts of a browser that only its owner reaches.

    A rule is {"on": "PUT /api/me/help", "status", "body", "type", "headers", "times", "hang", "abort"}; the
    first that fits answers, and without any there is no network.
    """

    def __init__(self, context: BrowserContext, page: Page, files: dict[str, bytes]) -> None:
        self.rules: list[dict[str, Any]] = []
        self.seen: list[dict[str, Any]] = []
        self.files = files
        self.page = page
        context.route("**/*", self.answer)
        context.expose_binding("standIn", self.command)

    def command(self, _source: object, name: str, given: Any = None) -> Any:
        """One call of a test page: script, log or authenticator."""
        return getattr(self, name)(given)

    def script(self, rules: list[dict[str, Any]]) -> None:
        """From now on the service answers like this."""
        self.rules = rules

    def log(self, _given: object) -> list[dict[str, Any]]:
        """What was sent to the service so far."""
        return self.seen

    def authenticator(self, prf: bool) -> None:
        """A phone with its own passkeys, which answer with or without the prf extension."""
        devtools: Any = self.page.context.new_cdp_session(self.page)
        devtools.send("WebAuthn.enable")
        kind = {
            "protocol": "ctap2",
            "ctap2Version": "ctap2_1",
            "transport": "internal",
            "hasResidentKey": True,
        }
        person = {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {**kind, **person, "hasPrf": prf}})

    def answer(self, route: Route) -> None:
        """One request of the page."""
        path = urlsplit(route.request.url).path
        if path.startswith("/api/"):
            self._as_service(route, path)
        elif path in self.files:
            route.fulfill(body=self.files[path], headers=_JAVASCRIPT)
        else:
            route.fulfill(body=PAGE, headers={"Content-Type": "text/html"})

    def _as_service(self, route: Route, path: str) -> None:
        request = route.request
        called = f"{request.method} {path}"
        sent = {"call": called, "body": request.post_data, "headers": request.headers}
        self.seen.append(sent)
        rule: dict[str, Any] = next((each for each in self.rules if _fits(each, called)), {"abort": True})
        if "times" in rule:
            rule["times"] -= 1
        if rule.get("hang"):
            return
        if rule.get("abort"):
            route.abort("internetdisconnected")
            return
        body = rule.get("body")
        kind = "application/json" if rule.get("status", 200) < 400 else "application/problem+json"
        headers: dict[str, str] = {
            "Content-Type": rule.get("type", kind),
            **rule.get("headers", {}),
        }
        text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
        route.fulfill(status=rule.get("status", 200), body=text, headers=headers)


def _fits(rule: dict[str, Any], called: str) -> bool:
    return rule.get("times", 1) > 0 and called.startswith(rule["on"])


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """Everything a page may load, by path: the modules as they are served, and the tests."""
    app = {f"/{name}": asset.body for name, asset in read_phone(FOLDER, national_lines()).files.items()}
    return {**app, **{f"/units/{path.name}": path.read_bytes() for path in UNITS.glob("*.js")}}


@pytest.mark.parametrize(("file", "name"), list(every_test()))
def test_unit(browser: Browser, files: dict[str, bytes], file: str, name: str) -> None:
    context = browser.new_context(base_url=ORIGIN)
    try:
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        StandIn(context, page, files)
        page.goto("/")
        run = "async ([file, name]) => (await import('/units/harness.js')).run(file, name)"
        failure = page.evaluate(run, [file, name])
    finally:
        context.close()
    assert failure is None, failure
    assert errors == []


def test_every_module_of_the_core_is_under_test() -> None:
    tests = "\n".join(path.read_text() for path in UNITS.glob("*.test.js"))
    tested = set(re.findall(r"/core/(\w+)\.js", tests))
    for taken in re.findall(r"const \{([^}]+)\} = await (?:tab|paired|restarted)\(", tests):
        tested |= set(re.findall(r"\w+", taken))
    for tab in set(re.findall(r"const (\w+) = await (?:tab|paired|restarted)\(", tests)):
        tested |= set(re.findall(rf"\b{tab}\.(\w+)\.", tests))
    owned = {path.stem for path in (FOLDER / "core").glob("*.js")}
    assert owned - tested == set(UNDER_OTHERS)
