"""Offers of duty as staff see them: everybody of the programme may look, as at the calendar itself."""

from uuid import UUID

from sqlalchemy import select

from notifications.escalations.oncall import acts, offers, worse
from notifications.escalations.oncall.calendars import calendar_of
from notifications.escalations.oncall.duty_schemas import DutyOut, OfferOut
from notifications.escalations.oncall.models import DutyOffer, OfferState
from notifications.escalations.rotas.rota import Calendar
from notifications.escalations.schemas import Named
from server.core.db import Tx
from server.people import queries
from server.people.roles import Action

_MOST = 100


def standing(tx: Tx, team_id: UUID) -> list[OfferOut]:
    """The team's offers whose duty is not over, newest first."""
    team = acts.team_of(tx, Action.VIEW_ROTA, team_id)
    query = select(DutyOffer).where(DutyOffer.team_id == team.id, DutyOffer.to_at > tx.now)
    rows = list(tx.session.scalars(query.order_by(DutyOffer.id.desc()).limit(_MOST)))
    names = queries.names(tx, [who for row in rows for who in (row.by_id, row.to_id)])
    calendar = calendar_of(tx, team.programme_id, team.id)
    return [_out(tx, row, calendar, names) for row in rows]


def to_answer(tx: Tx, team_id: UUID | None) -> int:
    """How many offers wait for the acting person."""
    if team_id is None:
        return 0
    query = select(DutyOffer).where(
        DutyOffer.team_id == team_id, DutyOffer.to_id == tx.actor.id, DutyOffer.state == OfferState.OPEN
    )
    return sum(offers.begins_at(row) > tx.now for row in tx.session.scalars(query))


def _out(tx: Tx, row: DutyOffer, calendar: Calendar, names: dict[UUID, str]) -> OfferOut:
    is_open = row.state is OfferState.OPEN
    lapsed = is_open and offers.begins_at(row) <= tx.now
    changes = offers.overrides_of(row)
    back = changes[1] if len(changes) > 1 else None
    told = worse.said(tx, calendar, changes if is_open and not lapsed else ())
    return OfferOut(
        id=row.id,
        by=Named.of(row.by_id, names),
        to=Named.of(row.to_id, names),
        duty=DutyOut(row.layer, row.from_at, row.to_at),
        back=DutyOut(back.layer, back.from_at, back.to_at) if back else None,
        made_at=row.made_at,
        state=row.state,
        answered_at=row.answered_at,
        lapsed=lapsed,
        short_rests=told.short_rests,
        both_rungs=told.both_rungs,
    )
