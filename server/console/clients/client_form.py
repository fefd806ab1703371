"""The form of a client's record: what was typed, as the verbs take it, with each contact's own problems."""

from typing import Any

import msgspec

from server.console.page import Tried
from server.core.errors import FieldProblem, Invalid
from server.core.strict_json import explain
from server.people.schemas import ClientEdit, ClientNew, CollateralContact
from server.people.terms import Language, RiskLevel

CONTACTS = "collateral_contacts"
MOST_CONTACTS = 10
_SPARE_ROWS = 2
_PARTS = ("name", "relation", "phone", "consented")

LANGUAGES = ((Language.EN.value, "English"), (Language.ES.value, "Spanish"))
RISKS = tuple((risk.value, risk.value.capitalize()) for risk in RiskLevel)
USUAL_ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
)


def close_gaps(tried: Tried) -> None:
    """Contacts move up over rows left empty, so that the place of a problem is the place on the page."""
    rows = [[tried.value(f"{CONTACTS}[{n}].{part}") for part in _PARTS] for n in range(MOST_CONTACTS)]
    filled = [row for row in rows if any(text.strip() for text in row[:3])]
    for n in range(MOST_CONTACTS):
        for part in _PARTS:
            tried.sent.pop(f"{CONTACTS}[{n}].{part}", None)
    for n, row in enumerate(filled):
        tried.sent.update({f"{CONTACTS}[{n}].{part}": [text] for part, text in zip(_PARTS, row, strict=True)})


def read(tried: Tried, kind: type[ClientNew] | type[ClientEdit]) -> Any:
    """The record as typed; Invalid names each field that does not fit."""
    problems: list[FieldProblem] = []
    contacts: list[CollateralContact] = []
    for n in range(_filled(tried)):
        given = {part: tried.value(f"{CONTACTS}[{n}].{part}") for part in _PARTS[:3]}
        consented = tried.value(f"{CONTACTS}[{n}].consented") == "true"
        try:
            contacts.append(msgspec.convert({**given, "consented": consented}, CollateralContact))
        except msgspec.ValidationError as error:
            wrong = explain(error)
            problems.append(FieldProblem(f"{CONTACTS}[{n}].{wrong.path}", wrong.message))
    if kind is ClientNew and not tried.value("risk_level"):
        problems.append(FieldProblem("risk_level", "Choose how you judge it now."))
    try:
        record = tried.read(kind, collateral_contacts=contacts)
    except Invalid as refusal:
        raise Invalid(errors=[*refusal.errors, *problems]) from None
    if problems:
        raise Invalid(errors=problems)
    return record


def _filled(tried: Tried) -> int:
    return sum(f"{CONTACTS}[{n}].name" in tried.sent for n in range(MOST_CONTACTS))


def rows(tried: Tried, stored: list[CollateralContact]) -> list[tuple[str, CollateralContact]]:
    """The contact rows of the page: those there are, and some empty ones; each with the start of its names."""
    there = [CollateralContact(name="") for _ in range(_filled(tried))] if tried.sent else list(stored)
    empty = CollateralContact(name="")
    shown = [*there, *[empty] * min(_SPARE_ROWS, MOST_CONTACTS - len(there))]
    return [(f"{CONTACTS}[{n}]", contact) for n, contact in enumerate(shown)]
