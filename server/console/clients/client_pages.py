"""A client's addresses: the overview, the record and its edit, the care team, the phone, and who looked."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.response import Response

from server.console import qr
from server.console.clients import client, client_form, discharge
from server.console.page import Page, Tried, page_of
from server.core.db import Tx
from server.core.errors import EditedMeanwhile, Invalid
from server.people import access, actions, invitations, queries, sessions
from server.people.roles import Action
from server.people.schemas import CareSpellNew, ClientEdit

_CLIENT = "/clients/{client_id:uuid}"

_DONE = {
    "added": "The client is added. Next: their care team, check-ins, and the code for their phone.",
    "saved": "Saved.",
    "team": "The care team is changed.",
    "ended": "Every session of the phone has ended. A new code lets it in again.",
    "schedule": "The schedule is saved.",
    "paused": "The schedule rests.",
    "resumed": "The schedule asks again.",
    "discharged": "Discharged. Nothing is asked or sent any more.",
    "readmitted": "Back in. Next: check the care team, each schedule, and make a new code for their phone.",
    "removed": "The schedule is removed. What was answered stays.",
}


@get(_CLIENT, opt=page_of(Action.VIEW_CLIENT))
async def get_client(page: Page, client_id: UUID) -> Response[Any]:
    """Everything about one client at a glance."""
    return await _overview(page, client_id)


async def _overview(page: Page, client_id: UUID, tried: Tried | None = None) -> Response[Any]:
    return await page.show(
        "client.html", lambda tx: {**_gathered(tx, client_id), "said": _DONE.get(page.done)}, tried
    )


def _gathered(tx: Tx, client_id: UUID) -> dict[str, Any]:
    found = client.overview(tx, client_id)
    return {**found, "departure": discharge.standing(tx, access.client(tx, Action.VIEW_CLIENT, client_id))}


@get(f"{_CLIENT}/edit", opt=page_of(Action.EDIT_CLIENT))
async def get_edit(page: Page, client_id: UUID) -> Response[Any]:
    """The record as a form."""
    return await _edit(page, client_id)


@post(f"{_CLIENT}/edit", opt=page_of(Action.EDIT_CLIENT), status_code=303)
async def post_edit(page: Page, client_id: UUID) -> Response[Any]:
    """Save the record, unless somebody else saved since this form was opened."""
    tried = await page.form()
    client_form.close_gaps(tried)
    version = tried.sent.pop("version", [""])[0]

    def edit(tx: Tx) -> None:
        if not version.isdecimal() or len(version) > 9:
            raise Invalid.field("version", "Open this form again.")
        actions.edit_client(tx, client_id, client_form.read(tried, ClientEdit), int(version))

    return await page.act(
        tried,
        edit,
        then=f"/clients/{client_id}?done=saved",
        again=lambda: _edit(page, client_id, tried, version),
    )


async def _edit(
    page: Page, client_id: UUID, tried: Tried | None = None, version: str | None = None
) -> Response[Any]:
    """After a clash the newest record stands beside what was typed, and saving once more keeps the latter."""
    form = tried or Tried()
    clash = isinstance(form.problem, EditedMeanwhile)

    def gather(tx: Tx) -> dict[str, Any]:
        stored = queries.client_out(tx, client_id)
        facts = access.client(tx, Action.EDIT_CLIENT, client_id)
        return {
            **client.head(tx, facts),
            "stored": stored,
            "contacts": client_form.rows(form, stored.collateral_contacts),
            "form": client_form,
            "version": stored.version if clash or version is None else version,
            "clash": clash,
        }

    return await page.show("client_edit.html", gather, form)


@post(f"{_CLIENT}/team", opt=page_of(Action.EDIT_CARE_TEAM), status_code=303)
async def post_team(page: Page, client_id: UUID) -> Response[Any]:
    """Give a care role to a colleague from now on, or leave it empty."""
    tried = await page.form()

    def give(tx: Tx) -> bool:
        actions.set_care_role(tx, client_id, tried.read(CareSpellNew))
        return client.still_mine(tx, client_id)

    return await page.act(
        tried,
        give,
        then=lambda mine: f"/clients/{client_id}?done=team" if mine else "/caseload?done=team",
        again=lambda: _overview(page, client_id, tried),
    )


@post(f"{_CLIENT}/invitations", opt=page_of(Action.INVITE_CLIENT), status_code=200)
async def post_invitation(page: Page, client_id: UUID) -> Response[Any]:
    """A new code for the client's phone, shown this once; the codes before stop working."""

    def invite(tx: Tx) -> dict[str, Any]:
        facts = access.client(tx, Action.INVITE_CLIENT, client_id)
        row, code = invitations.create(tx, client_id=facts.id)
        link = f"{page.settings.address}/app#pair={code}"
        return {
            **client.head(tx, facts),
            "code": f"{code[:5]} {code[5:]}",
            "link": f"{page.settings.address}/app",
            "qr": qr.picture(link),
            "expires_at": row.expires_at,
        }

    return await page.show("client_invitation.html", invite)


@post(f"{_CLIENT}/sessions/end", opt=page_of(Action.INVITE_CLIENT), status_code=303)
async def post_sessions_end(page: Page, client_id: UUID) -> Response[Any]:
    """A lost phone: every session of this client ends at once."""
    return await page.act(
        Tried(),
        lambda tx: sessions.revoke(tx, client_id=access.client(tx, Action.INVITE_CLIENT, client_id).id),
        then=f"/clients/{client_id}?done=ended",
        again=lambda: _overview(page, client_id),
    )


@get(f"{_CLIENT}/record", opt=page_of(Action.VIEW_CLIENT))
async def get_record(page: Page, client_id: UUID) -> Response[Any]:
    """What the client agreed to, copies of the plan, steps used, and who looked."""
    before = page.request.query_params.get("before") or ""
    cursor = int(before) if before.isdecimal() and len(before) < 19 else None
    return await page.show(
        "client_record.html", lambda tx: {**client.kept(tx, client_id, cursor), "said": None}
    )


routes = [
    get_client,
    get_edit,
    post_edit,
    post_team,
    post_invitation,
    post_sessions_end,
    get_record,
]
