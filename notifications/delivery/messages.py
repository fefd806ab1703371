"""Every sentence this service ever sends or tells, in both languages; only times have words elsewhere.

What leaves in a notification is neutral: no client's name, nothing clinical, no tier. All notices to a
client read alike, so a lock screen does not even tell a reminder from a new plan. Clients read sentences of
at most 15 words at grade 6 or below. No number of a help line stands here: it comes in through `{line}`
from the checked table. A person and a time are named only when the caller has worked out from the coverage
calendar that they hold.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from notifications.delivery.timewords import at_time, by_time
from server.people.terms import Language

_EN, _ES = Language.EN, Language.ES


class Kind(StrEnum):
    """What a notification is about. The first group goes to clients, the second to staff."""

    CHECKIN_OPEN = "checkin_open"
    CHECKIN_REMINDER = "checkin_reminder"
    PLAN_UPDATED = "plan_updated"
    CASE_SEEN = "case_seen"
    CASE_CLOSED = "case_closed"
    INVITATION = "invitation"

    CASE_CALL = "case_call"
    CASE_JOINED = "case_joined"
    CASE_LAPSED = "case_lapsed"
    CASE_UNREACHABLE = "case_unreachable"
    CASE_UNDELIVERED = "case_undelivered"
    CASE_HANDED_OVER = "case_handed_over"
    CASE_CLOSE_REMINDER = "case_close_reminder"
    CASE_COSIGN = "case_cosign"
    ALL_CLEAR = "all_clear"
    MISSED_TASK = "missed_task"
    STAFF_INVITATION = "staff_invitation"


class Moment(StrEnum):
    """When a client is told about coverage."""

    BEFORE_CHECKIN = "before_checkin"
    AFTER_CALM_ANSWER = "after_calm_answer"
    AFTER_FLAGGED_ANSWER = "after_flagged_answer"
    AFTER_HELP_BUTTON = "after_help_button"


class Sentence(StrEnum):
    """A sentence told to a client inside the app."""

    THANKS_CALM = "thanks_calm"
    THANKS_FLAGGED = "thanks_flagged"
    THANKS_HELP = "thanks_help"
    WILL_LOOK = "will_look"
    WILL_READ = "will_read"
    TEAM_BACK = "team_back"
    DO_NOT_WAIT = "do_not_wait"
    IF_NEEDED = "if_needed"
    SOMEONE = "someone"
    SEEN = "seen"
    IN_CONTACT = "in_contact"
    CALLING_AGAIN = "calling_again"
    NOT_SEEN = "not_seen"
    CLOSED = "closed"
    OFFLINE = "offline"
    WELCOME_BACK = "welcome_back"
    STEP_DONE = "step_done"


class Rendered(Struct, frozen=True):
    """A notification in words; each is one line."""

    subject: str
    body: str


_CLIENT_NOTICE = {
    _EN: Rendered("{app}", "You have something to look at."),
    _ES: Rendered("{app}", "Tienes algo que ver."),
}
_NOTICES: dict[Language, dict[Kind, Rendered]] = {
    _EN: {
        Kind.INVITATION: Rendered("{app}", "You are invited to {app}. Use the code from your team{by}."),
        Kind.CASE_CALL: Rendered(
            "{app}: someone needs an answer{by}",
            "Someone needs an answer{by}. Open {app} to see who, and to take it.",
        ),
        Kind.CASE_JOINED: Rendered(
            "{app}: something new for you",
            "There is something new on a case of yours. Open {app} to read it.",
        ),
        Kind.CASE_LAPSED: Rendered(
            "{app}: no contact yet, calling again",
            "No contact was recorded in time. Calling has started again. Open {app} to help.",
        ),
        Kind.CASE_UNREACHABLE: Rendered(
            "{app}: a supervisor has to decide{by}",
            "Three tries had no answer. A supervisor decides what comes next. Open {app}.",
        ),
        Kind.CASE_UNDELIVERED: Rendered(
            "{app}: a message did not arrive",
            "We could not reach a colleague. The next person is being called. Open {app}.",
        ),
        Kind.CASE_HANDED_OVER: Rendered(
            "{app}: a case is now yours", "A colleague handed a case to you. Open {app}: contact is due{by}."
        ),
        Kind.CASE_CLOSE_REMINDER: Rendered(
            "{app}: a case is still open", "The contact is recorded. Open {app} to close the case or go on."
        ),
        Kind.CASE_COSIGN: Rendered(
            "{app}: a second signature is needed",
            "A colleague asks you to co-sign. Open {app} to read and decide.",
        ),
        Kind.ALL_CLEAR: Rendered(
            "{app}: all clear",
            "The earlier call was answered and closed. There is nothing left for you to do.",
        ),
        Kind.MISSED_TASK: Rendered(
            "{app}: someone to call{by}", "There is someone for you to call{by}. Open {app} to see who."
        ),
        Kind.STAFF_INVITATION: Rendered(
            "{app}: your account is ready", "An account was made for you. Sign in{by} to set it up."
        ),
    },
    _ES: {
        Kind.INVITATION: Rendered("{app}", "Te invitamos a {app}. Usa el código de tu equipo{by}."),
        Kind.CASE_CALL: Rendered(
            "{app}: alguien necesita una respuesta{by}",
            "Alguien necesita una respuesta{by}. Abre {app} para ver quién es y tomar el caso.",
        ),
        Kind.CASE_JOINED: Rendered(
            "{app}: hay algo nuevo para ti", "Hay algo nuevo en uno de tus casos. Abre {app} para leerlo."
        ),
        Kind.CASE_LAPSED: Rendered(
            "{app}: sin contacto, seguimos llamando",
            "No se registró un contacto a tiempo. Volvimos a llamar. Abre {app} para ayudar.",
        ),
        Kind.CASE_UNREACHABLE: Rendered(
            "{app}: hace falta una decisión{by}",
            "Tres intentos quedaron sin respuesta. Un supervisor decide cómo seguir. Abre {app}.",
        ),
        Kind.CASE_UNDELIVERED: Rendered(
            "{app}: un mensaje no llegó",
            "No pudimos avisar a un colega. Estamos llamando a la siguiente persona. Abre {app}.",
        ),
        Kind.CASE_HANDED_OVER: Rendered(
            "{app}: un caso ahora es tuyo",
            "Un colega te pasó un caso. Abre {app}: hay que hacer contacto{by}.",
        ),
        Kind.CASE_CLOSE_REMINDER: Rendered(
            "{app}: un caso sigue abierto",
            "El contacto está registrado. Abre {app} para cerrar el caso o seguir.",
        ),
        Kind.CASE_COSIGN: Rendered(
            "{app}: falta una segunda firma",
            "Un colega te pide firmar un cierre. Abre {app} para leer y decidir.",
        ),
        Kind.ALL_CLEAR: Rendered(
            "{app}: todo en orden",
            "La llamada anterior ya tuvo respuesta y se cerró. No tienes que hacer nada.",
        ),
        Kind.MISSED_TASK: Rendered(
            "{app}: hay alguien a quien llamar{by}",
            "Hay alguien a quien llamar{by}. Abre {app} para ver quién es.",
        ),
        Kind.STAFF_INVITATION: Rendered(
            "{app}: tu cuenta está lista", "Creamos una cuenta para ti. Entra{by} para prepararla."
        ),
    },
}

_SENTENCES: dict[Language, dict[Sentence, str]] = {
    _EN: {
        Sentence.THANKS_CALM: "Thank you for checking in.",
        Sentence.THANKS_FLAGGED: "Thank you for telling us.",
        Sentence.THANKS_HELP: "Thank you for reaching out.",
        Sentence.WILL_LOOK: "{name} will look at this {by}.",
        Sentence.WILL_READ: "{name} will look at your answers {by}.",
        Sentence.TEAM_BACK: "Our team is back {at}.",
        Sentence.DO_NOT_WAIT: "You don't have to wait: call or text {line} now.",
        Sentence.IF_NEEDED: "If you need someone now, call or text {line}.",
        Sentence.SOMEONE: "Someone on our team",
        Sentence.SEEN: "{name} has seen this and will contact you{by}.",
        Sentence.IN_CONTACT: "{name} has been in touch with you. Your plan is here for you.",
        Sentence.CALLING_AGAIN: "We are calling your team again.",
        Sentence.NOT_SEEN: "No one has seen this yet.",
        Sentence.CLOSED: (
            "We have finished with this for now. Your plan is here. "
            "If you need someone now, call or text {line}."
        ),
        Sentence.OFFLINE: "This is not sent yet. No one has seen it. You can call {line} now.",
        Sentence.WELCOME_BACK: "Good to see you. Do you want to check in now?",
        Sentence.STEP_DONE: "Well done. You can stop here, or go on.",
    },
    _ES: {
        Sentence.THANKS_CALM: "Gracias por responder.",
        Sentence.THANKS_FLAGGED: "Gracias por contarnos.",
        Sentence.THANKS_HELP: "Gracias por pedir ayuda.",
        Sentence.WILL_LOOK: "{name} va a ver esto {by}.",
        Sentence.WILL_READ: "{name} va a ver tus respuestas {by}.",
        Sentence.TEAM_BACK: "Nuestro equipo vuelve {at}.",
        Sentence.DO_NOT_WAIT: "No tienes que esperar: llama o escribe al {line} ahora.",
        Sentence.IF_NEEDED: "Si necesitas a alguien ahora, llama o escribe al {line}.",
        Sentence.SOMEONE: "Alguien del equipo",
        Sentence.SEEN: "{name} ya lo vio y te va a contactar{by}.",
        Sentence.IN_CONTACT: "{name} ya se comunicó contigo. Tu plan está aquí para ti.",
        Sentence.CALLING_AGAIN: "Estamos llamando otra vez a tu equipo.",
        Sentence.NOT_SEEN: "Nadie ha visto esto aún.",
        Sentence.CLOSED: (
            "Terminamos con esto por ahora. Tu plan está aquí. "
            "Si necesitas a alguien ahora, llama o escribe al {line}."
        ),
        Sentence.OFFLINE: "Esto aún no se envió. Nadie lo ha visto. Puedes llamar al {line} ahora.",
        Sentence.WELCOME_BACK: "Qué bueno verte. ¿Quieres responder ahora?",
        Sentence.STEP_DONE: "Bien hecho. Puedes parar aquí o seguir.",
    },
}

_OPENINGS = {
    Moment.AFTER_CALM_ANSWER: (Sentence.THANKS_CALM,),
    Moment.AFTER_FLAGGED_ANSWER: (Sentence.THANKS_FLAGGED,),
    Moment.AFTER_HELP_BUTTON: (Sentence.THANKS_HELP,),
    Moment.BEFORE_CHECKIN: (),
}
_PRESSING = frozenset({Moment.AFTER_FLAGGED_ANSWER, Moment.AFTER_HELP_BUTTON})


def render(kind: Kind, language: Language, app_name: str, by: str | None = None) -> Rendered:
    """The notification in words. `by` is a phrase from `by_time` in the reader's own zone, or None."""
    text = _NOTICES[language].get(kind, _CLIENT_NOTICE[language])
    slots = {"app": _one_line(app_name), "by": f" {_one_line(by)}" if by else ""}
    return Rendered(text.subject.format(**slots), text.body.format(**slots))


