"""Somebody at the console: a browser without script, through the real application."""

from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import httpx
from litestar.testing import TestClient

from server.people.caller import STAFF_COOKIE
from tests.world import World

BROWSER = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
_VOID = {
    "meta",
    "link",
    "input",
    "br",
    "hr",
    "img",
    "rect",
    "path",
    "line",
    "circle",
    "polyline",
    "use",
    "col",
}


@dataclass
class Element:
    """One element of a page, with everything in it."""

    tag: str
    attributes: dict[str, str]
    children: list["Element | str"]

    @property
    def text(self) -> str:
        """All words in it, white space joined."""
        parts = (child if isinstance(child, str) else child.text for child in self.children)
        return " ".join(" ".join(parts).split())

    def all(self, tag: str, **attributes: str) -> list["Element"]:
        """Every element of this kind inside, with these attributes (`class_` looks for one of several)."""
        found: list[Element] = []
        for child in self.children:
            if isinstance(child, Element):
                found += [child] if child.tag == tag and child.has(**attributes) else []
                found += child.all(tag, **attributes)
        return found

    def one(self, tag: str, **attributes: str) -> "Element":
        """The only one."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} of {tag} {attributes} in: {self.text[:600]}"
        return found[0]

    @property
    def fields(self) -> dict[str, str]:
        """What this form sends when nothing is touched (boxes to tick left out)."""
        typed = [one for one in self.all("input") if one.attributes.get("type") not in ("checkbox", "radio")]
        sent = {one.attributes["name"]: one.attributes.get("value", "") for one in typed}
        sent |= {one.attributes["name"]: one.text for one in self.all("textarea")}
        for one in self.all("select"):
            options = one.all("option")
            (chosen,) = [each for each in options if "selected" in each.attributes] or options[:1]
            sent[one.attributes["name"]] = chosen.attributes["value"]
        return sent

    def has(self, **attributes: str) -> bool:
        own = self.attributes
        return all(
            value in own.get("class", "").split()
            if name == "class_"
            else own.get(name.replace("_", "-")) == value
            for name, value in attributes.items()
        )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("document", {}, [])
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, [])
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def read_page(text: str) -> Element:
    """The page as a tree; a tag that is not closed fails."""
    reader = _Reader()
    reader.feed(text)
    assert len(reader._open) == 1, f"<{reader._open[-1].tag}> is never closed"
    return reader.root


class Shown:
    """An answer of the console."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.status = response.status_code
        self.to = response.headers.get("location")
        html = response.headers.get("content-type", "").startswith("text/html")
        self.page = read_page(response.text) if html and response.text else Element("document", {}, [])

    @property
    def main(self) -> Element:
        """The page's own part."""
        return self.page.one("main")

    @property
    def text(self) -> str:
        return self.main.text


class Desk:
    """One staff member's browser."""

    def __init__(self, client: TestClient[Any], token: str | None) -> None:
        self._client = client
        self._cookie = {"Cookie": f"{STAFF_COOKIE}={token}"} if token else {}

    def get(self, path: str, **headers: str) -> Shown:
        """Open a page; redirects are not followed."""
        return self._call("GET", path, headers=headers)

    def post(self, path: str, fields: dict[str, Any] | None = None, **headers: str) -> Shown:
        """Send a form; a list is sent as several values."""
        origin = {"Origin": str(self._client.base_url).rstrip("/")}
        return self._call("POST", path, data=fields or {}, headers={**origin, **headers})

    def _call(self, method: str, path: str, headers: dict[str, str], **options: Any) -> Shown:
        sent = {**BROWSER, **self._cookie, **headers}
        return Shown(self._client.request(method, path, headers=sent, follow_redirects=False, **options))


def desk(world: World, name: str | None) -> Desk:
    """This person of the cast at their desk, signed in; None: somebody who is not."""
    if name is None:
        return Desk(world.client, None)
    return Desk(world.client, world.new_session(world.people[name.lower()]))
