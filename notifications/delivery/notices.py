"""What goes out as a notification, in both languages.

It is neutral: no client's name, nothing clinical, no tier. All notices to a client read alike, so a lock screen does
not even tell a reminder from a new plan. `messages` fills the gaps; only times and numbers have words elsewhere.
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
    OUTSIDE_CALL = "outside_call"
    OUTSIDE_TRIAL = "outside_trial"
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
    EMAIL_CODE = "email_code"


class Rendered(Struct, frozen=True):
    """A notification in words; each is one line."""

    subject: str
    body: str


CLIENT_NOTICE = {
    _EN: Rendered("You have something to look at.", ""),
    _ES: Rendered("Tienes algo que ver.", ""),
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
        Kind.OUTSIDE_CALL: Rendered(
            "{app}: nobody on the team answers. Please telephone them",
            "Somebody at {app} waits for an answer, and nobody on the team has given it. Please telephone them until "
            "one of them takes it. We go on calling them too.",
        ),
        Kind.OUTSIDE_TRIAL: Rendered(
            "{app}: a test. Please tell the team that it came",
            "The team at {app} counts on you when nobody of theirs answers. This is a test, and nobody needs help. "
            "Please tell the team that it came.",
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
            "{app}: the on-call calendar needs a look",
            "Something in the on-call calendar has to be put right. Open {app} to see what.",
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
        Kind.EMAIL_CODE: Rendered(
            "{app}: your code is {code}",
            "Your code is {code}. Give it back in {app}, under Account, within ten minutes. "
            "If you did not ask for it, there is nothing to do.",
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
        Kind.OUTSIDE_CALL: Rendered(
            "{app}: nadie del equipo responde. Por favor, llámalos",
            "Alguien en {app} espera una respuesta y nadie del equipo la ha dado. Por favor, llámalos por teléfono "
            "hasta que alguien se encargue. Nosotros también seguimos llamando.",
        ),
        Kind.OUTSIDE_TRIAL: Rendered(
            "{app}: una prueba. Avisa al equipo de que llegó",
            "El equipo de {app} cuenta contigo cuando nadie más responde. Es una prueba y nadie necesita ayuda. "
            "Avisa al equipo de que llegó.",
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
            "{app}: revisa el calendario de guardias",
            "Hay algo que corregir en el calendario de guardias. Abre {app} para verlo.",
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
        Kind.EMAIL_CODE: Rendered(
            "{app}: tu código es {code}",
            "Tu código es {code}. Escríbelo en {app}, en tu cuenta. Sirve diez minutos. "
            "Si no lo pediste, no tienes que hacer nada.",
        ),
    },
}