def say(sentence: Sentence, language: Language, line: str = "") -> str:
    """A sentence that names nobody; `line` is the help line's number as the reader dials it."""
    return _SENTENCES[language][sentence].format(line=_one_line(line))


def coverage_sentence(
    moment: Moment,
    *,
    name: str | None = None,
    by: datetime | None = None,
    starts_at: datetime | None = None,
    language: Language,
    zone: str,
    line: str,
    now: datetime,
) -> str:
    """Who will look by when, or when the team is back, or neither; then the line, for what cannot wait.

    With `by`, a person is promised (by `name`, or as someone on the team). With `starts_at`, only the
    team's return. With neither, nothing is promised. A time that has passed is never told.
    """
    words = _SENTENCES[language]
    parts = [words[opening] for opening in _OPENINGS[moment]]
    pressing = moment in _PRESSING
    if by is not None and by > now:
        who = _who(name, language)
        promise = Sentence.WILL_LOOK if pressing else Sentence.WILL_READ
        parts.append(words[promise].format(name=who, by=by_time(by, now, zone, language)))
        return " ".join([*parts, say(Sentence.IF_NEEDED, language, line)] if pressing else parts)
    if starts_at is not None and starts_at > now:
        parts.append(words[Sentence.TEAM_BACK].format(at=at_time(starts_at, now, zone, language)))
    parts.append(say(Sentence.DO_NOT_WAIT if pressing else Sentence.IF_NEEDED, language, line))
    return " ".join(parts)


