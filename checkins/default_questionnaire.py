"""The check-in a programme starts with, in our own words, built around one client's own warning signs.

Why it flags as it does:

- Thoughts of ending one's life since the last check-in: urgent, which runs on the wall clock. The screeners
  ask for less (ASQ, Horowitz 2012: same day; C-SSRS items 1 and 2, Posner 2011: low), but our clients are
  known to be at risk, and nobody sits beside them as in a clinic.
- Not safe right now, or not sure: emergency, as the ASQ's fifth question ("right now?") is.
- Left open: same day, as a refusal is on the ASQ. "Are you safe right now?" left open: urgent, because a
  present danger stays unknown.
- A warning sign at or above the clinician's threshold: by its stage in the plan.
- Mood and sleep against the client's own usual, never against other people's.
- Help with a life domain: a routine request, never a crisis flag.
"""

from collections.abc import Sequence

from msgspec import Struct

from checkins.definition import (
    ChangeFromUsual,
    Chosen,
    Definition,
    InARow,
    Item,
    ItemKind,
    Option,
    Rule,
    Text,
    Threshold,
    Unanswered,
)
from crisisplans.sections import Stage
from notifications.escalations.tiers import Tier

HELP = "help"
"""The option by which a client asks for help with a life domain."""


SignStage = Stage
"""How far along a warning sign is: the plan's own word for it."""

_TIER_OF_STAGE = {
    SignStage.EARLY: Tier.SAME_DAY,
    SignStage.BREAKING_DOWN: Tier.URGENT,
    SignStage.CRISIS: Tier.EMERGENCY,
}


class Sign(Struct, frozen=True, forbid_unknown_fields=True):
    """A warning sign from the published plan that the clinician chose to ask about.

    `text` is the client's own words, shown as they are in every language. The answer runs from 0 to 4 and
    flags from `threshold` on.
    """

    id: str
    text: str
    stage: SignStage
    threshold: int = 3


_MOOD = Item(
    key="mood",
    kind=ItemKind.SCALE,
    text=Text(en="How is your mood today?", es="¿Cómo está tu ánimo hoy?"),
    min=0,
    max=10,
    low=Text(en="Very low", es="Muy bajo"),
    high=Text(en="Very good", es="Muy bueno"),
)
_SLEEP = Item(
    key="sleep",
    kind=ItemKind.NUMBER,
    text=Text(en="How many hours did you sleep last night?", es="¿Cuántas horas dormiste anoche?"),
    min=0,
    max=24,
)
_THOUGHTS = Item(
    key="thoughts",
    kind=ItemKind.YES_NO,
    text=Text(
        en="Since your last check-in, have you been thinking about ending your life?",
        es="Desde tu última respuesta, ¿has pensado en quitarte la vida?",
    ),
    risk=True,
)
_SAFE_NOW = Item(
    key="safe_now",
    kind=ItemKind.SINGLE,
    text=Text(en="Are you safe right now?", es="¿Estás a salvo en este momento?"),
    options=(
        Option("safe", Text(en="Yes, I am safe", es="Sí, estoy a salvo")),
        Option("not_sure", Text(en="I am not sure", es="No lo sé")),
        Option("not_safe", Text(en="No, I am not safe", es="No, no estoy a salvo")),
    ),
    risk=True,
)
_FREE_TEXT = Item(
    key="anything_else",
    kind=ItemKind.TEXT,
    text=Text(
        en="Is there anything you want your team to know?", es="¿Hay algo que quieras contarle a tu equipo?"
    ),
)

