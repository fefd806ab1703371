"""The short forms of the calendar: somebody stands in, two swap, somebody is away. Times are the programme's clock."""

from datetime import UTC, datetime
from uuid import UUID

from notifications.escalations.oncall import acts
from notifications.escalations.oncall.acts import Swap
from notifications.escalations.rotas.rota import Absence, Layer, Override
from server.console.page import Tried
from server.core.db import Tx
from server.core.errors import FieldProblem, Invalid
from server.core.zones import zone
from server.people import programmes

NOBODY = "nobody"
_WHOLE = "%Y%m%dT%H%M"


def override(tx: Tx, team_id: UUID, tried: Tried) -> None:
    """Somebody stands in, or nobody is on."""
    wrong: list[FieldProblem] = []
    from_at, to_at = _at(tx, tried, "from_at", wrong), _at(tx, tried, "to_at", wrong)
    person_in = tried.value("person_in")
    if not person_in:
        wrong.append(FieldProblem("person_in", "choose who stands in, or nobody"))
    if wrong or from_at is None or to_at is None:
        raise Invalid(errors=wrong)
    given = Override(
        layer=_layer(tried.value("layer")),
        from_at=from_at,
        to_at=to_at,
        person_in=None if person_in == NOBODY else _person(person_in, "person_in"),
        person_out=_person(tried.value("person_out"), "person_out") if tried.value("person_out") else None,
    )
    acts.add_override(tx, team_id, given)


def swap(tx: Tx, team_id: UUID, tried: Tried) -> None:
    """Two duties change hands. Problems stand at the duty they are about."""
    one, other = duty_of(tried, "one"), duty_of(tried, "other")
    if one[3] == other[3]:
        raise Invalid.field("other", "choose the duty of somebody else")
    try:
        acts.swap(tx, team_id, Swap(one=_taken(one, other[3]), other=_taken(other, one[3])))
    except Invalid as wrong:
        told = [FieldProblem(problem.path.partition(".")[0], problem.message) for problem in wrong.errors]
        raise Invalid(errors=told) from None


def absence(tx: Tx, tried: Tried) -> UUID:
    """Somebody is away; with no person named it is the one who enters it. Gives its id."""
    wrong: list[FieldProblem] = []
    from_at, to_at = _at(tx, tried, "away_from", wrong), _at(tx, tried, "away_to", wrong)
    if wrong or from_at is None or to_at is None:
        raise Invalid(errors=wrong)
    person = tried.value("person") or str(tx.actor.id)
    given = Absence(
        person=_person(person, "person"),
        from_at=from_at,
        to_at=to_at,
        backup=_person(tried.value("backup"), "backup") if tried.value("backup") else None,
    )
    try:
        return acts.add_absence(tx, given).id
    except Invalid as refused:
        names = {"from_at": "away_from", "to_at": "away_to"}
        told = [FieldProblem(names.get(each.path, each.path), each.message) for each in refused.errors]
        raise Invalid(errors=told) from None


Duty = tuple[Layer, datetime, datetime, UUID]


def duty_of(tried: Tried, name: str) -> Duty:
    """A duty that was chosen from the days ahead: its rung, from when until when, and whose it is."""
    try:
        layer, start, end, person = tried.value(name).split(" ")
        from_at, to_at = (datetime.strptime(each, _WHOLE).replace(tzinfo=UTC) for each in (start, end))
        return Layer(layer), from_at, to_at, UUID(person)
    except ValueError:
        raise Invalid.field(name, "choose a duty") from None


def _taken(duty: Duty, by: UUID) -> Override:
    layer, from_at, to_at, person = duty
    return Override(layer=layer, from_at=from_at, to_at=to_at, person_in=by, person_out=person)


def _at(tx: Tx, tried: Tried, name: str, wrong: list[FieldProblem]) -> datetime | None:
    here = zone(programmes.of_actor(tx).zone)
    try:
        local = datetime.fromisoformat(tried.value(name))
        if local.tzinfo is None:
            return local.replace(tzinfo=here).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    wrong.append(FieldProblem(name, "choose a day and a time"))
    return None


def _layer(text: str) -> Layer:
    try:
        return Layer(text)
    except ValueError:
        raise Invalid.field("layer", "choose a rung") from None


def _person(text: str, name: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid.field(name, "choose somebody") from None