def seen_sentence(
    name: str | None, by: datetime | None, *, language: Language, zone: str, line: str, now: datetime
) -> str:
    """Who has seen it, and by when that person will make contact; with no time to tell, the line instead.

    A time that has passed is never told, nor one that belongs to nobody: `name` is None where it is not known who.
    """
    timed = name is not None and by is not None and by > now
    phrase = f" {by_time(by, now, zone, language)}" if by is not None and timed else ""
    seen = _SENTENCES[language][Sentence.SEEN].format(name=_who(name, language), by=phrase)
    return seen if timed else f"{seen} {say(Sentence.IF_NEEDED, language, line)}"


def in_contact_sentence(name: str | None, language: Language) -> str:
    """After somebody reached the client: who it was, if that is known, and that the plan stays."""
    return _SENTENCES[language][Sentence.IN_CONTACT].format(name=_who(name, language))


def not_seen_sentence(language: Language, line: str, *, again: bool = False) -> str:
    """For somebody who waits while nobody has answered yet, or no longer answers (`again`)."""
    sentence = Sentence.CALLING_AGAIN if again else Sentence.NOT_SEEN
    return f"{say(sentence, language)} {say(Sentence.DO_NOT_WAIT, language, line)}"


def _who(name: str | None, language: Language) -> str:
    return _one_line(name or "") or _SENTENCES[language][Sentence.SOMEONE]


def _one_line(text: str) -> str:
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())
