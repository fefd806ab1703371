"""Raising a case for a client by hand: family rang, a neighbour wrote, or the client said so on the telephone."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.response import Response

from notifications.escalations import cases
from notifications.escalations.models import Case, CauseKind
from notifications.escalations.schemas import CaseNew
from notifications.escalations.tiers import Tier
from server.console.clients import client, telephone
from server.console.page import Page, Tried, page_of
from server.console.words import TIERS
from server.core.db import Tx
from server.core.errors import Invalid
from server.core.tables import new_id
from server.people import access
from server.people.roles import Action

_PATH = "/clients/{client_id:uuid}/raise"

_CHOICES = [(tier.value, TIERS[tier]) for tier in Tier]


@get(_PATH, opt=page_of(Action.RAISE_CASE))
async def get_raise(page: Page, client_id: UUID) -> Response[Any]:
    """How urgent it is, and why."""
    return await _raise(page, client_id, Tried())


@post(_PATH, opt=page_of(Action.RAISE_CASE), status_code=303)
async def post_raise(page: Page, client_id: UUID) -> Response[Any]:
    """Open the client's case or join the one that is open; the same form sent twice is one cause."""
    tried = await page.form()

    def raise_it(tx: Tx) -> Case:
        facts = access.client(tx, Action.RAISE_CASE, client_id)
        given = tried.read(CaseNew)
        if given.id is None:
            raise Invalid.field("id", "Open this form again.")
        return cases.raise_case(
            tx, facts, kind=CauseKind.RAISED_BY_STAFF, tier=given.tier, source_id=given.id, note=given.note
        )

    return await page.act(
        tried,
        lambda tx: raise_it(tx).id,
        then=lambda case_id: f"/cases/{case_id}",
        again=lambda: _raise(page, client_id, tried),
    )


async def _raise(page: Page, client_id: UUID, tried: Tried) -> Response[Any]:
    def gather(tx: Tx) -> dict[str, Any]:
        facts = access.client(tx, Action.RAISE_CASE, client_id)
        access.looked(tx, "client.view", facts)
        return {
            **client.head(tx, facts),
            "id": tried.value("id", new_id()),
            "choices": _CHOICES,
            "emergency": telephone.numbers(),
        }

    return await page.show("client_raise.html", gather, tried)


routes = [get_raise, post_raise]
