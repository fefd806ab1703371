"""Administration's addresses: staff, care teams in bulk, the programme's settings, channels, keys, health."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.response import Response

from notifications.delivery import outside
from notifications.escalations.oncall import leaving
from server.console import qr
from server.console.account.account_proof import prove, proved_act
from server.console.admin import admin, admin_programme
from server.console.page import Page, Tried, page_of
from server.core.db import Tx
from server.core.errors import Refusal
from server.people import access, actions, care_moves, programmes, queries, second_factor
from server.people.models import Invitation, Staff
from server.people.roles import Action
from server.people.schemas import StaffNew
from server.people.terms import CareRole, Role

_DONE = {
    "left": "They have left: their sessions ended at once, and what they did stays on record.",
    "reset": "The second factor is taken away. The next sign-in opens only the set-up of a new one.",
    "moved": "The clients have moved.",
    "saved": "The settings are saved. Cases that are open keep what they began with.",
    "proved": "It is on record that the emergency contact hears of a case.",
    "sent": "The test is on its way. Load this page again in a few seconds to see what became of it.",
}


@get("/admin", opt=page_of(Action.MANAGE_STAFF))
async def get_admin(page: Page) -> Response[Any]:
    """Who works here."""
    return await _staff(page)


@post("/admin/staff", opt=page_of(Action.MANAGE_STAFF), status_code=200)
async def post_staff(page: Page) -> Response[Any]:
    """Somebody new; their one-time code is shown once."""
    tried = await page.form()

    def create(tx: Tx) -> tuple[Staff, Invitation, str]:
        return actions.create_staff(tx, programmes.of_actor(tx).id, tried.read(StaffNew))

    return await _with_code(page, tried, create)


@post("/admin/staff/{staff_id:uuid}/code", opt=page_of(Action.MANAGE_STAFF), status_code=200)
async def post_code(page: Page, staff_id: UUID) -> Response[Any]:
    """A new one-time code for somebody who lost their password."""
    tried = await page.form()
    return await _with_code(page, tried, lambda tx: actions.new_staff_code(tx, staff_id))


@post("/admin/staff/{staff_id:uuid}/leave", opt=page_of(Action.MANAGE_STAFF), status_code=303)
async def post_leave(page: Page, staff_id: UUID) -> Response[Any]:
    """Somebody leaves."""
    tried = await page.form()
    return await proved_act(
        page,
        tried,
        lambda tx: leaving.staff_leaves(tx, staff_id),
        then="/admin?done=left",
        again=lambda: _staff(page, tried),
    )


@post("/admin/staff/{staff_id:uuid}/reset", opt=page_of(Action.MANAGE_STAFF), status_code=303)
async def post_reset(page: Page, staff_id: UUID) -> Response[Any]:
    """A lost second factor is taken away."""
    tried = await page.form()

    def reset(tx: Tx) -> None:
        second_factor.reset(tx, access.colleague(tx, Action.MANAGE_STAFF, staff_id))

    return await proved_act(page, tried, reset, then="/admin?done=reset", again=lambda: _staff(page, tried))


class Teams(msgspec.Struct):
    """Whose clients go to whom, in which role."""

    role: CareRole | None = None
    leaving: UUID | None = None
    to: UUID | None = None


class Move(msgspec.Struct):
    """The same with the number that the preview showed."""

    role: CareRole
    leaving: UUID
    to: UUID
    count: Annotated[int, msgspec.Meta(ge=1)]


@get("/admin/care-teams", opt=page_of(Action.MANAGE_STAFF))
async def get_teams(page: Page) -> Response[Any]:
    """Choose, then see how many clients it would be."""
    sent = page.request.query_params.multi_items()
    return await _teams(
        page, Tried({name: [value] for name, value in sent if name in Teams.__struct_fields__})
    )


@post("/admin/care-teams", opt=page_of(Action.MANAGE_STAFF), status_code=303)
async def post_teams(page: Page) -> Response[Any]:
    """Move them all."""
    tried = await page.form()

    def move(tx: Tx) -> int:
        given = tried.read(Move)
        return care_moves.move(tx, given.role, given.leaving, given.to, given.count)

    return await proved_act(
        page, tried, move, then="/admin/care-teams?done=moved", again=lambda: _teams(page, tried)
    )


@get("/admin/programme", opt=page_of(Action.EDIT_PROGRAMME))
async def get_programme(page: Page) -> Response[Any]:
    """The settings."""
    return await _programme(page)


@post("/admin/programme", opt=page_of(Action.EDIT_PROGRAMME), status_code=303)
async def post_programme(page: Page) -> Response[Any]:
    """Keep them."""
    tried = await page.form()
    return await proved_act(
        page,
        tried,
        lambda tx: admin_programme.save(tx, tried),
        then="/admin/programme?done=saved",
        again=lambda: _programme(page, tried),
    )


@post("/admin/programme/contact/try", opt=page_of(Action.EDIT_PROGRAMME), status_code=303)
async def post_contact_try(page: Page) -> Response[Any]:
    """A test to the emergency contact by every way."""
    tried = await page.form()
    then = "/admin/programme?done=sent"
    return await page.act(tried, outside.try_out, then=then, again=lambda: _programme(page, tried))


@post("/admin/programme/contact/prove", opt=page_of(Action.EDIT_PROGRAMME), status_code=303)
async def post_contact_prove(page: Page) -> Response[Any]:
    """The emergency contact told the team that it came."""
    tried = await page.form()
    then = "/admin/programme?done=proved"
    return await page.act(tried, outside.prove, then=then, again=lambda: _programme(page, tried))


@get("/admin/service", opt=page_of(Action.MANAGE_STAFF))
async def get_service(page: Page) -> Response[Any]:
    """Channels, keys and health."""
    return await _service(page)


@post("/admin/service/test", opt=page_of(Action.MANAGE_STAFF), status_code=303)
async def post_test(page: Page) -> Response[Any]:
    """A neutral message to oneself by every way."""
    tried = await page.form()
    return await page.act(
        tried, admin.send_test, then="/admin/service?done=sent", again=lambda: _service(page, tried)
    )


async def _staff(page: Page, tried: Tried | None = None) -> Response[Any]:
    roles = [
        (role.value, role.value.replace("_", " ").capitalize()) for role in Role if role is not Role.CLIENT
    ]
    return await page.show(
        "admin_staff.html",
        lambda tx: {**admin.staff_shown(tx), "roles": roles, "said": _DONE.get(page.done)},
        tried,
    )


async def _with_code(
    page: Page, tried: Tried, verb: Callable[[Tx], tuple[Staff, Invitation, str]]
) -> Response[Any]:
    def shown(tx: Tx) -> dict[str, Any]:
        row, invitation, code = verb(tx)
        link = f"{page.settings.address}/activate#{code}"
        name = queries.staff_out(tx, row).name
        return {"name": name, "code": code, "qr": qr.picture(link), "until": invitation.expires_at}

    try:
        await prove(page, tried)
        return await page.show("admin_code.html", shown)
    except Refusal as refusal:
        if refusal.status in (401, 404):
            raise
        tried.problem = refusal
        return await _staff(page, tried)


async def _teams(page: Page, tried: Tried) -> Response[Any]:
    def shown(tx: Tx) -> dict[str, Any]:
        try:
            wanted = tried.read(Teams)
            return admin.teams_shown(tx, wanted.role, wanted.leaving, wanted.to)
        except Refusal as refusal:
            tried.problem = tried.problem or refusal
            return admin.teams_shown(tx, None, None, None)

    care_roles = [(role.value, role.value.replace("_", " ")) for role in CareRole]
    said = _DONE.get(page.done)
    return await page.show(
        "admin_teams.html", lambda tx: {**shown(tx), "care_roles": care_roles, "said": said}, tried
    )


async def _programme(page: Page, tried: Tried | None = None) -> Response[Any]:
    said = _DONE.get(page.done)
    return await page.show(
        "admin_programme.html", lambda tx: {**admin_programme.shown(tx, tried), "said": said}, tried
    )


async def _service(page: Page, tried: Tried | None = None) -> Response[Any]:
    def shown(tx: Tx) -> dict[str, Any]:
        parts = (admin.channels_shown(tx), admin.keys_shown(tx), admin.health_shown(tx))
        return {name: value for part in parts for name, value in part.items()}

    said = _DONE.get(page.done)
    return await page.show("admin_service.html", lambda tx: {**shown(tx), "said": said}, tried)


routes = [
    get_admin,
    post_staff,
    post_code,
    post_leave,
    post_reset,
    get_teams,
    post_teams,
    get_programme,
    post_programme,
    post_contact_try,
    post_contact_prove,
    get_service,
    post_test,
]
