"""Signing in: staff with password and second factor, clients by pairing a phone.

Passwords are hashed outside any transaction (slow on purpose), so a sign-in is: count the try, check the password,
then one transaction that uses up the second-factor step and begins the session. An e-mail address may stand for
an account in each of several programmes: the password decides which is meant, and the code where two share one.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import select, update

from server.core import audit
from server.core.actor import Actor, ActorKind
from server.core.db import Tx
from server.core.errors import Conflict, Invalid, NotFound, Refusal, Unauthenticated
from server.people import (
    invitations,
    passkeys,
    passwords,
    programmes,
    proofs,
    sessions,
    sign_in_tries,
    throttle,
)
from server.people.actions import normal_email
from server.people.models import Client, SessionScope, Staff
from server.people.throttle import Limit

WRONG = "E-mail, password or code is not right. All three are needed."


class Candidate(msgspec.Struct, frozen=True):
    """An account that somebody who gives its e-mail address may mean."""

    staff_id: UUID
    password_hash: str | None


def find(tx: Tx, email: str, address: str) -> list[Candidate] | Refusal:
    """Count the try against the account and the address, then find the accounts: one in each programme at most.

    What strangers use up elsewhere stops nobody at an address from which the account has signed in before.
    """
    email = normal_email(email)
    over = throttle.count(tx, Limit.SIGN_IN_ADDRESS, address) or throttle.count(
        tx, Limit.SIGN_IN_ACCOUNT, f"{email} {address}"
    )
    if over is not None:
        return over
    elsewhere = sign_in_tries.over_elsewhere(tx, email, address)
    rows = accounts(tx, email)
    if elsewhere is not None:
        rows = [row for row in rows if throttle.knows(tx, row.id, address)]
        if not rows:
            return elsewhere
    return [Candidate(row.id, row.password_hash) for row in rows]


def accounts(tx: Tx, email: str) -> Sequence[Staff]:
    """The accounts with this e-mail address of people who have not left, the oldest first."""
    index = tx.vault.blind("staff.email", normal_email(email))
    query = select(Staff).where(Staff.email_index == index, Staff.left_at.is_(None))
    return tx.session.scalars(query.order_by(Staff.id)).all()


def with_password(candidates: Sequence[Candidate], password: str) -> list[UUID]:
    """The accounts that the password fits (slow on purpose, so outside any transaction)."""
    right = passwords.matches(password, [each.password_hash for each in candidates])
    return [each.staff_id for each, fits in zip(candidates, right, strict=True) if fits]


def sign_in(
    tx: Tx, staff_ids: Sequence[UUID], email: str, otp: str | None, address: str = ""
) -> tuple[str, UUID, SessionScope]:
    """Begin a staff session after the password was right. Without a second factor it only opens enrolment.

    Where the password fits in several programmes, a code opens the one it belongs to, and no code the one that has
    no second factor yet.
    """
    known = accounts(tx, email)
    row = _meant(tx, [row for row in known if row.id in staff_ids], otp)
    if row is None:
        raise Unauthenticated(WRONG)
    tx.actor = _actor(row)
    scope = SessionScope.FULL if row.totp_confirmed_at is not None else SessionScope.ENROL
    if len(known) == 1:  # or a sign-in to one's own account would give new tries at another's
        throttle.forgive(tx, Limit.SIGN_IN_ACCOUNT, f"{normal_email(email)} {address}")
    if scope is SessionScope.FULL:
        sign_in_tries.came_in(tx, row.id, address)
    else:
        _begin_enrolment(tx, row)
    token = sessions.start(tx, programme_id=row.programme_id, staff_id=row.id, scope=scope)
    audit.record(tx, "sign_in", row_id=row.id, data={"scope": scope})
    return token, row.id, scope


def _begin_enrolment(tx: Tx, row: Staff) -> None:
    """One enrolment at a time: nobody who knows the password as well may look on at the secret of this one."""
    row.totp_secret = None
    tx.session.flush()
    sessions.revoke(tx, staff_id=row.id)


def _meant(tx: Tx, rows: Sequence[Staff], otp: str | None) -> Staff | None:
    enrolled = [row for row in rows if row.totp_confirmed_at is not None]
    if otp and enrolled:
        return next((row for row in enrolled if _use_step(tx, row, otp)), None)
    return next((row for row in rows if row.totp_confirmed_at is None), None)


def _actor(row: Staff) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=row.id, programme_id=row.programme_id, role=row.role)


def _secret(tx: Tx, row: Staff) -> str:
    if row.totp_secret is None:
        raise Conflict("Ask for a secret first.")
    key = programmes.key(tx, programmes.facts(tx, row.programme_id))
    return key.open_text("staff.totp_secret", row.id, row.totp_secret)


def _use_step(tx: Tx, row: Staff, otp: str) -> bool:
    """Use up the step a code belongs to. Each step counts once, also for two requests at the same moment."""
    step = passwords.step(_secret(tx, row), otp.strip(), tx.now)
    if step is None:
        return False
    used = (
        update(Staff)
        .where(Staff.id == row.id, Staff.totp_last_step < step)
        .values(totp_last_step=step, version=Staff.version + 1)
        .returning(Staff.id)
        .execution_options(synchronize_session=False)
    )
    return tx.session.execute(used).one_or_none() is not None


def new_totp(tx: Tx) -> tuple[str, str]:
    """A new secret for the signed-in staff member who has no second factor yet: (secret, otpauth address)."""
    row = tx.session.get_one(Staff, tx.actor.id)
    if row.totp_confirmed_at is not None:
        raise Conflict("A second factor is set up already; an administrator can reset it.")
    key = programmes.key(tx, programmes.of_actor(tx))
    row.totp_secret = key.seal_text("staff.totp_secret", row.id, passwords.new_secret())
    tx.session.flush()
    audit.record(tx, "totp.new", row_id=row.id)
    return _waiting(tx, row)


def pending_totp(tx: Tx) -> tuple[str, str] | None:
    """The secret that waits for its first code: (secret, otpauth address), if there is one.

    Looking at it, or a code that did not fit, leaves it.
    """
    row = tx.session.get_one(Staff, tx.actor.id)
    if row.totp_confirmed_at is not None:
        raise Conflict("A second factor is set up already; an administrator can reset it.")
    return _waiting(tx, row) if row.totp_secret is not None else None


def _waiting(tx: Tx, row: Staff) -> tuple[str, str]:
    programme = programmes.of_actor(tx)
    email = programmes.key(tx, programme).open_text("staff.email", row.id, row.email)
    secret = _secret(tx, row)
    return secret, passwords.address(secret, email, programme.name)


def confirm_totp(tx: Tx, otp: str) -> str | Refusal:
    """The first code proves the app works; from now on it is needed. Returns a full session's token."""
    over = throttle.count(tx, Limit.SECOND_FACTOR, str(tx.actor.id))
    if over is not None:
        return over
    row = tx.session.get_one(Staff, tx.actor.id)
    if row.totp_confirmed_at is not None:
        return Conflict("A second factor is set up already.")
    if row.totp_secret is None:
        return Conflict("Ask for a secret first.")
    if not _use_step(tx, row, otp):
        return Invalid.field("otp", "this code does not fit; wait for the next one and try again")
    tx.session.refresh(row)
    row.totp_confirmed_at = tx.now
    tx.session.flush()
    sessions.end(tx)
    audit.record(tx, "totp.confirm", row_id=row.id)
    return sessions.start(tx, programme_id=row.programme_id, staff_id=row.id)


