"""What clients are told inside the app, in both languages.

Clients read sentences of at most 15 words at grade 6 or below. No number of a help line stands here: it comes in
through `{line}`, `{press}` and `{keyword}` from the checked table. `messages` says when which of them is told.
"""

from enum import StrEnum

from server.people.terms import Language

_EN, _ES = Language.EN, Language.ES


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
    LOOKS = "looks"
    TEAM_BACK = "team_back"
    AFTER_THAT = "after_that"
    DO_NOT_WAIT = "do_not_wait"
    IF_NEEDED = "if_needed"
    PRESS_FIRST = "press_first"
    SEND_FIRST = "send_first"
    PRESS_OR_SEND = "press_or_send"
    SOMEONE = "someone"
    SEEN = "seen"
    SEEN_AND_BY = "seen_and_by"
    IN_CONTACT = "in_contact"
    CALLING = "calling"
    CALLING_AGAIN = "calling_again"
    NOT_SEEN = "not_seen"
    CLOSED = "closed"


SENTENCES: dict[Language, dict[Sentence, str]] = {
    _EN: {
        Sentence.THANKS_CALM: "Thank you for checking in.",
        Sentence.THANKS_FLAGGED: "Thank you for telling us.",
        Sentence.THANKS_HELP: "Thank you for reaching out.",
        Sentence.WILL_LOOK: "{name} will look at this {by}.",
        Sentence.LOOKS: "Someone looks at your answers {until}.",
        Sentence.TEAM_BACK: "Our team is back {at}.",
        Sentence.AFTER_THAT: "After that, or if you need someone now, call or text {line}.",
        Sentence.DO_NOT_WAIT: "You don't have to wait: call or text {line} now.",
        Sentence.IF_NEEDED: "If you need someone now, call or text {line}.",
        Sentence.PRESS_FIRST: "If you call, press {press} for English.",
        Sentence.SEND_FIRST: "If you text, send {keyword} first.",
        Sentence.PRESS_OR_SEND: "For English, press {press} if you call, or send {keyword} first if you text.",
        Sentence.SOMEONE: "Someone on our team",
        Sentence.SEEN: "{name} has seen this.",
        Sentence.SEEN_AND_BY: "{name} has seen this and will contact you {by}.",
        Sentence.IN_CONTACT: "{name} has been in touch with you. Your plan is here for you.",
        Sentence.CALLING: "We are letting your team know now.",
        Sentence.CALLING_AGAIN: "We are letting your team know again.",
        Sentence.NOT_SEEN: "No one on your team has answered yet.",
        Sentence.CLOSED: (
            "This is closed for now. You can ask for someone again at any time. Your plan is here. "
            "If you need someone now, call or text {line}."
        ),
    },
    _ES: {
        Sentence.THANKS_CALM: "Gracias por responder.",
        Sentence.THANKS_FLAGGED: "Gracias por contarnos.",
        Sentence.THANKS_HELP: "Gracias por pedir ayuda.",
        Sentence.WILL_LOOK: "{name} va a ver esto {by}.",
        Sentence.LOOKS: "Alguien mira tus respuestas {until}.",
        Sentence.TEAM_BACK: "Nuestro equipo vuelve {at}.",
        Sentence.AFTER_THAT: "Después, o si necesitas a alguien ahora, llama o escribe al {line}.",
        Sentence.DO_NOT_WAIT: "No tienes que esperar: llama o escribe al {line} ahora.",
        Sentence.IF_NEEDED: "Si necesitas a alguien ahora, llama o escribe al {line}.",
        Sentence.PRESS_FIRST: "Si llamas, oprime {press} para español.",
        Sentence.SEND_FIRST: "Si escribes, envía primero {keyword}.",
        Sentence.PRESS_OR_SEND: "Para español, oprime {press} si llamas, o envía primero {keyword} si escribes.",
        Sentence.SOMEONE: "Alguien del equipo",
        Sentence.SEEN: "{name} ya lo vio.",
        Sentence.SEEN_AND_BY: "{name} ya lo vio y te va a contactar {by}.",
        Sentence.IN_CONTACT: "{name} ya se comunicó contigo. Tu plan está aquí para ti.",
        Sentence.CALLING: "Estamos avisando a tu equipo ahora.",
        Sentence.CALLING_AGAIN: "Estamos avisando otra vez a tu equipo.",
        Sentence.NOT_SEEN: "Nadie de tu equipo ha respondido aún.",
        Sentence.CLOSED: (
            "Esto se cerró por ahora. Puedes pedir ayuda otra vez cuando quieras. Tu plan está aquí. "
            "Si necesitas a alguien ahora, llama o escribe al {line}."
        ),
    },
}
