"""Every sentence this service ever sends or tells, in both languages; only times and numbers have words elsewhere.

What leaves in a notification is neutral: no client's name, nothing clinical, no tier. All notices to a
client read alike, so a lock screen does not even tell a reminder from a new plan. Clients read sentences of
at most 15 words at grade 6 or below. No number of a help line stands here: it comes in through `{line}`,
`{press}` and `{keyword}` from the checked table. `messages` says when which of them is told.
"""

from enum import StrEnum

from msgspec import Struct

from server.people.terms import Language

_EN, _ES = Language.EN, Language.ES


class Kind(StrEnum):
    """What a notification is about. The first group goes to clients, the second to staff."""

    CHECKIN_OPEN = "checkin_open"
    CHECKIN_REMINDER = "checkin_reminder"
    PLAN_UPDATED = "plan_updated"
    CASE_SEEN = "case_seen"
    CASE_CLOSED = "case_closed"

    CASE_CALL = "case_call"
    CASE_JOINED = "case_joined"
    CASE_LAPSED = "case_lapsed"
    CASE_UNREACHABLE = "case_unreachable"
    CASE_UNDELIVERED = "case_undelivered"
    CASE_HANDED_OVER = "case_handed_over"
    CASE_CLOSE_REMINDER = "case_close_reminder"
    CASE_COSIGN = "case_cosign"
    CASE_PACK = "case_pack"
    ALL_CLEAR = "all_clear"
    ROTA_GAP = "rota_gap"
    DRILL_CALL = "drill_call"
    DRILL_OVER = "drill_over"
    DRILL_UNANSWERED = "drill_unanswered"
    SOUNDING = "sounding"
    DUTY_UNREACHABLE = "duty_unreachable"
    DAY_START = "day_start"
    DUTY_OFFERED = "duty_offered"
    DUTY_ANSWERED = "duty_answered"
    TEST = "test"
    NUMBER_CODE = "number_code"


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
    PRESS_FIRST = "press_first"
    SEND_FIRST = "send_first"
    SOMEONE = "someone"
    SEEN = "seen"
    IN_CONTACT = "in_contact"
    CALLING = "calling"
    CALLING_AGAIN = "calling_again"
    NOT_SEEN = "not_seen"
    CLOSED = "closed"


class CallLine(StrEnum):
    """A sentence that goes along with a call to staff, where it can be answered at once."""

    TAKE = "take"
    SPOKEN = "spoken"
    PRESS = "press"
    HAVE_IT = "have_it"
    A_COLLEAGUE_HAS_IT = "a_colleague_has_it"
    USED = "used"
    OVER = "over"
    NOT_YOURS = "not_yours"
    DRILL_SPOKEN = "drill_spoken"
    DRILL_PRESS = "drill_press"
    DRILL_ANSWERED = "drill_answered"
    DRILL_OVER = "drill_over"


class Rendered(Struct, frozen=True):
    """A notification in words; each is one line."""

    subject: str
    body: str


