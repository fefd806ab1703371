"""What people do with a calendar of duty: store a rota, stand in, swap, be away, take back. All of it is on record.

Rule: a rota is stored whole or refused with the path of each problem. Nothing here is refused for a hole: a team
may mean it, and is told of it. Out of office may be entered by the person themself.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError

from notifications.escalations.oncall.calendars import calendar_of, on_call_people
from notifications.escalations.oncall.findings import sudden_holes_told
from notifications.escalations.oncall.models import AbsenceRow, OverrideRow, RotaRow
from notifications.escalations.rotas.duty import stretches
from notifications.escalations.rotas.problems import absence_problems, override_problems, problems
from notifications.escalations.rotas.rota import Absence, Override, Rota
from server.core import audit
from server.core.db import Tx
from server.core.errors import Conflict, EditedMeanwhile, FieldProblem, Forbidden, Invalid, NotFound
from server.core.tables import new_id
from server.people import access, programmes
from server.people.given import checked_name
from server.people.models import Client
from server.people.roles import Action, Relation
from server.people.teams import Team, calendar_changed

FIRST_TEAM = "On call"
SAME_START = "another rota of this team begins on this day; change that one"


class Swap(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Two people take each other's duty; each override puts one in for the other."""

    one: Override
    other: Override


def teams(tx: Tx) -> list[Team]:
    """The programme's teams, the one for every client without a team first; it is made where there is none."""
    return teams_of(tx, programmes.of_actor(tx).id)


def teams_of(tx: Tx, programme_id: UUID) -> list[Team]:
    """The same of any programme, for an operator who acts for nobody."""
    query = select(Team).where(Team.programme_id == programme_id).order_by(Team.id)
    found = list(tx.session.scalars(query))
    if not found:
        try:
            with tx.savepoint():
                tx.session.add(Team(id=new_id(), programme_id=programme_id, name=FIRST_TEAM))
        except IntegrityError:  # somebody else made it at this moment
            pass
        found = list(tx.session.scalars(query))
    return found


def team_of(tx: Tx, action: Action, team_id: UUID, *, lock: bool = False) -> Team:
    """A team of the acting person's programme, on request under its lock; NotFound for any other."""
    access.require(tx, action)
    query = select(Team).where(Team.id == team_id, Team.programme_id == tx.actor.programme_id)
    found = tx.session.scalars(query.with_for_update() if lock else query).one_or_none()
    if found is None:
        raise NotFound
    return found


def add_team(tx: Tx, name: str) -> Team:
    """Another team beside the first one."""
    access.require(tx, Action.EDIT_ROTA)
    row = Team(id=new_id(), programme_id=teams(tx)[0].programme_id, name=checked_name(name))
    taken = exists().where(Team.programme_id == row.programme_id, Team.name == row.name)
    if tx.session.scalar(select(taken)):
        raise Invalid.field("name", "another team has this name")
    tx.session.add(row)
    tx.session.flush()
    audit.record(tx, "team.create", row_id=row.id)
    return row


def put_client_in_team(tx: Tx, client_id: UUID, team_id: UUID | None) -> None:
    """The team whose people are called for this client; None for the programme's first one."""
    client = access.client(tx, Action.EDIT_CARE_TEAM, client_id)
    if team_id is not None:
        team_of(tx, Action.VIEW_ROTA, team_id)
    tx.session.get_one(Client, client.id, with_for_update=True).team_id = team_id
    audit.record(tx, "client.team", client_id=client.id, row_id=team_id)


def store_rota(
    tx: Tx, team_id: UUID, rota: Rota, rota_id: UUID | None = None, version: int | None = None
) -> RotaRow:
    """A new rota beside the others, or with an id and the version that was edited, another text of that one."""
    team = team_of(tx, Action.EDIT_ROTA, team_id, lock=True)
    row = _rota(tx, team, rota_id, version) if rota_id else None
    wrong = problems(rota, on_call_people(tx, team.programme_id))
    same_day = select(RotaRow.id).where(
        RotaRow.team_id == team.id, RotaRow.starts_on == rota.starts_on, RotaRow.withdrawn_at.is_(None)
    )
    if set(tx.session.scalars(same_day)) - {rota_id}:
        wrong.append(FieldProblem("starts_on", SAME_START))
    if wrong:
        raise Invalid(errors=wrong)
    with sudden_holes_told(tx, team.programme_id):
        if row is None:
            row = RotaRow(id=new_id(), team_id=team.id)
            tx.session.add(row)
        row.starts_on, row.body = rota.starts_on, msgspec.to_builtins(rota)
        row.made_by, row.made_at = tx.actor.id, tx.now
        tx.session.flush()
        _changed(tx, team, "rota.store", row.id, {"starts_on": str(rota.starts_on)})
    return row


def withdraw_rota(tx: Tx, team_id: UUID, rota_id: UUID, version: int) -> None:
    """Take a rota back; the one before it holds again from its first day on."""
    team = team_of(tx, Action.EDIT_ROTA, team_id, lock=True)
    row = _rota(tx, team, rota_id, version)
    with sudden_holes_told(tx, team.programme_id):
        row.withdrawn_by, row.withdrawn_at = tx.actor.id, tx.now
        tx.session.flush()
        _changed(tx, team, "rota.withdraw", row.id, {"starts_on": str(row.starts_on)})


def _rota(tx: Tx, team: Team, rota_id: UUID, version: int | None) -> RotaRow:
    row = tx.session.get(RotaRow, rota_id, with_for_update=True)
    if row is None or row.team_id != team.id or row.withdrawn_at is not None:
        raise NotFound
    if row.version != version:
        raise EditedMeanwhile(extra={"version": row.version})
    return row


