"""Wire shapes of a staff member's e-mail address and its proof."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from server.people.schemas import Input, Output


class EmailCodeIn(Input):
    """The code that was mailed to the address."""

    code: Annotated[str, Meta(min_length=1, max_length=20)]


class PendingEmailOut(Output):
    """A code that was mailed and waits to be given back."""

    tries_left: int
    expires_at: datetime
    could_not_be_sent: bool = False


class EmailOut(Output):
    """One's own address, since when it is proved, and the code that waits. `carried`: this service sends e-mail."""

    email: str
    proved_at: datetime | None = None
    pending: PendingEmailOut | None = None
    carried: bool = False