CLIENT_NOTICE = {
    _EN: Rendered("{app}", "You have something to look at."),
    _ES: Rendered("{app}", "Tienes algo que ver."),
}
NOTICES: dict[Language, dict[Kind, Rendered]] = {
    _EN: {
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
        Kind.CASE_PACK: Rendered(
            "{app}: a colleague opened sealed details",
            "A colleague opened sealed details on a case. Open {app} to read the reason.",
        ),
        Kind.ALL_CLEAR: Rendered(
            "{app}: answered and closed",
            "The earlier call was answered and closed. There is nothing left for you to do.",
        ),
        Kind.ROTA_GAP: Rendered(
            "{app}: a gap in the on-call calendar",
            "There is a gap in the on-call calendar. Open {app} to fill it.",
        ),
        Kind.DRILL_CALL: Rendered(
            "{app}: practice call, answer it{by}",
            "This is a practice call: nobody needs help. Answer it{by} as you would a real one.",
        ),
        Kind.DRILL_OVER: Rendered(
            "{app}: the practice is over",
            "The practice call is over. There is nothing left for you to do.",
        ),
        Kind.DRILL_UNANSWERED: Rendered(
            "{app}: nobody answered a practice call",
            "Nobody answered a practice call in time. Open {app} to see who was called.",
        ),
        Kind.SOUNDING: Rendered(
            "{app}: a test of this channel",
            "The service sends this to itself, to see that it arrives. There is nothing to do.",
        ),
        Kind.DUTY_UNREACHABLE: Rendered(
            "{app}: somebody on call cannot be reached",
            "Somebody on call has no way that works. Open {app} to see who.",
        ),
        Kind.DAY_START: Rendered("{app}: {todo}", "You have {todo}. Open {app}."),
        Kind.DUTY_OFFERED: Rendered(
            "{app}: a colleague offers you a turn of duty",
            "A colleague offers you a turn of duty. Open {app} to take it or not.",
        ),
        Kind.DUTY_ANSWERED: Rendered(
            "{app}: your offer of duty was answered",
            "A colleague answered your offer of duty. Open {app} to see it.",
        ),
        Kind.TEST: Rendered(
            "{app}: a test message",
            "You asked for this test. It arrived. There is nothing to do.",
        ),
        Kind.NUMBER_CODE: Rendered(
            "{app}: your code is {code}",
            "Your code is {code}. It works for ten minutes. Nobody will ever ask you for it.",
        ),
    },
    _ES: {
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
        Kind.CASE_PACK: Rendered(
            "{app}: un colega abrió datos sellados",
            "Un colega abrió datos sellados de un caso. Abre {app} para leer el motivo.",
        ),
        Kind.ALL_CLEAR: Rendered(
            "{app}: atendido y cerrado",
            "La llamada anterior ya tuvo respuesta y se cerró. No tienes que hacer nada.",
        ),
        Kind.ROTA_GAP: Rendered(
            "{app}: un hueco en el calendario de guardias",
            "Hay un hueco en el calendario de guardias. Abre {app} para llenarlo.",
        ),
        Kind.DRILL_CALL: Rendered(
            "{app}: llamada de práctica, respóndela{by}",
            "Es una llamada de práctica: nadie necesita ayuda. Respóndela{by} como si fuera real.",
        ),
        Kind.DRILL_OVER: Rendered(
            "{app}: la práctica terminó",
            "La llamada de práctica terminó. No tienes que hacer nada.",
        ),
        Kind.DRILL_UNANSWERED: Rendered(
            "{app}: nadie respondió a una llamada de práctica",
            "Nadie respondió a tiempo a una llamada de práctica. Abre {app} para ver a quién llamamos.",
        ),
        Kind.SOUNDING: Rendered(
            "{app}: prueba de este canal",
            "El servicio se envía esto para ver que llega. No tienes que hacer nada.",
        ),
        Kind.DUTY_UNREACHABLE: Rendered(
            "{app}: no podemos avisar a alguien de guardia",
            "Alguien de guardia no tiene una vía que funcione. Abre {app} para ver quién es.",
        ),
        Kind.DAY_START: Rendered("{app}: {todo}", "Tienes {todo}. Abre {app}."),
        Kind.DUTY_OFFERED: Rendered(
            "{app}: un colega te ofrece una guardia",
            "Un colega te ofrece una guardia. Abre {app} para decir sí o no.",
        ),
        Kind.DUTY_ANSWERED: Rendered(
            "{app}: respuesta a tu oferta de guardia",
            "Un colega respondió a tu oferta de guardia. Abre {app} para verla.",
        ),
        Kind.TEST: Rendered(
            "{app}: un mensaje de prueba",
            "Pediste esta prueba. Llegó bien. No tienes que hacer nada.",
        ),
        Kind.NUMBER_CODE: Rendered(
            "{app}: tu código es {code}",
            "Tu código es {code}. Sirve diez minutos. Nadie te lo va a pedir.",
        ),
    },
}

