"""A client's addresses: the overview, the record and its edit, the care team, the phone, and who looked."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.response import Response

from notifications.delivery.timewords import at_time
from server.console import qr
from server.console.account.account_proof import prove
from server.console.clients import (
    client,
    client_form,
    client_promise,
    client_record,
    client_said,
    client_team,
    discharge,
)
from server.console.page import Page, Tried, page_of
from server.core.db import Tx
from server.core.errors import EditedMeanwhile, Invalid, Refusal
from server.people import access, actions, care_teams, invitations, queries, sessions
from server.people.roles import Action
from server.people.schemas import ClientEdit

_CLIENT = "/clients/{client_id:uuid}"


@get(_CLIENT, opt=page_of(Action.VIEW_CLIENT))
async def get_client(page: Page, client_id: UUID) -> Response[Any]:
    """Everything about one client at a glance."""
    return await _overview(page, client_id)


async def _overview(page: Page, client_id: UUID, tried: Tried | None = None) -> Response[Any]:
    def gather(tx: Tx) -> dict[str, Any]:
        found = client.overview(tx, client_id)
        departure = discharge.standing(tx, access.client(tx, Action.VIEW_CLIENT, client_id))
        return {**found, "departure": departure, "said": client_said.on_page(tx, page.done, found)}

    return await page.show("client.html", gather, tried)


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
    """The care team as chosen, from now on: all of it, or none."""
    tried = await page.form()

    def give(tx: Tx) -> bool:
        care_teams.change(tx, client_id, client_team.read(tried))
        return client.still_mine(tx, client_id)

    return await page.act(
        tried,
        give,
        then=lambda mine: f"/clients/{client_id}?done=team" if mine else "/caseload?done=team",
        again=lambda: _overview(page, client_id, tried),
    )


@post(f"{_CLIENT}/invitations", opt=page_of(Action.INVITE_CLIENT), status_code=200)
async def post_invitation(page: Page, client_id: UUID) -> Response[Any]:
    """A new code for the client's phone, shown this once; the codes before stop working.

    Who holds it is let in as the client, so whoever makes it has just shown who they are.
    """
    tried = await page.form()

    def invite(tx: Tx) -> dict[str, Any]:
        facts = access.client(tx, Action.INVITE_CLIENT, client_id)
        access.looked(tx, "client.view", facts)
        row, code = invitations.create(tx, client_id=facts.id)
        link = f"{page.settings.address}/app#pair={code}"
        until = row.expires_at.replace(second=0, microsecond=0)
        return {
            **client.head(tx, facts),
            "code": f"{code[:5]} {code[5:]}",
            "link": f"{page.settings.address}/app",
            "qr": qr.picture(link),
            "until": at_time(until, tx.now, facts.zone, facts.language),
        }

    try:
        await prove(page, tried)
        return await page.show("client_invitation.html", invite)
    except Refusal as refusal:
        if refusal.status in (401, 404):
            raise
        tried.problem = refusal
        return await _overview(page, client_id, tried)


@post(f"{_CLIENT}/sessions/end", opt=page_of(Action.INVITE_CLIENT), status_code=303)
async def post_sessions_end(page: Page, client_id: UUID) -> Response[Any]:
    """A lost phone: every session of this client ends at once."""
    return await page.act(
        Tried(),
        lambda tx: sessions.revoke(tx, client_id=access.client(tx, Action.INVITE_CLIENT, client_id).id),
        then=f"/clients/{client_id}?done=ended",
        again=lambda: _overview(page, client_id),
    )


@post(f"{_CLIENT}/contact", opt=page_of(Action.ACT_ON_CASE), status_code=303)
async def post_contact(page: Page, client_id: UUID) -> Response[Any]:
    """A try to make the contact that was promised: written down, and another day where one is named."""
    tried = await page.form()
    return await page.act(
        tried,
        lambda tx: client_promise.write_down(tx, client_id, tried),
        then=lambda done: f"/clients/{client_id}?done={done}",
        again=lambda: _overview(page, client_id, tried),
    )


@get(f"{_CLIENT}/record", opt=page_of(Action.VIEW_CLIENT))
async def get_record(page: Page, client_id: UUID) -> Response[Any]:
    """What the client agreed to, copies of the plan, steps used, and who looked."""
    before = page.request.query_params.get("before") or ""
    cursor = int(before) if before.isdecimal() and len(before) < 19 else None
    return await page.show("client_record.html", lambda tx: client_record.shown(tx, client_id, cursor))


routes = [
    get_client,
    get_edit,
    post_edit,
    post_team,
    post_invitation,
    post_sessions_end,
    post_contact,
    get_record,
]
