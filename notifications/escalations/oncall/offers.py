"""A turn of duty that is offered to a colleague, who accepts or declines. Only an acceptance changes who is called.

Rule: one offers only what one has, and asks in return only for what the other has. Whether it makes a hole, leaves
somebody with too little rest, or puts one person on both rungs is looked at when it is offered and again when it is
accepted, since the calendar may be another by then. A hole refuses it. Too little rest, and one person on both rungs,
are said, and go on when the one who acts says that they know. An offer lapses when one of its duties begins.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from notifications.delivery import outbox
from notifications.delivery.messages import Kind
from notifications.delivery.retry import Priority
from notifications.escalations.oncall import acts, worse
from notifications.escalations.oncall.acts import enter_overrides, override_faults
from notifications.escalations.oncall.calendars import calendar_of
from notifications.escalations.oncall.duty_schemas import OfferAnswer, OfferNew
from notifications.escalations.oncall.models import DutyOffer, OfferState
from notifications.escalations.rotas import changing
from notifications.escalations.rotas.rota import Layer, Override
from server.core import audit
from server.core.db import Tx
from server.core.errors import Conflict, FieldProblem, Forbidden, Invalid, NotFound
from server.core.tables import new_id
from server.people import access
from server.people.roles import Action
from server.people.teams import Team
from server.people.terms import Role

NOT_OPEN = "This offer was answered already, or taken back."
_STILL_OF_USE = timedelta(hours=12)
"""How long the news of an answer is worth a message, even where the duty begins sooner."""

LAPSED = (
    "This duty has begun: nobody can take it over by an offer any more. A supervisor can enter a stand-in."
)


def offer(tx: Tx, team_id: UUID, given: OfferNew) -> DutyOffer:
    """Offer a duty of one's own; the colleague is told that there is something to answer."""
    team = acts.team_of(tx, Action.SWAP_DUTY, team_id, lock=True)
    me = access.acting(tx)
    row = DutyOffer(id=new_id(), team_id=team.id, by_id=me, to_id=given.to, made_at=tx.now)
    row.layer, row.from_at, row.to_at = given.duty.layer, given.duty.from_at, given.duty.to_at
    if given.back is not None:
        row.back_layer, row.back_from_at = given.back.layer, given.back.from_at
        row.back_to_at = given.back.to_at
    row.state = OfferState.OPEN
    if given.to == me:
        raise Invalid.field("to", "offer it to somebody else")
    if _has_open(tx, row):
        raise Conflict("You have offered this duty already. Take that offer back first.")
    _check(tx, team, row, given)
    tx.session.add(row)
    tx.session.flush()
    audit.record(tx, "duty.offer", row_id=row.id, data={"team": str(team.id)})
    _tell(tx, row.to_id, Kind.DUTY_OFFERED, row)
    return row


def answer(tx: Tx, team_id: UUID, offer_id: UUID, given: OfferAnswer) -> DutyOffer:
    """Take the duty, or do not. Once it is taken the calendar is another; the one who offered it is told."""
    team, row = _open(tx, team_id, offer_id)
    if row.to_id != access.acting(tx):
        raise Forbidden("Only the colleague it was offered to answers.")
    if given.accept:
        _check(tx, team, row, given)
        enter_overrides(tx, team, overrides_of(row))
    row.state = OfferState.ACCEPTED if given.accept else OfferState.DECLINED
    row.answered_at = tx.now
    tx.session.flush()
    audit.record(tx, "duty.accept" if given.accept else "duty.decline", row_id=row.id)
    _tell(tx, row.by_id, Kind.DUTY_ANSWERED, row)
    return row


def take_back(tx: Tx, team_id: UUID, offer_id: UUID) -> None:
    """The one who offered it keeps the duty after all; a supervisor may take anybody's offer back."""
    _, row = _open(tx, team_id, offer_id, even_begun=True)
    if row.by_id != access.acting(tx) and tx.actor.role != Role.SUPERVISOR:
        raise Forbidden("Whoever made the offer takes it back.")
    row.state, row.answered_at = OfferState.WITHDRAWN, tx.now
    tx.session.flush()
    audit.record(tx, "duty.take_back", row_id=row.id)


