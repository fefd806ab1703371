"""Passkeys of staff (WebAuthn). Rule: one counts as both factors, so the device must verify its user each time.

The device signs a challenge of ours, which is stored, lives for five minutes and is used up by the first answer,
right or wrong. Which site may ask, and from where an answer is believed, comes from the service's own address.
The library behind it (ceremonies.py) is loaded with the first passkey: four megabytes of each process.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, select

from server.core import audit
from server.core.actor import Actor, ActorKind
from server.core.db import Tx
from server.core.errors import Conflict, NotFound, Refusal, Unauthenticated
from server.core.tables import new_id
from server.people import challenges, programmes, proofs, sessions, throttle
from server.people.challenges import Site
from server.people.models import Passkey, Staff
from server.people.throttle import Limit

MOST = 10
"""Passkeys of one person."""

_REGISTER, _SIGN_IN, _PROVE = "register", "sign in", "prove"
_NAME = "passkeys.name"
WRONG = "This passkey was not accepted. Try again, or use your password and code."


class PasskeyOut(msgspec.Struct, frozen=True):
    """A passkey in its owner's list."""

    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None


def own(tx: Tx) -> list[PasskeyOut]:
    """The acting person's passkeys, the oldest first."""
    key = programmes.key(tx, programmes.of_actor(tx))
    return [
        PasskeyOut(row.id, key.open_text(_NAME, row.id, row.name), row.created_at, row.last_used_at)
        for row in _of(tx, tx.actor.id)
    ]


def begin_registering(tx: Tx, site: Site) -> dict[str, Any]:
    """What the browser's `credentials.create` needs, in the JSON form browsers read."""
    from server.people import ceremonies

    proofs.insist_on_fresh_proof(tx)
    row = tx.session.get_one(Staff, tx.actor.id)
    known = _of(tx, row.id)
    if len(known) >= MOST:
        raise Conflict(f"There are {MOST} passkeys already; remove one first.")
    programme = programmes.of_actor(tx)
    key = programmes.key(tx, programme)
    options = ceremonies.to_register(
        site,
        row.id.bytes,
        key.open_text("staff.email", row.id, row.email),
        key.open_text("staff.name", row.id, row.name),
        [each.credential_id for each in known],
    )
    challenges.keep(tx, options.challenge, _REGISTER)
    return ceremonies.as_json(options)


def register(tx: Tx, site: Site, name: str, credential: dict[str, Any]) -> Refusal | None:
    """Keep a new passkey. Returns (never raises) the refusal, so that the challenge stays used up."""
    from server.people import ceremonies

    proofs.insist_on_fresh_proof(tx)
    challenge = challenges.use(tx, credential, _REGISTER)
    if challenge is None:
        return Refusal("This took too long, or was sent before. Begin again.")
    made = ceremonies.registered(site, challenge, credential)
    if made is None:
        return Refusal("This passkey was not accepted.")
    if tx.session.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)):
        return Conflict("This passkey is in use already.")
    key, row_id = programmes.key(tx, programmes.of_actor(tx)), new_id()
    row = Passkey(
        id=row_id,
        staff_id=tx.actor.id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=key.seal_text(_NAME, row_id, name),
        created_at=tx.now,
    )
    tx.session.add(row)
    tx.session.flush()
    audit.record(tx, "passkey.add", row_id=row_id)
    return None


def remove(tx: Tx, passkey_id: UUID) -> None:
    """Take one of one's own passkeys away; it opens nothing from now on."""
    proofs.insist_on_fresh_proof(tx)
    gone = delete(Passkey).where(Passkey.id == passkey_id, Passkey.staff_id == tx.actor.id)
    if tx.session.execute(gone.returning(Passkey.id)).one_or_none() is None:
        raise NotFound
    audit.record(tx, "passkey.remove", row_id=passkey_id)


def begin(tx: Tx, site: Site, address: str) -> dict[str, Any] | Refusal:
    """What `credentials.get` needs: to sign in where nobody is signed in, else to show again who it is."""
    from server.people import ceremonies

    over = throttle.count(tx, Limit.PASSKEY, str(tx.actor.id or address))
    if over is not None:
        return over
    known = _of(tx, tx.actor.id) if tx.actor.id else []
    options = ceremonies.to_sign(site, [each.credential_id for each in known])
    challenges.keep(tx, options.challenge, _PROVE if tx.actor.id else _SIGN_IN)
    return ceremonies.as_json(options)


def sign_in(tx: Tx, site: Site, credential: dict[str, Any], address: str) -> str | Refusal:
    """Begin a full session by passkey alone; returns its token. A refusal is returned: what it used up stays so."""
    over = throttle.count(tx, Limit.PASSKEY, address)
    if over is not None:
        return over
    row = _signed(tx, site, credential, _SIGN_IN)
    staff = tx.session.get(Staff, row.staff_id) if row else None
    if row is None or staff is None or staff.left_at is not None:
        return Unauthenticated(WRONG)
    tx.actor = Actor(kind=ActorKind.STAFF, id=staff.id, programme_id=staff.programme_id, role=staff.role)
    token = sessions.start(tx, programme_id=staff.programme_id, staff_id=staff.id)
    throttle.remember(tx, staff.id, address)
    audit.record(tx, "sign_in", row_id=staff.id, data={"by": "passkey"})
    return token


def prove(tx: Tx, site: Site, credential: dict[str, Any]) -> Refusal | None:
    """A passkey of the acting person proves again who they are."""
    row = _signed(tx, site, credential, _PROVE)
    if row is None or row.staff_id != tx.actor.id:
        return Refusal(WRONG)
    proofs.given(tx, "passkey")
    return None


def forget(tx: Tx, staff_id: UUID) -> None:
    """Take all passkeys of one person away: the device they were on is lost."""
    tx.session.execute(delete(Passkey).where(Passkey.staff_id == staff_id))


def _of(tx: Tx, staff_id: UUID | None) -> list[Passkey]:
    return list(tx.session.scalars(select(Passkey).where(Passkey.staff_id == staff_id).order_by(Passkey.id)))


def _signed(tx: Tx, site: Site, credential: dict[str, Any], purpose: str) -> Passkey | None:
    """The passkey that gave this answer, when the answer is right and new."""
    from server.people import ceremonies

    challenge = challenges.use(tx, credential, purpose)
    used = challenges.checked(challenges.from_text, text=credential.get("rawId"))
    if challenge is None or used is None:
        return None
    row = tx.session.scalar(select(Passkey).where(Passkey.credential_id == used).with_for_update())
    done = row and ceremonies.signed(site, challenge, credential, row)
    if row is None or done is None:
        return None
    row.sign_count, row.last_used_at = done.new_sign_count, tx.now
    tx.session.flush()
    return row
