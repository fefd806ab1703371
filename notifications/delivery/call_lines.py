"""What goes along with a call to staff, in both languages: spoken on the telephone, beside a link, and on its page.

Nobody hears or reads there who needs help, or why.
"""

from enum import StrEnum

from server.people.terms import Language

_EN, _ES = Language.EN, Language.ES


class CallLine(StrEnum):
    """A sentence that goes along with a call to staff, where it can be answered at once."""

    TAKE = "take"
    UNPROVED = "unproved"
    SPOKEN = "spoken"
    PRESS = "press"
    HAVE_IT = "have_it"
    A_COLLEAGUE_HAS_IT = "a_colleague_has_it"
    USED = "used"
    OVER = "over"
    NOT_YOURS = "not_yours"
    UNSIGNED = "unsigned"
    DRILL_SPOKEN = "drill_spoken"
    DRILL_PRESS = "drill_press"
    DRILL_ANSWERED = "drill_answered"
    DRILL_OVER = "drill_over"


CALL_LINES: dict[Language, dict[CallLine, str]] = {
    _EN: {
        CallLine.TAKE: "Take it:",
        CallLine.UNPROVED: "Sign in to take it: this address has not been verified, so no link is sent to it.",
        CallLine.SPOKEN: "This is {app}. Someone needs an answer.",
        CallLine.PRESS: "Press {key} to say that you have it.",
        CallLine.HAVE_IT: "You have it. Sign in to see who it is.",
        CallLine.A_COLLEAGUE_HAS_IT: "A colleague has it already. There is nothing left for you to do.",
        CallLine.USED: "This link was used before. Sign in to see what came of it.",
        CallLine.OVER: "This link is over. Sign in to see what is open.",
        CallLine.NOT_YOURS: "This cannot be taken by a link. Sign in to see what is open.",
        CallLine.UNSIGNED: "You have not taken it: this call could not be verified. Sign in to take it.",
        CallLine.DRILL_SPOKEN: "This is {app}. It is a practice call: nobody needs help.",
        CallLine.DRILL_PRESS: "Press {key} to answer it.",
        CallLine.DRILL_ANSWERED: "You answered the practice call. Thank you. There is nothing left for you to do.",
        CallLine.DRILL_OVER: "This was a practice call, and it is over. There is nothing left for you to do.",
    },
    _ES: {
        CallLine.TAKE: "Tomarlo:",
        CallLine.UNPROVED: (
            "Inicia sesión para tomarlo: esta dirección no está verificada, así que no lleva enlace."
        ),
        CallLine.SPOKEN: "Te llama {app}. Alguien necesita una respuesta.",
        CallLine.PRESS: "Oprime {key} para decir que te encargas.",
        CallLine.HAVE_IT: "Ya te encargas. Inicia sesión para ver de quién se trata.",
        CallLine.A_COLLEAGUE_HAS_IT: "Un colega ya se encarga. No tienes que hacer nada.",
        CallLine.USED: "Este enlace ya se usó. Inicia sesión para ver qué pasó.",
        CallLine.OVER: "Este enlace ya no sirve. Inicia sesión para ver qué está abierto.",
        CallLine.NOT_YOURS: "Esto no se puede tomar con un enlace. Inicia sesión para ver qué está abierto.",
        CallLine.UNSIGNED: "Aún no te encargas: no se pudo verificar esta llamada. Inicia sesión para tomarlo.",
        CallLine.DRILL_SPOKEN: "Te llama {app}. Es una llamada de práctica: nadie necesita ayuda.",
        CallLine.DRILL_PRESS: "Oprime {key} para responder.",
        CallLine.DRILL_ANSWERED: "Respondiste a la llamada de práctica. Gracias. No tienes que hacer nada más.",
        CallLine.DRILL_OVER: "Era una llamada de práctica y ya terminó. No tienes que hacer nada.",
    },
}
