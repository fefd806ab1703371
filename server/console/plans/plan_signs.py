"""Which of the client's warning signs the check-ins ask about, and from which answer on each raises a case."""

from typing import Any
from uuid import UUID

from msgspec import Struct

from checkins import own_signs, questionnaires, versions
from checkins.definition import Threshold
from checkins.schemas import QuestionnaireNew, SignChoice
from checkins.soundness import MOST_SIGNS
from crisisplans import queries
from crisisplans.sections import Stage, WarningSign
from notifications.escalations.tiers import Tier
from server.console.page import Tried
from server.console.plans.plan import of
from server.core.db import Tx
from server.core.errors import Invalid
from server.people import access
from server.people.roles import Action

FEWEST_SIGNS = 3
"""A check-in asks about 3 to 7 signs; all of them where the plan holds fewer."""

THRESHOLDS = (
    ("1", "1 or more"),
    ("2", "2 or more"),
    ("3", "3 or more"),
    ("4", "4, very much"),
)
_PRESET = 3


class Sign(Struct, frozen=True):
    """A warning sign of the published plan; `tier` is what it raises from the threshold on."""

    id: str
    text: str
    stage: Stage
    asked: bool
    threshold: int
    tier: Tier


def shown(tx: Tx, client_id: UUID) -> dict[str, Any]:
    """Every sign of the published plan, and what is asked now. Who has never chosen is asked by the plan's order."""
    client = access.client(tx, Action.EDIT_QUESTIONNAIRES, client_id)
    version_id = versions.current(tx, client)
    newest = questionnaires.one(tx, version_id)
    _, signs = queries.warning_signs(tx, client)
    asked = {item.sign_id for item in newest.definition.items if item.sign_id is not None}
    limits = {rule.item: rule.at_least for rule in newest.definition.rules if isinstance(rule, Threshold)}
    tiers = _tiers(signs)
    return {
        **of(tx, client),
        "signs": [
            Sign(
                sign.id,
                sign.text,
                sign.stage,
                sign.id in asked,
                round(limits.get(f"sign.{sign.id}") or _PRESET),
                tiers[sign.id],
            )
            for sign in signs
        ],
        "by_hand": newest.created_by is not None,
        "fewest": min(FEWEST_SIGNS, len(signs)),
        "most": MOST_SIGNS,
        "thresholds": THRESHOLDS,
    }


def _tiers(signs: tuple[WarningSign, ...]) -> dict[str, Tier]:
    built, _ = own_signs.chosen(signs, {sign.id: _PRESET for sign in signs})
    tiers = {rule.item: rule.tier for rule in built.rules if isinstance(rule, Threshold)}
    return {sign.id: tiers[f"sign.{sign.id}"] for sign in signs}


def choose(tx: Tx, client_id: UUID, tried: Tried) -> None:
    """Ask about the ticked signs from the next check-in on; Invalid for too few or too many."""
    client = access.client(tx, Action.EDIT_QUESTIONNAIRES, client_id)
    _, signs = queries.warning_signs(tx, client)
    ticked = [sign.id for sign in signs if sign.id in tried.sent.get("sign", [])]
    fewest = min(FEWEST_SIGNS, len(signs))
    if not fewest <= len(ticked) <= MOST_SIGNS or not ticked:
        raise Invalid.field("sign", f"Tick {_how_many(fewest)}. Ticked now: {len(ticked)}.")
    chosen = [SignChoice(sign_id=id_, threshold=_threshold(tried, id_)) for id_ in ticked]
    questionnaires.add(tx, QuestionnaireNew(client_id=client_id, signs=chosen))


def _how_many(fewest: int) -> str:
    return f"{fewest} to {MOST_SIGNS} signs" if fewest > 1 else f"at least 1 sign, at most {MOST_SIGNS}"


def _threshold(tried: Tried, sign_id: str) -> int:
    text = tried.value(f"threshold.{sign_id}", str(_PRESET))
    if text not in dict(THRESHOLDS):
        raise Invalid.field(f"threshold.{sign_id}", "Choose from 1 to 4.")
    return int(text)
