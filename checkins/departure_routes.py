"""Addresses of leaving the programme and coming back."""

from typing import Any
from uuid import UUID

from litestar import post

from checkins import departures
from server.core.db import Tx
from server.people import queries
from server.people.api import described
from server.people.caller import Caller, action
from server.people.roles import Action
from server.people.schemas import ClientOut, DischargeIn


@post(
    "/clients/{client_id:uuid}/discharge",
    opt=action(Action.DISCHARGE_CLIENT),
    status_code=200,
    **described("Discharge a client", 401, 403, 404, 409, 422),
)
async def post_discharge(caller: Caller, client_id: UUID, data: DischargeIn) -> ClientOut:
    """Check-ins, reminders and codes end, and the phone keeps the plan. Refused while a case is open (`case_id`)."""

    def leave(tx: Tx) -> ClientOut:
        departures.discharge(tx, client_id, data)
        return queries.client_out(tx, client_id)

    return await caller.write(leave)


@post(
    "/clients/{client_id:uuid}/readmit",
    opt=action(Action.DISCHARGE_CLIENT),
    status_code=200,
    **described("Take a client back in", 401, 403, 404, 409),
)
async def post_readmit(caller: Caller, client_id: UUID) -> ClientOut:
    """Nothing starts by itself: resume each schedule, check the care team, and make a new code for the phone."""

    def come_back(tx: Tx) -> ClientOut:
        departures.readmit(tx, client_id)
        return queries.client_out(tx, client_id)

    return await caller.write(come_back)


routes: list[Any] = [post_discharge, post_readmit]
