"""What a change of duty makes worse, in words for whoever makes it: gaps, too little rest, one person on both rungs."""

from collections.abc import Callable, Sequence
from uuid import UUID

from msgspec import Struct

from notifications.escalations.oncall import acts
from notifications.escalations.oncall.calendars import calendar_of
from notifications.escalations.rotas.changing import made_worse
from notifications.escalations.rotas.holes import both_sentence, hole_sentence, rest_sentence
from notifications.escalations.rotas.rota import Calendar, Override
from notifications.escalations.schemas import Named
from server.core.db import Tx
from server.people import programmes, queries
from server.people.roles import Action


class Said(Struct, frozen=True):
    """Sentences in the programme's wall times, each kind in order of time; only what was not so before."""

    holes: list[str]
    short_rests: list[str]
    both_rungs: list[str]


def said(tx: Tx, calendar: Calendar, changes: Sequence[Override]) -> Said:
    """What these changes of the calendar would make worse."""
    worse = made_worse(calendar, changes)
    names = queries.names(tx, [one.person for one in (*worse.short_rests, *worse.both_rungs)])
    here = programmes.of_actor(tx).zone
    return Said(
        holes=[hole_sentence(one, here) for one in worse.holes],
        short_rests=[rest_sentence(one, Named.of(one.person, names).name, here) for one in worse.short_rests],
        both_rungs=[both_sentence(one, Named.of(one.person, names).name, here) for one in worse.both_rungs],
    )


def entered(tx: Tx, team_id: UUID, changes: Sequence[Override], enter: Callable[[], object]) -> list[str]:
    """Enter changes, which looks at them first, and say what they made worse. Nothing here refuses them."""
    team = acts.team_of(tx, Action.EDIT_ROTA, team_id)
    before = calendar_of(tx, team.programme_id, team.id)
    enter()
    told = said(tx, before, changes)
    return [*told.holes, *told.short_rests, *told.both_rungs]
