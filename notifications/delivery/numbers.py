"""Telephone numbers of staff: entered, proved with a code that is sent to them, removed.

Only a proved number is ever written to or called, so a slip of the finger tells no stranger anything (codes.py). The
same number may belong to several people: a telephone handed from shift to shift, or one person's two accounts. Adding
and removing need a fresh proof of who it is, since a number can take a case.
"""

from uuid import UUID

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType
from sqlalchemy import delete, select

from notifications.delivery import codes, serving
from notifications.delivery.devices import SEALED_AS
from notifications.delivery.messages import Kind
from notifications.delivery.models import NUMBERS, ChannelName, Device
from notifications.delivery.number_schemas import NumberIn, NumberOut, NumbersOut, NumberWay, PendingOut
from notifications.delivery.staff_models import PendingNumber
from notifications.delivery.trial import CODE, NUMBER
from server.core import audit
from server.core.db import Tx
from server.core.errors import Conflict, Gone, Invalid, NotFound, Refusal
from server.core.tables import new_id
from server.core.vault import SubjectKey
from server.people import access, proofs, throttle
from server.people.roles import Action
from server.people.throttle import Limit

MOST = 6
"""Ways by numbers that one person may have."""

HOME = "US"
"""Where a number without a country code is taken to be."""

_COSTLY = (PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST)


def own(tx: Tx) -> NumbersOut:
    """The acting person's numbers, and the one that waits for its code."""
    key = codes.key(tx)
    pending = _pending(tx)
    return NumbersOut(
        numbers=[_out(key, row, whole=True) for row in _rows(tx, access.acting(tx))],
        pending=_pending_out(tx, key, pending) if pending else None,
        ways=offered(tx),
    )


def offered(tx: Tx) -> list[NumberWay]:
    """Which of the two some node carries now, or prints in its place."""
    carried = serving.served(tx)
    printed = ChannelName.CONSOLE in carried
    return [NumberWay(channel.value) for channel in NUMBERS if channel in carried or printed]


def begin(tx: Tx, given: NumberIn) -> NumbersOut:
    """Send a code to a number; an earlier one that was not proved is forgotten.

    Invalid names what is wrong with the number; Conflict where this service cannot reach numbers that way.
    """
    proofs.insist_on_fresh_proof(tx)
    number = checked(given.number)
    ways = list(dict.fromkeys(given.ways))
    if not ways:
        raise Invalid.field("ways", "say what the number is for: text messages, calls or both")
    if missing := [way for way in ways if way not in offered(tx)]:
        raise Conflict(f"This service is not set up for {_WORDS[missing[0]]}.")
    me, key = access.acting(tx), codes.key(tx)
    if len(_rows(tx, me)) + len(ways) > MOST:
        raise Conflict("These are as many numbers as one person can have. Remove one first.")
    throttle.insist(tx, Limit.SECOND_FACTOR, f"number {me}")
    tx.session.execute(delete(PendingNumber).where(PendingNumber.staff_id == me))
    row = PendingNumber(id=new_id(), staff_id=me, tries_left=codes.TRIES, created_at=tx.now)
    row.number = key.seal_text(NUMBER, row.id, number)
    row.code = key.seal_text(CODE, row.id, codes.new_code())
    row.by_sms, row.by_voice = NumberWay.SMS in ways, NumberWay.VOICE in ways
    row.expires_at = tx.now + codes.LIFETIME
    tx.session.add(row)
    tx.session.flush()
    # by text message where the number takes them, else by a call
    codes.send(tx, row, Kind.NUMBER_CODE, (ChannelName.SMS if row.by_sms else ChannelName.VOICE, row.id))
    audit.record(tx, "number.enter", row_id=row.id, data={"ways": [way.value for way in ways]})
    return own(tx)


def confirm(tx: Tx, code: str) -> NumbersOut | Refusal:
    """The code counts: from now on the number is used. Returns (never raises) a refusal, so that a try is stored."""
    me, key = access.acting(tx), codes.key(tx)
    query = select(PendingNumber).where(PendingNumber.staff_id == me).with_for_update()
    row = tx.session.scalars(query).one_or_none()
    if row is None:
        return Gone("No number waits for a code. Enter it again.")
    refusal = codes.refusal(
        tx, row, CODE, code, over="This code is over. Enter the number again for a new one."
    )
    if refusal is not None:
        return refusal
    number = key.open_text(NUMBER, row.id, row.number)
    for way, wanted in ((NumberWay.SMS, row.by_sms), (NumberWay.VOICE, row.by_voice)):
        if wanted:
            _add(tx, key, me, way, number)
    tx.session.delete(row)
    tx.session.flush()
    return own(tx)


