"""One-time codes: a client pairs a phone with one, a new staff member sets a password with one.

Ten characters of an alphabet without look-alikes. The first four find the row, the last six are checked and may be
tried five times; after 72 hours, or once used, the code is over. Only fingerprints of both parts are kept.

Whoever holds a code is let in as the person it is for, so making one is a sensitive act (server/people/proofs.py).
"""

import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import exists, select, update

from server.core import audit
from server.core.db import Tx
from server.core.errors import Conflict, Gone, Invalid, Refusal
from server.core.tables import new_id
from server.people import access, proofs
from server.people.models import Client, Invitation

ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
SELECTOR, LENGTH, TRIES = 4, 10, 5
LIFETIME = timedelta(hours=72)


def normal(code: str) -> str:
    """The code as it was made: capitals, without the spaces and dashes people type."""
    return "".join(code.upper().split()).replace("-", "")


def _fingerprints(tx: Tx, code: str) -> tuple[bytes, bytes]:
    return (
        tx.vault.blind("invitations.selector", code[:SELECTOR]),
        tx.vault.blind("invitations.verifier", code),
    )


def create(tx: Tx, *, client_id: UUID | None = None, staff_id: UUID | None = None) -> tuple[Invitation, str]:
    """A new code for one person; their earlier unused codes stop working.

    ProofNeeded where the last proof of whoever makes it is over ten minutes old; Conflict for a discharged client.
    """
    proofs.insist_on_fresh_proof(tx)
    revoke(tx, client_id=client_id, staff_id=staff_id)
    if client_id and tx.session.scalar(select(Client.discharged_at).where(Client.id == client_id)):
        raise Conflict(access.DISCHARGED)
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        selector, verifier = _fingerprints(tx, code)
        if not tx.session.scalar(select(exists().where(Invitation.selector == selector))):
            break
    row = Invitation(
        id=new_id(),
        client_id=client_id,
        staff_id=staff_id,
        selector=selector,
        verifier=verifier,
        tries_left=TRIES,
        created_by=tx.actor.id,
        created_at=tx.now,
        expires_at=tx.now + LIFETIME,
    )
    tx.session.add(row)
    tx.session.flush()
    audit.record(tx, "invitation.create", client_id=client_id, row_id=row.id)
    return row, code


def revoke(tx: Tx, *, client_id: UUID | None = None, staff_id: UUID | None = None) -> None:
    """The codes of one person that were not used stop working."""
    whose = Invitation.client_id == client_id if client_id else Invitation.staff_id == staff_id
    open_ones = update(Invitation).where(whose, Invitation.used_at.is_(None), Invitation.revoked_at.is_(None))
    tx.session.execute(open_ones.values(revoked_at=tx.now))


def redeem(tx: Tx, code: str, *, for_staff: bool) -> Invitation | Refusal:
    """Use a code up. Returns (never raises) the refusal, so that a wrong try is stored.

    A client's code used for staff, or the other way round, is refused and stays good for what it is for.
    """
    code = normal(code)
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        return Invalid.field("code", "this is not a code; it has ten letters and numbers")
    selector, verifier = _fingerprints(tx, code)
    row = tx.session.scalars(
        select(Invitation).where(Invitation.selector == selector).with_for_update()
    ).one_or_none()
    if row is None or row.revoked_at is not None or row.tries_left < 1:
        return Invalid.field("code", "this code does not work; ask for a new one")
    if not secrets.compare_digest(row.verifier, verifier):
        row.tries_left -= 1
        return Invalid.field("code", "this code does not work; ask for a new one")
    if row.used_at is not None:
        return Gone("This code was used before; ask for a new one.")
    if tx.now >= row.expires_at:
        return Gone("This code has run out; ask for a new one.")
    if for_staff != (row.staff_id is not None):
        return Invalid.field(
            "code", "this code is for pairing a phone" if for_staff else "this code is for staff"
        )
    row.used_at = tx.now
    return row
