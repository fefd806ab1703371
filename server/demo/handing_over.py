"""What Riverside's last turn of duty left behind: a note, a duty that is offered, and a second team that begins."""

from collections.abc import Mapping
from uuid import UUID

from notifications.escalations.oncall import acts, handovers, offers
from notifications.escalations.oncall.calendars import calendar_of
from notifications.escalations.oncall.duty_schemas import OfferNew, TimeOfDuty
from notifications.escalations.rotas import turns
from notifications.escalations.rotas.duty import stretches
from notifications.escalations.rotas.rota import Layer
from notifications.escalations.rotas.turns import LOOKED_AHEAD, Turn
from server.core.db import Tx
from server.core.errors import Refusal
from server.demo.people import Staffer
from server.people import programmes

SECOND_TEAM = "South side"
_NOTE = (
    "Quiet for the most part. One client did not pick up twice; their sister is with them until nine and will ring us. "
    "The side door of the office sticks, use the front."
)


def enter(tx: Tx, staff: Mapping[str, Staffer], team_id: UUID) -> None:
    """Whoever went off last leaves a note, one case manager offers a duty to the other, and a team is added."""
    tx.actor = staff["marguerite"].actor
    acts.add_team(tx, SECOND_TEAM)
    by_id = {staffer.actor.id: staffer.actor for staffer in staff.values()}
    calendar = calendar_of(tx, programmes.of_actor(tx).id, team_id)
    found = turns.around(calendar, tx.now)
    for turn in _hands_over(found, tx):
        tx.actor = by_id[turn.person]
        handovers.leave_note(tx, team_id, _NOTE)
        break
    dana, luis = staff["dana"].actor, staff["luis"].actor
    tx.actor = dana
    for one in stretches(calendar, Layer.PRIMARY, tx.now, tx.now + LOOKED_AHEAD):
        if one.on.person != dana.id or one.from_at <= tx.now or luis.id is None:
            continue
        duty = TimeOfDuty(layer=Layer.PRIMARY, from_at=one.from_at, to_at=one.to_at)
        try:
            with tx.savepoint():
                offers.offer(tx, team_id, OfferNew(to=luis.id, duty=duty, despite_rest=True))
        except Refusal:  # somebody is away on that day; the next one then
            continue
        break


def _hands_over(found: tuple[Turn, ...], tx: Tx) -> list[Turn]:
    """Whose note it may be: of who went off last, or else of who is on now."""
    last = turns.last_over(found, tx.now)
    both = [*([last] if last else []), *turns.under_way(found, tx.now)]
    return [turn for turn in both if turns.hands_over(found, turn.person, tx.now)]
