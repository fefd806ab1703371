"""What a day holds, in a few words and in the reader's language: "3 open cases and 2 contacts due today".

Numbers alone: nobody is named, and nothing is said of what is the matter with anybody.
"""

from collections.abc import Mapping

from server.people.terms import Language

CASES, CONTACTS = "cases", "contacts"
"""Where a message keeps the two numbers."""

_CASES = {Language.EN: ("open case", "open cases"), Language.ES: ("caso abierto", "casos abiertos")}
_CONTACTS = {
    Language.EN: ("contact due today", "contacts due today"),
    Language.ES: ("contacto para hoy", "contactos para hoy"),
}
_AND = {Language.EN: " and ", Language.ES: " y "}


def holds(data: Mapping[str, str], language: Language) -> str:
    """The day in words; empty where the message carries no such numbers."""
    parts = [
        f"{data[name]} {words[language][data[name] != '1']}"
        for name, words in ((CASES, _CASES), (CONTACTS, _CONTACTS))
        if data.get(name, "0") != "0"
    ]
    return _AND[language].join(parts)


def numbers(cases: int, contacts: int) -> dict[str, str]:
    """The two numbers as a message keeps them."""
    return {CASES: str(cases), CONTACTS: str(contacts)}
