"""The access log in words: what each kind of look is called, as the person looked at reads it.

Rule: every look of staff at a client's data has a sentence in both languages; one without a sentence of its own is
still told, as a look at the record. A copy of the plan that staff gave is told here as well: whoever got it can
look from then on. What else staff did besides looking stands where it belongs (the plan's history, the
case), and is told there. A follow-up is told without saying what it is about: one that nobody has taken yet is
not the client's to see.
"""

from collections.abc import Mapping

from server.people.terms import Language, Role

_EN, _ES = Language.EN, Language.ES

_RECORD = {_EN: "Looked at your record", _ES: "Miró tus datos"}
_LISTED = {_EN: "Saw your name in a list", _ES: "Vio tu nombre en una lista"}
_PLAN = {_EN: "Looked at your plan", _ES: "Miró tu plan"}
_HISTORY = {_EN: "Looked at earlier versions of your plan", _ES: "Miró versiones anteriores de tu plan"}
_QUESTIONS = {_EN: "Looked at the questions you get", _ES: "Miró las preguntas que recibes"}

SENTENCES: Mapping[str, Mapping[Language, str]] = {
    "client.view": _RECORD,
    "client.list": _LISTED,
    "access_log.view": {_EN: "Looked at who saw your data", _ES: "Miró quién vio tus datos"},
    "consents.view": {_EN: "Looked at what you agreed to", _ES: "Miró lo que aceptaste"},
    "plan.view": _PLAN,
    "plan.draft.view": {_EN: "Worked on your plan", _ES: "Trabajó en tu plan"},
    "plan.history.view": _HISTORY,
    "plan.diff.view": _HISTORY,
    "plan.reviews.view": {_EN: "Looked at reviews of your plan", _ES: "Miró las revisiones de tu plan"},
    "plan.proposals.view": {_EN: "Looked at your ideas for the plan", _ES: "Miró tus ideas para el plan"},
    "plan.uses.view": {_EN: "Looked at which steps helped you", _ES: "Miró qué pasos te ayudaron"},
    "plan.copies.view": {_EN: "Looked at when you shared your plan", _ES: "Miró cuándo compartiste tu plan"},
    "plan.pdf.view": {_EN: "Made a PDF of your plan", _ES: "Hizo un PDF de tu plan"},
    "plan.copy.given": {_EN: "Gave you a copy of your plan", _ES: "Te dio una copia de tu plan"},
    "plan.copy.other.given": {
        _EN: "Gave a copy of your plan to someone",
        _ES: "Dio a alguien una copia de tu plan",
    },
    "plan.registry.view": _LISTED,
    "checkins.view": {_EN: "Looked at your check-ins", _ES: "Miró tus respuestas"},
    "checkins.rehearsal.view": {
        _EN: "Used your answers to check our alerts",
        _ES: "Usó tus respuestas para revisar nuestras alertas",
    },
    "schedules.view": {_EN: "Looked at your check-in times", _ES: "Miró los horarios de tus preguntas"},
    "questionnaire.view": _QUESTIONS,
    "questionnaire.list": _QUESTIONS,
    "case.view": {_EN: "Looked at your record to follow up", _ES: "Miró tus datos para darte seguimiento"},
    "case.list": _LISTED,
    "case.words.list": {
        _EN: "Saw your name and what you told us, in a list",
        _ES: "Vio tu nombre y lo que nos contaste, en una lista",
    },
    "audit.view": {_EN: "Looked at who saw your record", _ES: "Miró quién vio tus datos"},
    "case.pack.view": {_EN: "Looked at your address and contacts", _ES: "Miró tu dirección y tus contactos"},
}

ROLES: Mapping[Role, Mapping[Language, str]] = {
    Role.CASE_MANAGER: {_EN: "case manager", _ES: "manejo de casos"},
    Role.CLINICIAN: {_EN: "clinician", _ES: "equipo clínico"},
    Role.SUPERVISOR: {_EN: "supervisor", _ES: "supervisión"},
    Role.ADMINISTRATOR: {_EN: "administrator", _ES: "administración"},
}
"""What a staff member's role is called."""

LOOKS = (".view", ".list", ".given")
"""How the audit word of a look ends, and of giving others something to look at."""

COLLEAGUE: Mapping[Language, str] = {_EN: "Someone on the team", _ES: "Alguien del equipo"}
"""Instead of a name that can no longer be read."""


def sentence(what: str, language: Language) -> str:
    """The look in the client's words."""
    return SENTENCES.get(what, _RECORD)[language]