def prove(tx: Tx, otp: str) -> Refusal | None:
    """The code shows again who acts in this session. Returns (never raises) the refusal: the try is counted."""
    over = throttle.count(tx, Limit.SECOND_FACTOR, str(tx.actor.id))
    if over is not None:
        return over
    row = tx.session.get_one(Staff, tx.actor.id)
    if row.totp_confirmed_at is None or not _use_step(tx, row, otp):
        return Invalid.field("otp", "this code does not fit, or was used before; wait for the next one")
    throttle.forgive(tx, Limit.SECOND_FACTOR, str(row.id))
    proofs.given(tx, "code")
    return None


def reset_second_factor(tx: Tx, row: Staff) -> None:
    """An administrator takes a lost second factor away, passkeys too; every session of that person ends."""
    proofs.insist_on_fresh_proof(tx)
    passkeys.forget(tx, row.id)
    row.totp_secret, row.totp_confirmed_at = None, None
    tx.session.flush()
    sessions.revoke(tx, staff_id=row.id)
    audit.record(tx, "totp.reset", row_id=row.id)


def count_code(tx: Tx, address: str) -> Refusal | None:
    """Count a try with a one-time code; done before anything slow is done for a stranger."""
    return throttle.count(tx, Limit.CODE_ADDRESS, address)


def activate(tx: Tx, code: str, password_hash: str) -> Refusal | None:
    """A staff member's first password, or a new one for a lost one, set with their one-time code."""
    invitation = invitations.redeem(tx, code, for_staff=True)
    if isinstance(invitation, Refusal):
        return invitation
    row = tx.session.get_one(Staff, invitation.staff_id)
    if row.left_at is not None:
        return NotFound()
    tx.actor = _actor(row)
    if row.password_hash is not None:
        sessions.revoke(tx, staff_id=row.id)
    row.password_hash = password_hash
    audit.record(tx, "staff.activate", row_id=row.id)
    return None


def pair(tx: Tx, code: str, address: str) -> tuple[str, UUID] | Refusal:
    """A phone becomes the client's: the code is used up and a session begins. Returns (token, client id)."""
    invitation = throttle.count(tx, Limit.CODE_ADDRESS, address) or invitations.redeem(
        tx, code, for_staff=False
    )
    if isinstance(invitation, Refusal):
        return invitation
    row = tx.session.get_one(Client, invitation.client_id)
    if row.discharged_at is not None:
        return NotFound()
    tx.actor = Actor(kind=ActorKind.CLIENT, id=row.id, programme_id=row.programme_id, role="client")
    token = sessions.start(tx, programme_id=row.programme_id, client_id=row.id)
    tx.actor = sessions.authenticate(tx, token)
    audit.record(tx, "pair", client_id=row.id, row_id=invitation.id)
    return token, row.id
