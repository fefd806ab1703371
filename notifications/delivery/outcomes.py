"""What came of one try to hand a message to its provider. Every channel says one of these five things.

A `code` is a short machine word for logs and reports: letters, digits and underscores. A word that could
carry somebody's address or number (other marks, over 60 characters, five digits in a row) becomes
"unspecified".
"""

import re
from datetime import timedelta

from msgspec import Struct
from msgspec.structs import force_setattr

UNSPECIFIED = "unspecified"

_MACHINE_WORD = re.compile(r"(?!.*\d{5})[A-Za-z][A-Za-z0-9_]{0,59}")


class _Failed(Struct, frozen=True):
    code: str

    def __post_init__(self) -> None:
        if not _MACHINE_WORD.fullmatch(self.code):
            force_setattr(self, "code", UNSPECIFIED)


class Sent(Struct, frozen=True, tag="sent"):
    """The provider took the message, under its own id if it gives one. No sign that a human read it.

    `unheard` names those that may have taken it before in the same attempt: their answer was lost.
    """

    provider_id: str | None = None
    unheard: tuple[str, ...] = ()


class GoneAddress(_Failed, frozen=True, tag="gone_address"):
    """This address will never work again: the app was removed, the mailbox does not exist."""


class TryLater(_Failed, frozen=True, tag="try_later"):
    """Not taken, and might be later; `retry_after` is the provider's own wish, if it has one."""

    retry_after: timedelta | None = None


class Misconfigured(_Failed, frozen=True, tag="misconfigured"):
    """Not taken, and trying again cannot help until an administrator changes something."""


class Ambiguous(_Failed, frozen=True, tag="ambiguous"):
    """Nobody knows whether it was taken: the answer was lost, or made no sense. Never counts as sent.

    `unheard` names the providers that may have it, where there are several or they report later.
    """

    unheard: tuple[str, ...] = ()


Outcome = Sent | GoneAddress | TryLater | Misconfigured | Ambiguous
