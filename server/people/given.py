"""Checks of names and e-mail addresses that somebody gives. Rule: a name can be read, and mail can reach an address.

They stand at the verbs and not in the wire's shapes: what was stored before a rule was made still has to open.
"""

import unicodedata

from server.core.errors import Invalid
from server.core.mail_address import read_address

_JOINERS = "\u200c\u200d"
"""Write nothing themselves, and are needed between letters of Persian, Urdu and many Indian scripts."""

_EMPTY_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and marks (Unicode categories Lo, So) that are drawn as nothing."""

_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode's categories of controls (line breaks too), invisible marks such as those that turn the writing round,
halves of characters, and line and paragraph separators."""


def checked_name(name: str, path: str = "name") -> str:
    """The name when it is one line with something on it to be seen, and nothing hidden; Invalid otherwise."""
    if any(unicodedata.category(each) in _UNSEEN and each not in _JOINERS for each in name):
        raise Invalid.field(path, "leave out line breaks and characters that cannot be seen")
    if not any(unicodedata.category(each)[0] in "LNPS" and each not in _EMPTY_LETTERS for each in name):
        raise Invalid.field(path, "a name needs something in it that can be read")
    return name


def checked_email(email: str, path: str = "email") -> str:
    """The address when mail can be sent to it; Invalid otherwise."""
    try:
        read_address(email)
    except ValueError:
        raise Invalid.field(path, "no mail can be sent to this address; look for a slip in it") from None
    return email