def give_up(tx: Tx) -> None:
    """Forget the number that waits for its code."""
    tx.session.execute(delete(PendingNumber).where(PendingNumber.staff_id == access.acting(tx)))


def remove(tx: Tx, number_id: UUID) -> None:
    """One of one's own numbers is not used any more. NotFound for anybody else's."""
    _remove(tx, access.acting(tx), number_id)


def of_colleague(tx: Tx, staff_id: UUID) -> list[NumberOut]:
    """A colleague's numbers for an administrator: how they are used, and their last two digits."""
    person = access.colleague(tx, Action.MANAGE_STAFF, staff_id)
    key = codes.key(tx)
    return [_out(key, row, whole=False) for row in _rows(tx, person.id)]


def remove_of(tx: Tx, staff_id: UUID, number_id: UUID) -> None:
    """An administrator takes a colleague's number away, for instance of a telephone that was lost."""
    _remove(tx, access.colleague(tx, Action.MANAGE_STAFF, staff_id).id, number_id)


def checked(number: str, path: str = "number") -> str:
    """The number as E.164; Invalid says in words why it is not one that could be written to or called."""
    try:
        parsed = phonenumbers.parse(number, HOME)
    except phonenumbers.NumberParseException:
        raise Invalid.field(path, "this is not a telephone number") from None
    if parsed.extension:
        raise Invalid.field(path, "a number with an extension cannot be reached; enter a direct one")
    if not phonenumbers.is_possible_number(parsed):
        raise Invalid.field(path, "this telephone number has too few or too many digits")
    if not phonenumbers.is_valid_number(parsed):
        raise Invalid.field(path, "no telephone has such a number; look at its first digits again")
    if phonenumbers.number_type(parsed) in _COSTLY:
        raise Invalid.field(path, "this number costs whoever calls it; enter an ordinary one")
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


_WORDS = {NumberWay.SMS: "text messages", NumberWay.VOICE: "telephone calls"}
_SHOWN = 2
"""Last digits of a number that an administrator may read."""


def _add(tx: Tx, key: SubjectKey, me: UUID, way: NumberWay, number: str) -> None:
    index = tx.vault.blind(SEALED_AS, f"{way} {me} {number}")
    known = tx.session.scalars(select(Device).where(Device.token_index == index)).one_or_none()
    if known is not None:
        known.seen_at = tx.now
        return
    row = Device(id=new_id(), staff_id=me, channel=ChannelName(way.value), created_at=tx.now, seen_at=tx.now)
    row.token, row.token_index = key.seal_text(SEALED_AS, row.id, number), index
    tx.session.add(row)
    audit.record(tx, "number.add", row_id=row.id, data={"way": way.value})


def _remove(tx: Tx, staff_id: UUID, number_id: UUID) -> None:
    proofs.insist_on_fresh_proof(tx)
    theirs = (Device.staff_id == staff_id, Device.channel.in_(NUMBERS))
    gone = delete(Device).where(Device.id == number_id, *theirs).returning(Device.id)
    if tx.session.execute(gone).one_or_none() is None:
        raise NotFound
    audit.record(tx, "number.remove", row_id=number_id, data={"of": str(staff_id)})


def _rows(tx: Tx, staff_id: UUID) -> list[Device]:
    query = select(Device).where(Device.staff_id == staff_id, Device.channel.in_(NUMBERS))
    return list(tx.session.scalars(query.order_by(Device.created_at, Device.id)))


def _out(key: SubjectKey, row: Device, *, whole: bool) -> NumberOut:
    number = key.open_text(SEALED_AS, row.id, row.token)
    shown = number if whole else f"…{number[-_SHOWN:]}"
    return NumberOut(id=row.id, way=NumberWay(row.channel.value), number=shown, proved_at=row.created_at)


def _pending(tx: Tx) -> PendingNumber | None:
    query = select(PendingNumber).where(
        PendingNumber.staff_id == access.acting(tx), PendingNumber.expires_at > tx.now
    )
    return tx.session.scalars(query).one_or_none()


def _pending_out(tx: Tx, key: SubjectKey, row: PendingNumber) -> PendingOut:
    return PendingOut(
        number=key.open_text(NUMBER, row.id, row.number),
        ways=[way for way, is_so in ((NumberWay.SMS, row.by_sms), (NumberWay.VOICE, row.by_voice)) if is_so],
        tries_left=row.tries_left,
        expires_at=row.expires_at,
        could_not_be_sent=codes.could_not_be_sent(tx, row),
    )