_DOMAIN_ANSWERS = (
    Option("fine", Text(en="Going fine", es="Va bien")),
    Option("managing", Text(en="Hard, but I am managing", es="Es difícil, pero puedo con eso")),
    Option(HELP, Text(en="I want help with this", es="Quiero ayuda con esto")),
)
_DOMAINS = {
    "money": Text(en="How is it going with money?", es="¿Cómo te va con el dinero?"),
    "housing": Text(en="How is it going with your home?", es="¿Cómo te va con tu vivienda?"),
    "food": Text(
        en="How is it going with having enough food?", es="¿Cómo te va con tener comida suficiente?"
    ),
    "home_safety": Text(
        en="How is it going with feeling safe at home?", es="¿Cómo te va con sentirte a salvo en casa?"
    ),
    "substance_use": Text(
        en="How is it going with alcohol or drugs?", es="¿Cómo te va con el alcohol o las drogas?"
    ),
    "physical_health": Text(
        en="How is it going with your body and health?", es="¿Cómo te va con tu cuerpo y tu salud?"
    ),
    "medication": Text(
        en="How is it going with taking your medicine?", es="¿Cómo te va con tomar tus medicinas?"
    ),
    "side_effects": Text(
        en="How is it going with how your medicine makes you feel?",
        es="¿Cómo te va con los efectos de tus medicinas?",
    ),
    "appointments": Text(en="How is it going with your appointments?", es="¿Cómo te va con tus citas?"),
    "connection": Text(
        en="How is it going with the people in your life?", es="¿Cómo te va con las personas en tu vida?"
    ),
    "goals": Text(en="How is it going with your goals?", es="¿Cómo te va con tus metas?"),
}


def build(signs: Sequence[Sign]) -> Definition:
    """The default questionnaire around 3 to 7 warning signs; fewer are accepted, for a plan may hold fewer.

    `questions.problems` tells of more than seven, of a sign twice and of a threshold outside 1 to 4.
    """
    asked = tuple(_sign_item(sign) for sign in signs)
    return Definition(
        items=(_MOOD, _SLEEP, *asked, _THOUGHTS, _SAFE_NOW, _FREE_TEXT),
        rotating=tuple(_domain_item(domain, text) for domain, text in _DOMAINS.items()),
        rules=(
            *_trend_rules(),
            *_safety_rules(),
            *(_sign_rule(sign) for sign in signs),
            Unanswered(
                key="left_open", tier=Tier.SAME_DAY, items=("thoughts", *(item.key for item in asked))
            ),
            *(_help_rule(domain) for domain in _DOMAINS),
        ),
    )


def _sign_item(sign: Sign) -> Item:
    """The client's own words, whatever they are, then a question that fits a thought, a feeling or a deed."""
    words = sign.text.rstrip(" .")
    return Item(
        key=f"sign.{sign.id}",
        kind=ItemKind.SCALE,
        text=Text(
            en=f"From your plan: “{words}”. How much has this been there today?",
            es=f"De tu plan: “{words}”. ¿Cuánto te ha pasado esto hoy?",
        ),
        min=0,
        max=4,
        low=Text(en="Not at all", es="Nada"),
        high=Text(en="Very much", es="Muchísimo"),
        risk=True,
        sign_id=sign.id,
    )


def _sign_rule(sign: Sign) -> Rule:
    return Threshold(
        key=f"sign.{sign.id}",
        tier=_TIER_OF_STAGE[sign.stage],
        why=f"“{sign.text}”",
        item=f"sign.{sign.id}",
        at_least=sign.threshold,
    )


def _domain_item(domain: str, text: Text) -> Item:
    return Item(
        key=domain,
        kind=ItemKind.SINGLE,
        text=text,
        options=_DOMAIN_ANSWERS,
        domain=domain,
        part2=domain == "substance_use",
    )


def _help_rule(domain: str) -> Rule:
    return Chosen(key=f"help.{domain}", tier=Tier.ROUTINE, item=domain, options=(HELP,))


def _trend_rules() -> tuple[Rule, ...]:
    return (
        ChangeFromUsual(
            key="mood.change", tier=Tier.SAME_DAY, why="Mood today", item="mood", worse="lower", by=3
        ),
        InARow(key="mood.low", tier=Tier.SAME_DAY, why="Mood today", item="mood", at_most=2, times=3),
        ChangeFromUsual(
            key="sleep.change", tier=Tier.ROUTINE, why="Hours of sleep", item="sleep", worse="lower", by=3
        ),
    )


def _safety_rules() -> tuple[Rule, ...]:
    return (
        Chosen(key="thoughts.yes", tier=Tier.URGENT, item="thoughts", options=("yes",)),
        Chosen(key="safe_now.no", tier=Tier.EMERGENCY, item="safe_now", options=("not_sure", "not_safe")),
        Unanswered(key="safe_now.left_open", tier=Tier.URGENT, items=("safe_now",)),
    )