def overrides_of(row: DutyOffer) -> tuple[Override, ...]:
    """What an acceptance enters into the calendar."""
    found = [_override(row.layer, row.from_at, row.to_at, row.to_id, row.by_id)]
    if row.back_layer and row.back_from_at and row.back_to_at:
        found.append(_override(Layer(row.back_layer), row.back_from_at, row.back_to_at, row.by_id, row.to_id))
    return tuple(found)


def begins_at(row: DutyOffer) -> datetime:
    """When the first of its duties begins."""
    return min(row.from_at, row.back_from_at or row.from_at)


def _override(layer: Layer, from_at: datetime, to_at: datetime, in_: UUID, out: UUID) -> Override:
    return Override(layer=layer, from_at=from_at, to_at=to_at, person_in=in_, person_out=out)


def _check(tx: Tx, team: Team, row: DutyOffer, known: OfferNew | OfferAnswer) -> None:
    """Whether it can be changed so, as the calendar is now. Invalid names the half that is wrong, or what to know."""
    changes = overrides_of(row)
    calendar = calendar_of(tx, team.programme_id, team.id)
    wrong: list[FieldProblem] = []
    for path, one in zip(("duty", "back"), changes, strict=False):
        wrong += override_faults(tx, team, one, path)
        holder = one.person_out
        if not wrong and holder is not None:
            whole = changing.is_theirs(calendar, one.layer, one.from_at, one.to_at, holder)
            whose = "yours" if holder == tx.actor.id else "theirs"
            wrong += [] if whole else [FieldProblem(path, f"this is not a duty of {whose}, or only in part")]
            wrong += [] if one.from_at > tx.now else [FieldProblem(path, "this duty has begun")]
    if wrong:
        raise Invalid(errors=wrong)
    told = worse.said(tx, calendar, changes)
    if told.holes:
        raise Invalid.field("duty", f"it would leave a gap: {told.holes[0]}")
    if told.short_rests and not known.despite_rest:
        wrong.append(FieldProblem("despite_rest", f"too little rest: {'; '.join(told.short_rests)}"))
    if told.both_rungs and not known.despite_both_rungs:
        words = f"nobody would stand behind them: {'; '.join(told.both_rungs)}"
        wrong.append(FieldProblem("despite_both_rungs", words))
    if wrong:
        raise Invalid(errors=wrong)


def _has_open(tx: Tx, row: DutyOffer) -> bool:
    query = select(DutyOffer.id).where(
        DutyOffer.team_id == row.team_id,
        DutyOffer.by_id == row.by_id,
        DutyOffer.state == OfferState.OPEN,
        DutyOffer.layer == row.layer,
        DutyOffer.from_at < row.to_at,
        DutyOffer.to_at > row.from_at,
    )
    return tx.session.scalars(query.limit(1)).one_or_none() is not None


def _open(tx: Tx, team_id: UUID, offer_id: UUID, *, even_begun: bool = False) -> tuple[Team, DutyOffer]:
    """The offer under the team's lock; Conflict where it is not open any more."""
    team = acts.team_of(tx, Action.SWAP_DUTY, team_id, lock=True)
    row = tx.session.get(DutyOffer, offer_id, with_for_update=True)
    if row is None or row.team_id != team.id:
        raise NotFound
    if row.state is not OfferState.OPEN:
        raise Conflict(NOT_OPEN)
    if begins_at(row) <= tx.now and not even_begun:
        raise Conflict(LAPSED)
    return team, row


def _tell(tx: Tx, staff_id: UUID, kind: Kind, row: DutyOffer) -> None:
    outbox.tell(
        tx,
        outbox.to_staff(tx, staff_id),
        kind,
        dedupe=f"{kind}:{row.id}",
        priority=Priority.NORMAL,
        expires_at=max(begins_at(row), tx.now + _STILL_OF_USE),
    )