def add_override(tx: Tx, team_id: UUID, override: Override) -> OverrideRow:
    """Somebody stands in, or nobody is on for a while. It counts before whatever was entered earlier."""
    team = team_of(tx, Action.EDIT_ROTA, team_id, lock=True)
    _checked(tx, team, override)
    with sudden_holes_told(tx, team.programme_id):
        return _override(tx, team, override)


def swap(tx: Tx, team_id: UUID, given: Swap) -> tuple[OverrideRow, OverrideRow]:
    """Two people take each other's duty, both or neither."""
    team = team_of(tx, Action.EDIT_ROTA, team_id, lock=True)
    pairs = ((given.one.person_in, given.other.person_out), (given.other.person_in, given.one.person_out))
    if any(person is None or person != other for person, other in pairs):
        raise Invalid.field("other", "each of the two takes the other's duty")
    calendar = calendar_of(tx, team.programme_id, team.id)
    for path, one in (("one", given.one), ("other", given.other)):
        _checked(tx, team, one, path)
        ahead = stretches(calendar, one.layer, one.from_at, one.to_at)
        if all(stretch.on.person != one.person_out for stretch in ahead):
            raise Invalid.field(f"{path}.person_out", "is not on duty at any moment of this time")
    with sudden_holes_told(tx, team.programme_id):
        return _override(tx, team, given.one), _override(tx, team, given.other)


def override_faults(tx: Tx, team: Team, given: Override, path: str = "") -> list[FieldProblem]:
    """What is wrong with an override, each with its field below `path`."""
    start = f"{path}." if path else ""
    found = override_problems(given, on_call_people(tx, team.programme_id))
    if not found and given.to_at <= tx.now:
        found = [FieldProblem("to_at", "is over already")]
    return [FieldProblem(f"{start}{problem.path}", problem.message) for problem in found]


def enter_overrides(tx: Tx, team: Team, changes: Sequence[Override]) -> None:
    """Overrides that were looked at, by somebody who may enter them."""
    for one in changes:
        _override(tx, team, one)


def _checked(tx: Tx, team: Team, given: Override, path: str = "") -> None:
    if wrong := override_faults(tx, team, given, path):
        raise Invalid(errors=wrong)


def _override(tx: Tx, team: Team, given: Override) -> OverrideRow:
    row = OverrideRow(id=new_id(), team_id=team.id, **_fields(given))
    row.made_by, row.made_at = tx.actor.id, tx.now
    tx.session.add(row)
    tx.session.flush()
    _changed(tx, team, "rota.override", row.id, {"layer": given.layer})
    return row


def withdraw_override(tx: Tx, team_id: UUID, override_id: UUID) -> None:
    """Take an override back: what was there before it holds again. Conflict where it was taken back already."""
    team = team_of(tx, Action.EDIT_ROTA, team_id, lock=True)
    row = tx.session.get(OverrideRow, override_id, with_for_update=True)
    if row is None or row.team_id != team.id:
        raise NotFound
    with sudden_holes_told(tx, team.programme_id):
        _withdraw(tx, row)
        _changed(tx, team, "rota.override.withdraw", row.id)


def add_absence(tx: Tx, given: Absence) -> AbsenceRow:
    """Out of office, one's own or a colleague's; whoever was on call then is not, and their backup is called."""
    programme = programmes.of_actor(tx)
    _their_own(tx, given.person)
    wrong = absence_problems(given, on_call_people(tx, programme.id))
    if not wrong and given.to_at <= tx.now:
        wrong.append(FieldProblem("to_at", "is over already"))
    if wrong:
        raise Invalid(errors=wrong)
    row = AbsenceRow(id=new_id(), programme_id=programme.id, **_fields(given))
    row.made_by, row.made_at = tx.actor.id, tx.now
    with sudden_holes_told(tx, programme.id):
        tx.session.add(row)
        tx.session.flush()
        audit.record(tx, "absence.enter", row_id=row.id)
        calendar_changed(tx, programme.id)
    return row


def withdraw_absence(tx: Tx, absence_id: UUID) -> None:
    """Back earlier, or entered by mistake. Conflict where it was taken back already."""
    access.require(tx, Action.ENTER_ABSENCE)
    programme = programmes.of_actor(tx)
    row = tx.session.get(AbsenceRow, absence_id, with_for_update=True)
    if row is None or row.programme_id != programme.id:
        raise NotFound
    _their_own(tx, row.person)
    with sudden_holes_told(tx, programme.id):
        _withdraw(tx, row)
        audit.record(tx, "absence.withdraw", row_id=row.id)
        calendar_changed(tx, programme.id)


def _their_own(tx: Tx, person: UUID) -> None:
    if access.require(tx, Action.ENTER_ABSENCE) is Relation.SELF and person != tx.actor.id:
        raise Forbidden(
            "You can enter and take back your own out of office; a supervisor does it for others."
        )


def _withdraw(tx: Tx, row: OverrideRow | AbsenceRow) -> None:
    if row.withdrawn_at is not None:
        raise Conflict("This was taken back already.")
    row.withdrawn_by, row.withdrawn_at = tx.actor.id, tx.now
    tx.session.flush()


def _fields(given: Override | Absence) -> dict[str, UUID | datetime | str | None]:
    return {name: getattr(given, name) for name in given.__struct_fields__}


def _changed(tx: Tx, team: Team, what: str, row_id: UUID, data: dict[str, object] | None = None) -> None:
    audit.record(tx, what, row_id=row_id, data={"team": str(team.id), **(data or {})})
    calendar_changed(tx, team.programme_id)
