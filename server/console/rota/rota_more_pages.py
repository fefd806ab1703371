"""The addresses of duty that is offered to a colleague, and of the teams."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from litestar.response import Response

from notifications.escalations.oncall import acts, offers, team_acts
from notifications.escalations.oncall.models import OfferState
from server.console.page import Page, Tried, page_of
from server.console.rota import rota, rota_offers, rota_teams
from server.core.db import Tx
from server.people.roles import Action

_VIEW, _SWAP, _EDIT = page_of(Action.VIEW_ROTA), page_of(Action.SWAP_DUTY), page_of(Action.EDIT_ROTA)
_GIVE = page_of(Action.EDIT_CARE_TEAM)
_OFFER = "/rota/offers/{offer_id:uuid}"
_DONE = {
    "offered": "The offer is made. Nothing changes until it is accepted.",
    "accepted": "The duty is yours. The calendar has it, and your colleague is told.",
    "declined": "Declined. The duty stays where it was, and your colleague is told.",
    "back": "The offer is taken back.",
    "added": "The team is added.",
    "renamed": "The team has its new name.",
    "given": "Their calls go to this team from now on.",
}

_OFFERED = {
    "offered": OfferState.OPEN,
    "accepted": OfferState.ACCEPTED,
    "declined": OfferState.DECLINED,
    "back": OfferState.WITHDRAWN,
}
"""What stands there when a word of these is so."""

Team = Annotated[UUID | None, Parameter(query="team")]


@get("/rota/offers", opt=_VIEW)
async def get_offers(page: Page, team: Team = None) -> Response[Any]:
    """Duty that is offered, and offering one."""
    return await _offers(page, team, Tried())


@post("/rota/offers", opt=_SWAP, status_code=303)
async def post_offer(page: Page) -> Response[Any]:
    """Offer a duty of one's own."""
    return await _change(page, rota_offers.offer, "offered")


@post(f"{_OFFER}/accept", opt=_SWAP, status_code=303)
async def post_accept(page: Page, offer_id: UUID) -> Response[Any]:
    """Take the duty."""
    return await _change(
        page, lambda tx, team, tried: rota_offers.answer(tx, team, offer_id, tried, accept=True), "accepted"
    )


@post(f"{_OFFER}/decline", opt=_SWAP, status_code=303)
async def post_decline(page: Page, offer_id: UUID) -> Response[Any]:
    """Do not take it."""
    return await _change(
        page, lambda tx, team, tried: rota_offers.answer(tx, team, offer_id, tried, accept=False), "declined"
    )


@post(f"{_OFFER}/withdraw", opt=_SWAP, status_code=303)
async def post_withdraw(page: Page, offer_id: UUID) -> Response[Any]:
    """Take an offer back."""
    return await _change(page, lambda tx, team, _: offers.take_back(tx, team, offer_id), "back")


@get("/rota/teams", opt=_VIEW)
async def get_teams(page: Page) -> Response[Any]:
    """Every team."""
    return await _teams(page)


@post("/rota/teams", opt=_EDIT, status_code=303)
async def post_team(page: Page) -> Response[Any]:
    """Another team."""
    tried = await page.form()
    return await page.act(
        tried,
        lambda tx: acts.add_team(tx, tried.read(rota_teams.TeamForm).name),
        then="/rota/teams?done=added",
        again=lambda: _teams(page, tried),
    )


@post("/rota/teams/{team_id:uuid}/name", opt=_EDIT, status_code=303)
async def post_name(page: Page, team_id: UUID) -> Response[Any]:
    """Another name."""
    tried = await page.form()

    def rename(tx: Tx) -> None:
        team_acts.rename(tx, team_id, tried.read(rota_teams.TeamForm).name, tried.version())

    return await page.act(tried, rename, then="/rota/teams?done=renamed", again=lambda: _teams(page, tried))


@get("/rota/teams/{team_id:uuid}/clients", opt=_GIVE)
async def get_clients(page: Page, team_id: UUID) -> Response[Any]:
    """Whose calls go to this team, and who else there is."""
    return await _clients(page, team_id)


@post("/rota/teams/{team_id:uuid}/clients", opt=_GIVE, status_code=303)
async def post_clients(page: Page, team_id: UUID) -> Response[Any]:
    """Give clients to this team."""
    tried = await page.form()
    return await page.act(
        tried,
        lambda tx: team_acts.give_clients(tx, team_id, tried.read(rota_teams.Given).clients),
        then=f"/rota/teams/{team_id}/clients?done=given",
        again=lambda: _clients(page, team_id, tried),
    )


async def _change(page: Page, verb: Callable[[Tx, UUID, Tried], Any], done: str) -> Response[Any]:
    tried = await page.form()
    team = tried.id("team")
    return await page.act(
        tried,
        lambda tx: verb(tx, rota.team_of(tx, team)[0].id, tried),
        then=rota.team_page("/rota/offers", team, done),
        again=lambda: _offers(page, team, tried),
    )


async def _offers(page: Page, team: UUID | None, tried: Tried) -> Response[Any]:
    def shown(tx: Tx) -> dict[str, Any]:
        found = rota_offers.shown(tx, team)
        is_so = _OFFERED.get(page.done) in found["states"]
        return {**found, "said": _DONE.get(page.done) if is_so else None}

    return await page.show("rota_offers.html", shown, tried)


async def _teams(page: Page, tried: Tried | None = None) -> Response[Any]:
    said = _DONE.get(page.done)
    return await page.show("rota_teams.html", lambda tx: {**rota_teams.shown(tx), "said": said}, tried)


async def _clients(page: Page, team_id: UUID, tried: Tried | None = None) -> Response[Any]:
    said = _DONE.get(page.done)

    def shown(tx: Tx) -> dict[str, Any]:
        return {**rota_teams.team_shown(tx, *rota.team_of(tx, team_id)), "said": said}

    return await page.show("rota_team_clients.html", shown, tried)


routes: list[HTTPRouteHandler] = [get_offers, post_offer, post_accept, post_decline, post_withdraw]
routes += [get_teams, post_team, post_name, get_clients, post_clients]
