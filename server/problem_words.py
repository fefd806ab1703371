"""What a refusal says in Spanish, for a reader whose Accept-Language puts Spanish before English.

Titles are all here, and the details a client can meet. A detail that is missing is left out for a Spanish
reader, since its title says enough. Field messages are for whoever builds an app and stay English.
"""

import re

from msgspec.structs import replace

from server.people.api import Problem

TITLES = {
    "This request cannot be carried out": "No se puede hacer lo que se pidió",
    "Some fields need another look": "Hay datos por revisar",
    "The body could not be read": "No se pudo leer lo que se envió",
    "Sign in first": "Primero hay que entrar",
    "Your role does not include this": "Tu acceso no incluye esto",
    "Your time with the programme has ended": "Tu tiempo con el programa terminó",
    "This does not bear the provider's signature": "Falta la firma del proveedor",
    "We did not find that": "No encontramos eso",
    "This does not fit with what is already stored": "Esto no va con lo que ya está guardado",
    "This is over": "Esto ya terminó",
    "Somebody else changed this meanwhile": "Alguien cambió esto mientras tanto",
    "Say which version you edited (If-Match)": "Falta decir qué versión se cambió (If-Match)",
    "The body is too large": "Lo que se envió es demasiado largo",
    "Send application/json": "Hay que enviar application/json",
    "Too many tries": "Demasiados intentos",
    "Not stored; try again in a moment": "No se guardó; prueba otra vez en un momento",
    "This address does not take that method": "Esta dirección no acepta ese método",
    "Something went wrong here; nothing was stored": "Algo falló de nuestro lado; no se guardó nada",
}
DETAILS = {
    "The session has ended.": "La sesión terminó.",
    "Wait a little before the next try.": "Espera un poco antes de probar otra vez.",
    "This code was used before; ask for a new one.": "Este código ya se usó; pide uno nuevo.",
    "This code has run out; ask for a new one.": "Este código ya venció; pide uno nuevo.",
    "This check-in has been answered already, with other answers.": "Ya respondiste esto, con otras respuestas.",
    "This check-in is not open yet.": "Aún no se puede responder esto.",
    "This id is taken by another proposal. Send this one under a new id.": (
        "Ese id ya es de otra propuesta. Envía esta con un id nuevo."
    ),
    "This id is taken. Send this one under a new id.": "Ese id ya se usó. Envía esto con un id nuevo.",
    "Agree to share which steps helped first; until then nothing is sent.": (
        "Primero tienes que aceptar compartir qué pasos ayudaron; antes no se envía nada."
    ),
    "20 proposals are waiting for an answer. Send this one later.": (
        "Hay 20 propuestas sin respuesta. Envía esta más tarde."
    ),
    "The words have changed since. Read them again, then answer.": (
        "El texto cambió. Léelo otra vez y después responde."
    ),
    "Somebody stored the same thing at this moment; look again.": "Esto se guardó recién; mira otra vez.",
    "Somebody changed this at the same moment; look again.": "Esto cambió recién; mira otra vez.",
}

_QUALITY = re.compile(r"\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*")
_MOST_LANGUAGES = 20


def prefers_spanish(accepted: str) -> bool:
    """Whether an Accept-Language header (RFC 9110, 12.5.4) puts Spanish first; of equals, the one named first."""
    best, chosen = 0.0, ""
    for part in accepted.split(",")[:_MOST_LANGUAGES]:
        tag, weighed, weight = part.partition(";")
        found = _QUALITY.fullmatch(weight)
        quality = float(found[1]) if found else float(not weighed)
        language = tag.strip().lower().partition("-")[0]
        if language in ("en", "es") and quality > best:
            best, chosen = quality, language
    return chosen == "es"


def in_spanish(problem: Problem) -> Problem:
    """The same refusal in Spanish; its type, its status and its fields stay."""
    title = TITLES.get(problem.title, TITLES["This request cannot be carried out"])
    return replace(problem, title=title, detail=DETAILS.get(problem.detail or ""))