CALL_LINES: dict[Language, dict[CallLine, str]] = {
    _EN: {
        CallLine.TAKE: "Take it:",
        CallLine.SPOKEN: "This is {app}. Someone needs an answer.",
        CallLine.PRESS: "Press {key} to say that you have it.",
        CallLine.HAVE_IT: "You have it. Sign in to see who it is.",
        CallLine.A_COLLEAGUE_HAS_IT: "A colleague has it already. There is nothing left for you to do.",
        CallLine.USED: "This link was used before. Sign in to see what came of it.",
        CallLine.OVER: "This link is over. Sign in to see what is open.",
        CallLine.NOT_YOURS: "This cannot be taken by a link. Sign in to see what is open.",
        CallLine.DRILL_SPOKEN: "This is {app}. It is a practice call: nobody needs help.",
        CallLine.DRILL_PRESS: "Press {key} to answer it.",
        CallLine.DRILL_ANSWERED: "You answered the practice call. Thank you. There is nothing left for you to do.",
        CallLine.DRILL_OVER: "This was a practice call, and it is over. There is nothing left for you to do.",
    },
    _ES: {
        CallLine.TAKE: "Tomarlo:",
        CallLine.SPOKEN: "Te llama {app}. Alguien necesita una respuesta.",
        CallLine.PRESS: "Oprime {key} para decir que te encargas.",
        CallLine.HAVE_IT: "Ya te encargas. Inicia sesión para ver de quién se trata.",
        CallLine.A_COLLEAGUE_HAS_IT: "Un colega ya se encarga. No tienes que hacer nada.",
        CallLine.USED: "Este enlace ya se usó. Inicia sesión para ver qué pasó.",
        CallLine.OVER: "Este enlace ya no sirve. Inicia sesión para ver qué está abierto.",
        CallLine.NOT_YOURS: "Esto no se puede tomar con un enlace. Inicia sesión para ver qué está abierto.",
        CallLine.DRILL_SPOKEN: "Te llama {app}. Es una llamada de práctica: nadie necesita ayuda.",
        CallLine.DRILL_PRESS: "Oprime {key} para responder.",
        CallLine.DRILL_ANSWERED: "Respondiste a la llamada de práctica. Gracias. No tienes que hacer nada más.",
        CallLine.DRILL_OVER: "Era una llamada de práctica y ya terminó. No tienes que hacer nada.",
    },
}

SENTENCES: dict[Language, dict[Sentence, str]] = {
    _EN: {
        Sentence.THANKS_CALM: "Thank you for checking in.",
        Sentence.THANKS_FLAGGED: "Thank you for telling us.",
        Sentence.THANKS_HELP: "Thank you for reaching out.",
        Sentence.WILL_LOOK: "{name} will look at this {by}.",
        Sentence.WILL_READ: "{name} will look at your answers {by}.",
        Sentence.TEAM_BACK: "Our team is back {at}.",
        Sentence.DO_NOT_WAIT: "You don't have to wait: call or text {line} now.",
        Sentence.IF_NEEDED: "If you need someone now, call or text {line}.",
        Sentence.PRESS_FIRST: "If you call, press {press} for English.",
        Sentence.SEND_FIRST: "If you text, send {keyword} first.",
        Sentence.SOMEONE: "Someone on our team",
        Sentence.SEEN: "{name} has seen this and will contact you{by}.",
        Sentence.IN_CONTACT: "{name} has been in touch with you. Your plan is here for you.",
        Sentence.CALLING: "We are calling your team now.",
        Sentence.CALLING_AGAIN: "We are calling your team again.",
        Sentence.NOT_SEEN: "No one on your team has seen this yet.",
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
        Sentence.WILL_READ: "{name} va a ver tus respuestas {by}.",
        Sentence.TEAM_BACK: "Nuestro equipo vuelve {at}.",
        Sentence.DO_NOT_WAIT: "No tienes que esperar: llama o escribe al {line} ahora.",
        Sentence.IF_NEEDED: "Si necesitas a alguien ahora, llama o escribe al {line}.",
        Sentence.PRESS_FIRST: "Si llamas, oprime {press} para español.",
        Sentence.SEND_FIRST: "Si escribes, envía primero {keyword}.",
        Sentence.SOMEONE: "Alguien del equipo",
        Sentence.SEEN: "{name} ya lo vio y te va a contactar{by}.",
        Sentence.IN_CONTACT: "{name} ya se comunicó contigo. Tu plan está aquí para ti.",
        Sentence.CALLING: "Estamos llamando a tu equipo ahora.",
        Sentence.CALLING_AGAIN: "Estamos llamando otra vez a tu equipo.",
        Sentence.NOT_SEEN: "Nadie de tu equipo ha visto esto aún.",
        Sentence.CLOSED: (
            "Esto se cerró por ahora. Puedes pedir ayuda otra vez cuando quieras. Tu plan está aquí. "
            "Si necesitas a alguien ahora, llama o escribe al {line}."
        ),
    },
}
