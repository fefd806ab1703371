"""What a voice says on the telephone, as the small XML documents that such providers read (TwiML, TeXML)."""

import re
from xml.sax.saxutils import escape, quoteattr

from notifications.delivery.channels.base import Envelope
from server.people.terms import Language

_VOICES = {Language.EN: "en-US", Language.ES: "es-US"}
_WAITS = 8
"""Seconds in which a key can be pressed after the voice has ended."""

_DIGITS = re.compile(r"(?<!\d)\d{6}(?!\d)")


def asks(words: str, language: Language, *, pressed: str, then: str | None) -> str:
    """Say this twice and wait for one key, which goes to `pressed`; without one go on to `then`, or hang up."""
    said = _say(f"{words} {words}", language)
    gather = (
        f'<Gather numDigits="1" timeout="{_WAITS}" action={quoteattr(pressed)} method="POST">{said}</Gather>'
    )
    after = f'<Redirect method="POST">{escape(then)}</Redirect>' if then else "<Hangup/>"
    return _document(gather + after)


def says(words: str, language: Language) -> str:
    """Say this and hang up."""
    return _document(_say(words, language) + "<Hangup/>")


def twice(envelope: Envelope) -> str:
    """A message that cannot be answered, said twice; a code is said digit by digit."""
    words = _DIGITS.sub(lambda code: ", ".join(code[0]), envelope.body)
    return _document(_say(f"{words} {words}", envelope.language))


def _say(words: str, language: Language) -> str:
    return f'<Say language="{_VOICES[language]}">{escape(words)}</Say>'


def _document(inside: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{inside}</Response>'
