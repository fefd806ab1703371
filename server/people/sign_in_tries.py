"""Tries at one account from many places. Rule: what strangers use up elsewhere stops nobody where they sign in from.

An account has few tries at one address (`throttle.Limit`), and more from everywhere together. An address from which
it has signed in before passes the second limit, and has tries at the code of its own. What an address, a network or
the whole world may try counts only what went wrong.
"""

from collections.abc import Sequence
from uuid import UUID

from server.core.db import Tx
from server.core.errors import Refusal
from server.people import throttle
from server.people.throttle import Limit

_NETWORK = len("2001:0db8:0000")
"""Of an address as tries are counted against it: the /48 that the /64 belongs to."""

_NOBODY = UUID(int=0)
"""Whose code is counted where no password was right; what it comes to counts for nobody."""


def over_elsewhere(tx: Tx, email: str, address: str) -> Refusal | None:
    """Count a try at the account from this /48, and unless that is over, from everywhere. Returns the refusal."""
    network = _network(email, address)
    over = throttle.count(tx, Limit.SIGN_IN_NETWORK, network) if ":" in address else None
    return over or throttle.count(tx, Limit.SIGN_IN_ANYWHERE, email)


def count_codes(tx: Tx, right: Sequence[UUID], otp: str | None, address: str) -> Sequence[UUID]:
    """Count a code against each account whose password was right, before it is looked at. Returns where it may be.

    Somebody elsewhere who knows the password cannot use up the owner's tries where the owner signs in from. Over
    the limit a code is wrong like any other, and where no password was right one is counted as well: a "wait" would
    say that the password fits.
    """
    if not otp:
        return right
    whose = {each: _whose(tx, each, address) for each in right or (_NOBODY,)}
    over = {each: throttle.count(tx, Limit.SIGN_IN_CODE, counted) for each, counted in whose.items()}
    return [each for each in right if over[each] is None]


def came_in(tx: Tx, staff_id: UUID, address: str) -> None:
    """The account has signed in from this address: its codes are forgiven, and the address is known from now on."""
    throttle.forgive(tx, Limit.SIGN_IN_CODE, _whose(tx, staff_id, address))
    throttle.remember(tx, staff_id, address)


def give_back(tx: Tx, email: str, address: str) -> None:
    """A sign-in that went well is no try: a clinic behind one router is not locked out by its own morning."""
    throttle.give_back(tx, Limit.SIGN_IN_ADDRESS, address)
    throttle.give_back(tx, Limit.SIGN_IN_ANYWHERE, email)
    if ":" in address:
        throttle.give_back(tx, Limit.SIGN_IN_NETWORK, _network(email, address))


def _network(email: str, address: str) -> str:
    return f"{email} {address[:_NETWORK]}"


def _whose(tx: Tx, staff_id: UUID, address: str) -> str:
    return f"{staff_id} {address}" if throttle.knows(tx, staff_id, address) else str(staff_id)
