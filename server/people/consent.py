"""What a client is told before they begin, and what they may agree to, word for word in both languages.

Rule (Nock 2021, consensus on digital monitoring of suicidal thoughts): a person knows that answers may lead to
follow-up, that the app does not keep them safe, who sees the data and how often, whom to contact in a crisis, that
technology fails, and that a worrying answer is not a stay in hospital. Each is agreed by itself, with version and
time, and can be read again later. What is told cannot be taken back; what is asked can, at any time.

Whoever changes a text gives the item its next version: the client is then shown it again. A sentence has at most 15
words at reading grade 6 or below, promises nobody at any time, and holds no number: `{help}` is a whole sentence
that names the help line, filled in from the checked table.
"""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from server.people.terms import Language

VERSION = 1
"""Counts every change of any item below."""

PLAN_USE = "plan_use"
"""The key under which the client lets the team see which steps of the plan helped."""

_EN, _ES = Language.EN, Language.ES


class ConsentKind(StrEnum):
    """`told`: read and understood, needed to begin. `consent`: asked, free to refuse, free to take back."""

    TOLD = "told"
    CONSENT = "consent"


class ConsentItem(Struct, frozen=True, kw_only=True):
    """One thing that is told or asked; `version` counts the changes of its words."""

    key: str
    kind: ConsentKind = ConsentKind.TOLD
    version: int = 1
    title: Mapping[Language, str]
    text: Mapping[Language, str]


ITEMS: tuple[ConsentItem, ...] = (
    ConsentItem(
        key="follow_up",
        title={_EN: "What your answers can lead to", _ES: "Qué puede pasar con tus respuestas"},
        text={
            _EN: (
                "Some answers tell us that you may need someone. Then a person from your team may call you. "
                "If they can't reach you and fear for you, someone may come to your door. They come to see how you are."
            ),
            _ES: (
                "Algunas respuestas nos dicen que quizá necesitas a alguien. Entonces tu equipo puede llamarte. "
                "Si no te encuentran y temen por ti, alguien puede ir a tu casa. Va para ver cómo estás."
            ),
        },
    ),
    ConsentItem(
        key="not_a_guard",
        title={_EN: "The app alone can't keep you safe", _ES: "La app sola no puede cuidarte"},
        text={
            _EN: "Do not count on this app to keep you safe. No one watches it all the time. {help}",
            _ES: "No cuentes con esta app para estar a salvo. Nadie la mira todo el tiempo. {help}",
        },
    ),
    ConsentItem(
        key="who_sees",
        title={_EN: "Who sees what you share", _ES: "Quién ve lo que compartes"},
        text={
            _EN: (
                "Your care team can see your plan and your answers. So can people who step in for them. "
                "We write down who looks. You can read that list here."
            ),
            _ES: (
                "Tu equipo puede ver tu plan y tus respuestas. También quien los reemplaza. "
                "Anotamos quién mira. Puedes leer esa lista aquí."
            ),
        },
    ),
    ConsentItem(
        key="how_often",
        title={_EN: "When someone looks", _ES: "Cuándo alguien mira"},
        text={
            _EN: (
                "Your team looks at answers when it is at work. At other times, no one may see them. "
                "When you check in, the app tells you what to expect."
            ),
            _ES: (
                "Tu equipo mira las respuestas cuando está trabajando. A otras horas, quizá nadie las ve. "
                "Cuando respondes, la app te dice qué esperar."
            ),
        },
    ),
    ConsentItem(
        key="in_a_crisis",
        title={_EN: "Whom to call in a crisis", _ES: "A quién llamar en una crisis"},
        text={
            _EN: "In a crisis, you don't have to wait for us. {help} Your plan also shows your own people.",
            _ES: "En una crisis no tienes que esperarnos. {help} Tu plan también muestra a tu gente.",
        },
    ),
    ConsentItem(
        key="can_fail",
        title={_EN: "Phones and networks can fail", _ES: "El teléfono y la red pueden fallar"},
        text={
            _EN: (
                "A message can come late, or not at all. The app says so when it can't send your answers. "
                "If you hear nothing, call someone you trust."
            ),
            _ES: (
                "Un mensaje puede llegar tarde o no llegar. La app te avisa si no puede enviar tus respuestas. "
                "Si nadie te contesta, llama a alguien de confianza."
            ),
        },
    ),
    ConsentItem(
        key="not_hospital",
        title={_EN: "What a worrying answer means", _ES: "Qué significa una respuesta que preocupa"},
        text={
            _EN: (
                "A worrying answer does not by itself send you to a hospital. "
                "First we try to talk with you. We look for what helps you now."
            ),
            _ES: (
                "Una respuesta que preocupa no te lleva por sí sola a un hospital. "
                "Primero tratamos de hablar contigo. Buscamos lo que te ayuda ahora."
            ),
        },
    ),
    ConsentItem(
        key=PLAN_USE,
        kind=ConsentKind.CONSENT,
        title={_EN: "Share which steps helped", _ES: "Compartir qué pasos ayudaron"},
        text={
            _EN: (
                "You can let your team see which steps of your plan helped. It helps you make the plan better. "
                "You can say no, or stop later. Then your team no longer sees it."
            ),
            _ES: (
                "Puedes dejar que tu equipo vea qué pasos de tu plan ayudaron. Así pueden mejorar el plan juntos. "
                "Puedes decir que no, o parar más tarde. Entonces tu equipo ya no lo ve."
            ),
        },
    ),
)

BY_KEY: Mapping[str, ConsentItem] = {item.key: item for item in ITEMS}


def text_of(item: ConsentItem, language: Language, help_words: Mapping[Language, str]) -> str:
    """The item's text as the client reads it; `help_words` is the sentence that names the help line."""
    return item.text[language].replace("{help}", help_words[language])
