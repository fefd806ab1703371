"""Counting tries in the database, so that every node counts together and a restart forgets nothing."""

from datetime import timedelta
from enum import Enum
from uuid import UUID

from sqlalchemy import case, delete, literal, select, update

from server.core.db import Tx
from server.core.errors import TooManyTries
from server.core.tables import UTCDateTime
from server.people.models import Throttle


class Limit(Enum):
    """What is counted: how many tries within how long."""

    SIGN_IN_ACCOUNT = ("sign-in account", 10, timedelta(minutes=15))
    """Of one account from one address: a stranger elsewhere cannot lock somebody on call out."""
    SIGN_IN_NETWORK = ("sign-in account network", 30, timedelta(minutes=15))
    """Of one account from one /48 of IPv6: whoever rents one has 65,536 addresses to count."""
    SIGN_IN_ANYWHERE = ("sign-in account anywhere", 200, timedelta(minutes=15))
    """Of one account from everywhere together: guessing from many addresses ends too."""
    SIGN_IN_CODE = ("sign-in code", 10, timedelta(minutes=15))
    """Codes for one account after its password was right, from everywhere together."""
    SIGN_IN_ADDRESS = ("sign-in address", 100, timedelta(minutes=15))
    """Of everybody at one address, without those who came in: a whole clinic may stand behind it."""
    PASSKEY = ("passkey", 300, timedelta(minutes=15))
    """Of one address or person. A passkey cannot be guessed: this bounds work, and stops no password."""
    CODE_ADDRESS = ("code address", 30, timedelta(minutes=15))
    SECOND_FACTOR = ("second factor", 10, timedelta(minutes=15))
    OWN_CHANGES = ("own changes", 300, timedelta(minutes=15))
    """What one client's phones may store of everyday things. Never answers, never a cry for help."""
    OWN_COPIES = ("own copies", 20, timedelta(minutes=15))
    """Copies of everything, and sheets of paper: each is work for the service."""


KNOWN_FOR = timedelta(days=90)
"""How long it is remembered from where an account has signed in."""
_KNOWN = "known"


def _key(tx: Tx, what: str, whom: str) -> bytes:
    return tx.vault.blind("throttles.key", f"{what}\x1f{whom}")


def count(tx: Tx, limit: Limit, whom: str) -> TooManyTries | None:
    """Count one try. Returns (never raises) the refusal when over the limit, so that the count is stored."""
    what, most, window = limit.value
    over = Throttle.window_ends_at <= tx.now
    ends_at = literal(tx.now + window, UTCDateTime())
    statement = tx.upsert(Throttle).values(key=_key(tx, what, whom), tries=1, window_ends_at=tx.now + window)
    statement = statement.on_conflict_do_update(
        index_elements=[Throttle.key],
        set_={
            "tries": case((over, 1), else_=Throttle.tries + 1),
            "window_ends_at": case((over, ends_at), else_=Throttle.window_ends_at),
        },
    ).returning(Throttle.tries, Throttle.window_ends_at)
    tries, until = tx.session.execute(statement).one()
    if tries <= most:
        return None
    seconds = max(1, int((until - tx.now).total_seconds()))
    return TooManyTries("Wait a little before the next try.", headers={"Retry-After": str(seconds)})


def insist(tx: Tx, limit: Limit, whom: str) -> None:
    """Count one, and raise TooManyTries when that is over the limit: nothing of this transaction is kept then."""
    over = count(tx, limit, whom)
    if over is not None:
        raise over


def give_back(tx: Tx, limit: Limit, whom: str) -> None:
    """One try that was counted turned out to be none."""
    mine = Throttle.key == _key(tx, limit.value[0], whom)
    tx.session.execute(update(Throttle).where(mine, Throttle.tries > 0).values(tries=Throttle.tries - 1))


def forgive(tx: Tx, limit: Limit, whom: str) -> None:
    """Forget the tries of an account that has signed in."""
    tx.session.execute(delete(Throttle).where(Throttle.key == _key(tx, limit.value[0], whom)))


def remember(tx: Tx, staff_id: UUID, address: str) -> None:
    """Note that this account has signed in from this address (as a keyed fingerprint, like every counter)."""
    until = tx.now + KNOWN_FOR
    statement = tx.upsert(Throttle).values(
        key=_key(tx, _KNOWN, f"{staff_id} {address}"), tries=0, window_ends_at=until
    )
    statement = statement.on_conflict_do_update(
        index_elements=[Throttle.key], set_={"window_ends_at": literal(until, UTCDateTime())}
    )
    tx.session.execute(statement)


def knows(tx: Tx, staff_id: UUID, address: str) -> bool:
    """Whether this account has signed in from this address within `KNOWN_FOR`."""
    key = _key(tx, _KNOWN, f"{staff_id} {address}")
    query = select(Throttle.key).where(Throttle.key == key, Throttle.window_ends_at > tx.now)
    return tx.session.scalar(query) is not None


def clean(tx: Tx) -> None:
    """Remove counters whose window is over."""
    tx.session.execute(delete(Throttle).where(Throttle.window_ends_at < tx.now))
