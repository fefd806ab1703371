"""An answer in words: as staff read it, and as the client reads their own. A text is quoted exactly as written."""

from collections.abc import Mapping

from checkins.definition import Answer, Declined, Item, ItemKind
from checkins.questions import is_blank
from server.people.terms import Language

_EN, _ES = Language.EN, Language.ES

DECLINED: Mapping[Language, str] = {_EN: "prefers not to say", _ES: "prefiere no decir"}
OWN_DECLINED: Mapping[Language, str] = {_EN: "I chose not to say", _ES: "Preferí no decir"}
BLANK: Mapping[Language, str] = {_EN: "left blank", _ES: "sin respuesta"}
YES_NO: Mapping[Language, tuple[str, str]] = {_EN: ("yes", "no"), _ES: ("sí", "no")}
OF: Mapping[Language, str] = {_EN: "{} of {}", _ES: "{} de {}"}


def in_words(item: Item, value: Answer | None, language: Language = _EN, *, own: bool = False) -> str:
    """The answer in words; `own` where the client reads what they said themselves."""
    if isinstance(value, Declined):
        return (OWN_DECLINED if own else DECLINED)[language]
    if value is None or is_blank(value):
        return BLANK[language]
    labels = {option.value: option.label.in_language(language) for option in item.options}
    match value:
        case bool():
            return YES_NO[language][0 if value else 1]
        case list():
            return ", ".join(labels.get(each, each) for each in value)
        case str():
            return labels.get(value, value)
        case _:
            return OF[language].format(value, item.max) if item.kind is ItemKind.SCALE else f"{value:.10g}"
