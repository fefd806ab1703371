"""A programme's settings as a form of plain fields, and back. Each field's name is the path of the setting it holds.

What repeats is written a line each, the way people say it: "09:00-17:00, 18:00-20:00" for a day, "case manager,
backup: 10" for a rung (whom, then the minutes to wait), "3: routine" for a step after misses (a task is a routine
case, and is called so here; "task" is understood as well). A section that holds
just the defaults is left out, so that it goes on following them.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from checkins import missed
from checkins.missed import MissedAction
from crisisplans.revisions import ReviewDays
from notifications.delivery import outside, serving
from notifications.delivery.models import ChannelName, MessageState
from notifications.escalations.agreed import HelpButton, office_hours
from notifications.escalations.hours import WEEKDAYS, CoverageHours
from notifications.escalations.policy import DEFAULT_POLICY, Policy
from notifications.escalations.tiers import Tier
from server.console.admin.admin import CHANNELS, PRINTED, STATES
from server.console.faults import plain
from server.console.page import Tried
from server.core.db import Tx
from server.core.errors import FieldProblem, Invalid
from server.core.strict_json import explain
from server.people import programmes, proofs
from server.people.terms import RiskLevel
from server.programme import ProgrammeEdit, ProgrammeOut, edit_programme, programme_out

_MINUTES = ("acknowledge_minutes", "contact_minutes", "close_minutes")
_CONTACT = ("name", "email", "phone")
_STEPS = {MissedAction.TASK.value: Tier.ROUTINE.words}
"""Steps after misses whose word in the settings is not the one people use."""


def shown(tx: Tx, tried: Tried | None = None) -> dict[str, Any]:
    """What the form holds, and after a clash what is stored by now where it differs from what was typed."""
    out = programme_out(tx)
    stored = fields(out)
    clash = tried is not None and tried.problem is not None and tried.problem.status == 412
    meanwhile = {
        name: text
        for name, text in stored.items()
        if clash and tried is not None and tried.value(name) != text
    }
    return {
        "stored": stored,
        "version": out.version,
        "meanwhile": meanwhile,
        "fresh": proofs.is_fresh(tx),
        "outside": outside_shown(tx),
        "days": WEEKDAYS,
        "tiers": tuple(Tier),
        "risks": tuple(RiskLevel),
    }


def outside_shown(tx: Tx) -> dict[str, Any] | None:
    """How the emergency contact stands, each way in words; None where none is on record."""
    now = outside.standing(tx, programmes.of_actor(tx).id)
    if now is None:
        return None
    printing = ChannelName.CONSOLE in serving.served(tx)
    carried = serving.served(tx)
    return {
        "it": now,
        "ways": [
            (CHANNELS[way.channel], _became(way, printed=printing and way.channel not in carried))
            for way in now.ways
        ],
        "sent_at": next((way.at for way in now.ways if way.at), None),
    }


def _became(way: outside.Tried, *, printed: bool) -> str:
    if way.state is None:
        return "not tried"
    return PRINTED if printed and way.state is MessageState.SENT else STATES[way.state]


def fields(out: ProgrammeOut) -> dict[str, str]:
    """The settings as text, by field."""
    plain: dict[str, Any] = msgspec.to_builtins(out)
    contact: dict[str, str] = plain["emergency_contact"] or {}
    found = {"name": out.name, "zone": out.zone, "help.tier": out.help.tier.value}
    for name in _CONTACT:
        found[f"emergency_contact.{name}"] = contact.get(name, "")
    found["coverage.zone"] = out.coverage.zone
    for day in WEEKDAYS:
        spans = (f"{span['start'][:5]}-{span['end'][:5]}" for span in plain["coverage"][day])
        found[f"coverage.{day}"] = ", ".join(spans)
    found["coverage.holidays"] = "\n".join(plain["coverage"]["holidays"])
    for name, days in plain["review"].items():
        found[f"review.{name}"] = str(days)
    for tier in Tier:
        found |= _tier_fields(f"escalation.{tier}", plain["escalation"][tier])
    for risk in RiskLevel:
        steps = (
            f"{step['after']}: {_STEPS.get(step['do']) or _said(step['do'])}"
            for step in plain["missed"][risk]
        )
        found[f"missed.{risk}"] = "\n".join(steps)
    return found


def _route(people: list[str]) -> str:
    return ", ".join(_said(who) for who in people)


def _said(word: str) -> str:
    return word.replace("_", " ")


def _tier_fields(path: str, policy: dict[str, Any]) -> dict[str, str]:
    rungs = (
        f"{_route(rung['target'])}"
        + (f" / {_route(rung['after_hours'])}" if rung.get("after_hours") else "")
        + f": {rung['wait_minutes']}"
        for rung in policy["rungs"]
    )
    return {
        **{f"{path}.{name}": str(policy[name]) for name in _MINUTES},
        f"{path}.clock": policy["clock"],
        f"{path}.all_channels": "true" if policy["all_channels"] else "",
        f"{path}.cosign": "true" if policy["cosign"] else "",
        f"{path}.rungs": "\n".join(rungs),
    }


def save(tx: Tx, tried: Tried) -> None:
    """Keep what the form holds. Invalid names each field that does not fit; EditedMeanwhile for a clash."""
    try:
        edit_programme(tx, _edit(tried), tried.version())
    except Invalid as wrong:
        raise Invalid(errors=_at_fields(wrong.errors, fields(programme_out(tx)))) from None


def _edit(tried: Tried) -> ProgrammeEdit:
    wrong: list[FieldProblem] = []
    plain: dict[str, Any] = {
        "name": tried.value("name").strip(),
        "zone": tried.value("zone").strip(),
        "help": {"tier": tried.value("help.tier")},
        "review": {name: tried.value(f"review.{name}") for name in ReviewDays.__struct_fields__},
    }
    contact = {name: tried.value(f"emergency_contact.{name}").strip() for name in _CONTACT}
    plain["emergency_contact"] = contact if any(contact.values()) else None
    hours: dict[str, Any] = {"zone": tried.value("coverage.zone").strip()}
    for day in WEEKDAYS:
        hours[day] = _read(f"coverage.{day}", _split(tried.value(f"coverage.{day}")), _SPAN, wrong)
    hours["holidays"] = _lines(tried.value("coverage.holidays"))
    plain["coverage"] = hours
    plain["escalation"] = {tier.value: _tier(tried, f"escalation.{tier}", wrong) for tier in Tier}
    plain["missed"] = {
        risk.value: _read(f"missed.{risk}", _lines(tried.value(f"missed.{risk}")), _STEP, wrong)
        for risk in RiskLevel
    }
    if wrong:
        raise Invalid(errors=wrong)
    try:
        return _without_defaults(msgspec.convert(plain, ProgrammeEdit, strict=False))
    except msgspec.ValidationError as error:
        raise Invalid(errors=[explain(error)]) from None


def _tier(tried: Tried, path: str, wrong: list[FieldProblem]) -> dict[str, Any]:
    return {
        **{name: tried.value(f"{path}.{name}") for name in _MINUTES},
        "clock": tried.value(f"{path}.clock"),
        "all_channels": tried.value(f"{path}.all_channels") == "true",
        "cosign": tried.value(f"{path}.cosign") == "true",
        "rungs": _read(f"{path}.rungs", _lines(tried.value(f"{path}.rungs")), _RUNG, wrong),
    }


def _without_defaults(edit: ProgrammeEdit) -> ProgrammeEdit:
    defaults: dict[str, CoverageHours | Policy | missed.MissedPolicy | ReviewDays | HelpButton] = {
        "coverage": office_hours(edit.zone),
        "escalation": DEFAULT_POLICY,
        "missed": missed.DEFAULT_POLICY,
        "review": ReviewDays(),
        "help": HelpButton(),
    }
    same = {name: None for name, default in defaults.items() if getattr(edit, name) == default}
    return msgspec.structs.replace(edit, **same)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _read(
    path: str,
    parts: Iterable[str],
    form: "_Form",
    wrong: list[FieldProblem],
) -> list[dict[str, Any]]:
    read, example = form
    found = [read(part) for part in parts]
    wrong += [
        FieldProblem(path, f"{_ordinal(number)} does not have the form that is needed here, as {example}")
        for number, each in enumerate(found)
        if each is None
    ]
    return [each for each in found if each is not None]


def _span(text: str) -> dict[str, Any] | None:
    start, dash, end = (part.strip() for part in text.partition("-"))
    return {"start": _time(start), "end": _time(end)} if dash and start and end else None


def _time(text: str) -> str:
    return f"{text.zfill(5)}:00"


def _rung(text: str) -> dict[str, Any] | None:
    whom, colon, minutes = text.rpartition(":")
    by_day, slash, after = whom.partition("/")
    routes = {"target": by_day, "after_hours": after} if slash else {"target": by_day}
    rung: dict[str, Any] = {name: [_word(part) for part in _split(people)] for name, people in routes.items()}
    return {**rung, "wait_minutes": minutes.strip()} if colon and all(rung.values()) else None


def _step(text: str) -> dict[str, Any] | None:
    after, colon, do = (part.strip() for part in text.partition(":"))
    words = {said: word for word, said in _STEPS.items()}
    return {"after": after, "do": words.get(do.lower()) or _word(do)} if colon else None


_Form = tuple[Callable[[str], dict[str, Any] | None], str]
"""How a line or a part of one is read, and an example of it."""

_SPAN: _Form = (_span, "09:00-17:00")
_RUNG: _Form = (_rung, "case manager, backup: 10")
_STEP: _Form = (_step, "3: routine")


def _word(text: str) -> str:
    return "_".join(text.lower().split())


def _ordinal(number: int) -> str:
    return f"entry {number + 1}"


def _at_fields(problems: Iterable[FieldProblem], names: Iterable[str]) -> Iterator[FieldProblem]:
    """Each problem at the field that holds it: "escalation.urgent.rungs.0.wait_minutes" is in the field of rungs."""
    known = sorted(names, key=len, reverse=True)
    for problem in problems:
        path = problem.path.replace("[", ".").replace("]", "")
        name = next((name for name in known if path == name or path.startswith(f"{name}.")), path)
        inside = path[len(name) + 1 :].split(".")
        place = [
            _ordinal(int(part)) if part.isdecimal() else part.replace("_", " ") for part in inside if part
        ]
        yield FieldProblem(name, ": ".join([*place, plain(problem.message).replace("_", " ")]))
