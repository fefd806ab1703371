"""What staff see of drills: the last ones and who took how long, and those that call the reader now.

Nothing is counted beforehand: who was called and who answered stands in the timelines of the practice cases.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from statistics import median_low
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, select

from notifications.escalations import events
from notifications.escalations.drills.models import Drill
from notifications.escalations.drills.schemas import (
    DrillList,
    DrillOut,
    DrillPerson,
    OwnDrill,
    OwnDrills,
    PersonPace,
)
from notifications.escalations.models import CaseEvent, EventKind
from notifications.escalations.schemas import Named
from server.core.db import Tx
from server.people import access, programmes, queries
from server.people.roles import Action
from server.people.teams import Team

SHOWN = 20
PACE_BACK = timedelta(days=90)
_TELLING = (
    EventKind.CALLED,
    EventKind.PASSED,
    EventKind.UNREACHABLE_RECIPIENT,
    EventKind.UNDELIVERED,
    EventKind.ACKNOWLEDGED,
)


class Called(Struct):
    """One person in one drill, as the timeline tells it."""

    called_at: datetime
    calls: int = 1
    answered_at: datetime | None = None
    no_way: bool = False

    @property
    def took(self) -> timedelta | None:
        """From the first call to them to their answer."""
        return self.answered_at - self.called_at if self.answered_at else None


class Timeline(Struct):
    """What a drill's timeline tells: people in the order of their first call, and how many rungs were empty."""

    people: dict[UUID, Called]
    empty_rungs: int = 0


def overview(tx: Tx) -> DrillList:
    """The last drills of the acting person's programme, and how each person did in 90 days."""
    access.require(tx, Action.RUN_DRILL)
    return of_programme(tx, programmes.of_actor(tx).id)


def of_programme(tx: Tx, programme_id: UUID) -> DrillList:
    """The same of any programme, for the service's own command."""
    tx.session.flush()
    newest = _with_team(Drill.programme_id == programme_id).order_by(
        Drill.started_at.desc(), Drill.case_id.desc()
    )
    shown = [(row[0], row[1]) for row in tx.session.execute(newest.limit(SHOWN))]
    recent = select(Drill.case_id).where(
        Drill.programme_id == programme_id, Drill.started_at >= tx.now - PACE_BACK
    )
    counted = set(tx.session.scalars(recent))
    told = _timelines(tx, {*counted, *(drill.case_id for drill, _ in shown)})
    names = queries.names(
        tx,
        {person for each in told.values() for person in each.people}
        | {drill.started_by for drill, _ in shown},
    )
    return DrillList(
        drills=[_out(drill, team, told[drill.case_id], names) for drill, team in shown],
        people=_paces([told[case_id] for case_id in counted], names),
    )


def one(tx: Tx, case_id: UUID) -> DrillOut:
    """One drill in full."""
    drill, team, told = _told(tx, case_id)
    return _out(drill, team, told, queries.names(tx, [*told.people, drill.started_by]))


def own(tx: Tx) -> OwnDrills:
    """Drills that run now and have called the acting person."""
    access.require(tx, Action.ANSWER_DRILL)
    found = [(drill, team, told.people.get(access.acting(tx))) for drill, team, told in _running(tx)]
    return OwnDrills([_own(drill, team, called) for drill, team, called in found if called])


def answered(tx: Tx, case_id: UUID) -> OwnDrill:
    """The drill that the acting person has just answered."""
    drill, team, told = _told(tx, case_id)
    return _own(drill, team, told.people[access.acting(tx)])


def _with_team(*where: ColumnElement[bool]) -> Select[Drill, str]:
    return select(Drill, Team.name).join(Team, Team.id == Drill.team_id).where(*where)


def _told(tx: Tx, case_id: UUID) -> tuple[Drill, str, Timeline]:
    tx.session.flush()
    drill, team = tx.session.execute(_with_team(Drill.case_id == case_id)).one()
    return drill, team, _timelines(tx, [case_id])[case_id]


def _running(tx: Tx) -> list[tuple[Drill, str, Timeline]]:
    query = _with_team(Drill.programme_id == tx.actor.programme_id, Drill.ended_at.is_(None))
    rows = [(row[0], row[1]) for row in tx.session.execute(query.order_by(Drill.started_at))]
    told = _timelines(tx, [drill.case_id for drill, _ in rows])
    return [(drill, team, told[drill.case_id]) for drill, team in rows]


def _timelines(tx: Tx, case_ids: Collection[UUID]) -> dict[UUID, Timeline]:
    found = {case_id: Timeline({}) for case_id in case_ids}
    if not found:
        return found
    columns = (CaseEvent.case_id, CaseEvent.kind, CaseEvent.at, CaseEvent.actor_id, CaseEvent.data)
    query = select(*columns).where(CaseEvent.case_id.in_(found), CaseEvent.kind.in_(_TELLING))
    for event in tx.session.execute(query.order_by(CaseEvent.number)):
        _read(found[event.case_id], event)
    return found


def _read(told: Timeline, event: Any) -> None:
    match event.kind:
        case EventKind.PASSED:
            told.empty_rungs += len(event.data.get("rungs", ()))
        case EventKind.ACKNOWLEDGED:
            if event.actor_id in told.people:
                told.people[event.actor_id].answered_at = event.at
        case EventKind.CALLED:
            for person in events.people_in(event.data):
                if person in told.people:
                    told.people[person].calls += 1
                else:
                    told.people[person] = Called(event.at)
        case _:
            for person in events.people_in(event.data):
                if person in told.people:
                    told.people[person].no_way = True


def _out(drill: Drill, team: str, told: Timeline, names: dict[UUID, str]) -> DrillOut:
    return DrillOut(
        id=drill.case_id,
        team=team,
        started_at=drill.started_at,
        started_by=Named.of(drill.started_by, names) if drill.started_by else None,
        ends_at=drill.ends_at,
        ended_at=drill.ended_at,
        outcome=drill.outcome,
        people=[
            DrillPerson(
                person=Named.of(person, names),
                called_at=each.called_at,
                calls=each.calls,
                answered_at=each.answered_at,
                took_seconds=round(each.took.total_seconds()) if each.took is not None else None,
                no_way=each.no_way and each.answered_at is None,
            )
            for person, each in told.people.items()
        ],
        empty_rungs=told.empty_rungs,
    )


def _own(drill: Drill, team: str, called: Called) -> OwnDrill:
    return OwnDrill(drill.case_id, team, called.called_at, drill.ends_at, called.answered_at)


def _paces(timelines: Iterable[Timeline], names: dict[UUID, str]) -> list[PersonPace]:
    """By name. A drill somebody else answered counts as one they were called for and did not answer."""
    found: dict[UUID, list[Called]] = {}
    for told in timelines:
        for person, each in told.people.items():
            found.setdefault(person, []).append(each)
    paces = [
        PersonPace(
            person=Named.of(person, names),
            called=len(every),
            answered=sum(each.answered_at is not None for each in every),
            median_seconds=_median([each.took for each in every if each.took is not None]),
        )
        for person, every in found.items()
    ]
    return sorted(paces, key=lambda pace: (pace.person.name.casefold(), pace.person.id))


def _median(times: list[timedelta]) -> int | None:
    return round(median_low(times).total_seconds()) if times else None
