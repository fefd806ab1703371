"""The words around the client's own on a printed plan, in both languages. Months are written out."""

from collections.abc import Mapping
from datetime import date

from crisisplans.sections import SectionKey, Stage
from server.people.terms import Language

_EN, _ES = Language.EN, Language.ES

TITLE: Mapping[Language, str] = {_EN: "My plan", _ES: "Mi plan"}

HEADINGS: Mapping[SectionKey, Mapping[Language, str]] = {
    SectionKey.WARNING_SIGNS: {_EN: "My warning signs", _ES: "Mis señales de alerta"},
    SectionKey.COPING: {_EN: "What I can do by myself", _ES: "Lo que puedo hacer por mi cuenta"},
    SectionKey.DISTRACTIONS: {
        _EN: "People and places that take my mind off it",
        _ES: "Personas y lugares que me distraen",
    },
    SectionKey.HELPERS: {_EN: "People I can ask for help", _ES: "Personas a las que puedo pedir ayuda"},
    SectionKey.PROFESSIONALS: {_EN: "Professionals I can call", _ES: "Profesionales a los que puedo llamar"},
    SectionKey.CRISIS_LINES: {_EN: "Help at any hour", _ES: "Ayuda a cualquier hora"},
    SectionKey.SAFER_SURROUNDINGS: {_EN: "Making my place safer", _ES: "Hacer más seguro mi lugar"},
    SectionKey.REASONS: {_EN: "My reasons and my strengths", _ES: "Mis razones y mis fuerzas"},
    SectionKey.WHAT_HELPS_STAFF: {_EN: "If you are helping me", _ES: "Si me estás ayudando"},
}

STAGES: Mapping[Stage, Mapping[Language, str]] = {
    Stage.EARLY: {_EN: "early", _ES: "al comienzo"},
    Stage.BREAKING_DOWN: {_EN: "getting worse", _ES: "va empeorando"},
    Stage.CRISIS: {_EN: "crisis", _ES: "crisis"},
}

HELPS: Mapping[str, Mapping[Language, str]] = {
    "helps": {_EN: "This helps me: {}", _ES: "Esto me ayuda: {}"},
    "does_not_help": {_EN: "This does not help me: {}", _ES: "Esto no me ayuda: {}"},
    "preferred_hospital": {_EN: "Hospital I prefer: {}", _ES: "Hospital que prefiero: {}"},
    "directive_where": {
        _EN: "My wishes for care are here: {}",
        _ES: "Lo que quiero para mi cuidado está aquí: {}",
    },
    "agent_phone": {_EN: "Who speaks for me: {}", _ES: "Quien habla por mí: {}"},
}

OBSTACLE: Mapping[Language, str] = {_EN: "may get in the way: {}", _ES: "puede estorbar: {}"}
WHO_HELPS: Mapping[Language, str] = {_EN: "with {}", _ES: "con {}"}
BY_DAY: Mapping[Language, str] = {_EN: "by {}", _ES: "antes del {}"}
DONE: Mapping[Language, str] = {_EN: "done", _ES: "hecho"}
SEND_WORD: Mapping[Language, str] = {_EN: "text the word {}", _ES: "envía la palabra {}"}
PRESS: Mapping[Language, str] = {_EN: "press {}", _ES: "oprime {}"}
NO_PLAN: Mapping[Language, str] = {
    _EN: "Your plan is not written yet. These lines are here for you.",
    _ES: "Tu plan aún no está escrito. Estas líneas están para ti.",
}
REVISION: Mapping[Language, str] = {_EN: "Version {} of {}", _ES: "Versión {} del {}"}
PRINTED: Mapping[Language, str] = {_EN: "Printed on {}", _ES: "Impreso el {}"}
NOT_PRINTABLE: Mapping[Language, str] = {
    _EN: "{} stands for a sign that can't be printed. Your phone shows it.",
    _ES: "{} está en lugar de un signo que no se puede imprimir. Tu teléfono lo muestra.",
}

_MONTHS: Mapping[Language, str] = {
    _EN: "January February March April May June July August September October November December",
    _ES: "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}


def day_words(day: date, language: Language) -> str:
    """A date as people write it: "January 13, 2026", "13 de enero de 2026"."""
    month = _MONTHS[language].split()[day.month - 1]
    if language is Language.ES:
        return f"{day.day} de {month} de {day.year}"
    return f"{month} {day.day}, {day.year}"
