"""What you may not see does not exist. Every role × relation × route is tried."""

import re
from typing import Any
from uuid import uuid4

import pytest
from litestar.routes import HTTPRoute

from server.people.roles import GRANTS, Action, Relation
from server.people.terms import Role
from tests.console.desk import desk
from tests.world import Person, World

UNMARKED = {
    "/api",
    "/api/{path:str}",
    "/api/openapi.json",
    "/health/live",
    "/health/ready",
    "/health/escalations",
}


def routes(world: World) -> list[tuple[str, str, Action]]:
    """(method, path, action) of every route."""
    found: list[tuple[str, str, Action]] = []
    for route in world.client.app.routes:
        assert isinstance(route, HTTPRoute)
        if route.path in UNMARKED or route.path.startswith(("/app", "/console")):
            continue
        for method, (handler, _) in route.route_handler_map.items():
            if method != "OPTIONS":
                assert isinstance(handler.opt.get("action"), Action), (
                    f"{method} {route.path} declares no action"
                )
                found.append((str(method), route.path, handler.opt["action"]))
    return found


def filled(path: str, client_id: object) -> str:
    """The path with the client's id and otherwise unknown ids and numbers."""
    path = path.replace("{client_id:uuid}", str(client_id))
    path = re.sub(r"\{[a-z_]+:uuid\}", lambda _: str(uuid4()), path)
    return re.sub(r"\{[a-z_]+:(int|str)\}", "999", path)


def ask(world: World, person: Person | None, method: str, path: str) -> int:
    """The status for this person; a page sends whoever is not signed in to the sign-in page (counted as 401)."""
    if not path.startswith("/api"):
        browser = desk(world, person.name if person else None)
        shown = browser.get(path) if method == "GET" else browser.post(path)
        return 401 if (shown.to or "").startswith("/sign-in") and person is None else shown.status
    api, path = person.api if person else world.anybody(), path.removeprefix("/api")
    body: dict[str, Any] | None = {} if method in ("POST", "PUT") else None
    return api.call(method, path, **({"json": body} if body is not None else {})).status_code


def test_every_route_stands_in_the_table(world: World) -> None:
    assert {action for _, _, action in routes(world)} <= set(GRANTS)


def test_without_signing_in_nothing_but_the_public_routes_answers(world: World) -> None:
    for method, path, action in routes(world):
        status = ask(world, None, method, filled(path, world.noor.id))
        if action is not Action.PUBLIC:
            # A body that cannot be read is refused before anybody is asked who they are.
            assert status in (401, 422, 400, 428), f"{method} {path}: {status}"


def test_a_role_without_the_action_is_refused(world: World) -> None:
    by_role = {
        Role.CLIENT: world.noor,
        Role.CASE_MANAGER: world.mara,
        Role.CLINICIAN: world.ida,
        Role.SUPERVISOR: world.sol,
        Role.ADMINISTRATOR: world.adi,
    }
    for method, path, action in routes(world):
        if action in (Action.PUBLIC, Action.SIGN_OUT):
            continue
        for role, person in by_role.items():
            if role not in GRANTS[action]:
                status = ask(world, person, method, filled(path, world.noor.id))
                assert status in (403, 400, 422, 428), f"{role} {method} {path}: {status}"


def test_another_programmes_supervisor_finds_nothing(world: World) -> None:
    for method, path, _ in routes(world):
        if "{client_id:uuid}" not in path:
            continue
        status = ask(world, world.otto, method, filled(path, world.noor.id))
        assert status in (404, 403, 400, 422, 428), f"{method} {path}: {status}"
        if method == "GET":
            assert status in (404, 403), f"{method} {path}: {status}"


def test_a_colleague_who_is_not_on_the_care_team_finds_nothing(world: World) -> None:
    stranger = world.staff("Cleo", Role.CASE_MANAGER, world.programme_id)
    for method, path, action in routes(world):
        if (
            "{client_id:uuid}" in path
            and method == "GET"
            and GRANTS[action].get(Role.CASE_MANAGER) is Relation.CARE
        ):
            assert ask(world, stranger, method, filled(path, world.noor.id)) == 404, path


def test_access_ends_with_the_spell(world: World) -> None:
    assert world.mara.api.get(f"/clients/{world.noor.id}").status_code == 200
    world.clock.advance(minutes=1)
    body = {"role": "case_manager", "staff_id": str(world.ben.id)}
    assert world.sol.api.put(f"/clients/{world.noor.id}/care-team", body).status_code == 200
    assert world.mara.api.get(f"/clients/{world.noor.id}").status_code == 404
    assert world.mara.api.get("/clients").json()["clients"] == []
    assert world.ben.api.get(f"/clients/{world.noor.id}").status_code == 200


def test_lists_hold_only_what_one_may_see(world: World) -> None:
    world.add_client("Theo", team=False)
    assert [row["name"] for row in world.mara.api.get("/clients").json()["clients"]] == ["Noor"]
    assert [row["name"] for row in world.sol.api.get("/clients").json()["clients"]] == ["Noor", "Theo"]
    assert world.otto.api.get("/clients").json()["clients"] == []
    assert {row["name"] for row in world.otto.api.get("/staff").json()["staff"]} == {"Otto"}


def test_nobody_of_another_programme_can_be_put_on_a_care_team(world: World) -> None:
    body = {"role": "supervisor", "staff_id": str(world.otto.id)}
    assert world.sol.api.put(f"/clients/{world.noor.id}/care-team", body).status_code == 404


def test_a_case_manager_cannot_serve_as_supervisor(world: World) -> None:
    body = {"role": "supervisor", "staff_id": str(world.ben.id)}
    answer = world.sol.api.put(f"/clients/{world.noor.id}/care-team", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "staff_id"


def test_every_look_is_recorded(world: World) -> None:
    from sqlalchemy import select

    from server.core.audit import AuditRow

    world.mara.api.get(f"/clients/{world.noor.id}")
    query = select(AuditRow.actor_id).where(
        AuditRow.what == "client.view", AuditRow.client_id == world.noor.id
    )
    assert world.db.read_now(lambda tx: list(tx.session.scalars(query))) == [world.mara.id]


@pytest.mark.parametrize("role", list(Role))
def test_the_table_gives_clients_only_their_own(role: Role) -> None:
    for action, grants in GRANTS.items():
        if role in grants:
            assert (grants[role] is Relation.SELF) or role is not Role.CLIENT, action
