"""The page that takes a calendar file: what it would do, or what is wrong with it line by line; then exactly that."""

import base64
from typing import Any
from uuid import UUID

from notifications.escalations.oncall import importing
from notifications.escalations.oncall import queries as calendar_queries
from notifications.escalations.oncall.importing import Sent
from notifications.escalations.rotas.rota import Layer
from server.console.big_form import LARGEST_FILE, within
from server.console.page import Tried
from server.console.rota import rota
from server.core.db import Tx
from server.core.errors import FieldProblem, Invalid
from server.people import access, programmes
from server.people.roles import Action

_MOST_SHOWN = 100


def form(tx: Tx, team_id: UUID | None) -> dict[str, Any]:
    """Before any file was sent."""
    access.require(tx, Action.EDIT_ROTA)
    team, _ = rota.team_of(tx, team_id)
    return {
        "team": team,
        "zone": programmes.of_actor(tx).zone,
        "rungs": rota.RUNGS,
        "dry": None,
        "faults": [],
        "carried": "",
        "most_mib": LARGEST_FILE // 1024 // 1024,
    }


def tried_file(tx: Tx, team_id: UUID | None, tried: Tried, data: bytes) -> dict[str, Any]:
    """The same page with what this file would do; what is wrong with it is named by its line."""
    context = form(tx, team_id)
    try:
        dry = importing.dry_run(tx, context["team"].id, _sent(tried, data))
    except Invalid as wrong:
        return {**context, "faults": wrong.errors[:_MOST_SHOWN]}
    preview = calendar_queries.preview_of(tx, dry.calendar, rota.ahead(tx))
    return {
        **context,
        **rota.parts(tx, preview),
        "dry": dry,
        "carried": base64.b64encode(data).decode(),
    }


def apply(tx: Tx, team_id: UUID, tried: Tried, data: bytes) -> None:
    """Apply the file that the dry run showed."""
    importing.apply(tx, team_id, _sent(tried, data), tried.value("mark"))


def _sent(tried: Tried, data: bytes) -> Sent:
    layer = tried.value("layer")
    if layer and layer not in [each.value for each in Layer]:
        raise Invalid(errors=[FieldProblem("layer", "choose a rung, or none")])
    zone = tried.value("zone").strip()
    return Sent(data=data, zone=zone or None, layer=Layer(layer) if layer else None)


def file_of(files: dict[str, bytes]) -> bytes:
    """The file that was chosen."""
    data = files.get("file", b"")
    if not data.strip():
        raise Invalid.field("file", "Choose a file")
    return within(data)
