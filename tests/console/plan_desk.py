"""The plan at the console as its tests use it: its addresses, the editor's form as a browser would send it."""

from typing import Any

from tests.console.desk import Desk, Element, Shown
from tests.world import Person, World

ATTESTED = {"reason": "First plan", "client_took_part": "true", "caregiver_involved": "false"}


def at(client: Person, rest: str = "") -> str:
    return f"/clients/{client.id}/plan{rest}"


def filled(shown: Shown) -> dict[str, Any]:
    """What the editor's form would send as it stands: every field of it that a browser sends."""
    fields: dict[str, Any] = {}
    form = shown.page.one("form", id="plan-form")
    drawn = {id(inner) for outer in form.all("template") for inner in inside(outer)}
    for element in inside(form):
        name = element.attributes.get("name")
        if name is None or id(element) in drawn or "disabled" in element.attributes:
            continue
        if element.tag == "input" and element.attributes.get("type") == "checkbox":
            if "checked" in element.attributes:
                fields.setdefault(name, []).append(element.attributes["value"])
        elif element.tag == "input":
            fields[name] = element.attributes["value"]
        elif element.tag == "textarea":
            fields[name] = "".join(child for child in element.children if isinstance(child, str))[1:]
        elif element.tag == "select":
            options = element.all("option")
            chosen = next((one for one in options if "selected" in one.attributes), options[0])
            fields[name] = chosen.attributes["value"]
    return fields


def inside(element: Element) -> list[Element]:
    own = [child for child in element.children if isinstance(child, Element)]
    return [found for child in own for found in (child, *inside(child))]


def wrote(by: Desk, client: Person, *, do: str = "save", **typed: str) -> Shown:
    """Open the editor, type, and press a button. A field is named with __ for a dot."""
    fields = filled(by.get(at(client, "/edit")))
    fields |= {name.replace("__", "."): text for name, text in typed.items()}
    return by.post(at(client, "/edit"), {**fields, "do": do})


def draft_of(world: World, client: Person) -> dict[str, Any]:
    return world.sol.api.get(f"/clients/{client.id}/plan/draft").json()


def preview(shown: Shown) -> str:
    return " ".join(each.text for each in shown.page.all("section", class_="seen"))
