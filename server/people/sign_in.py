"""Signing in: staff with password and second factor, clients by pairing a phone.

Passwords are hashed outside any transaction (slow on purpose), so a sign-in is: count the try, check the password,
count the code, then one transaction that uses up the second-factor step and begins the session. A wrong password
goes the same way to the end: neither the answer nor the time it takes tells that it was only the code. An e-mail
address may stand for an account in each of several programmes: the password decides which is meant, and the code
where two share one.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import select

from server.core import audit
from server.core.actor import Actor, ActorKind
from server.core.db import Tx
from server.core.errors import Invalid, NotFound, Refusal, Unauthenticated
from server.core.vault import SealBroken
from server.people import invitations, passwords, second_factor, sessions, sign_in_tries, throttle
from server.people.actions import normal_email
from server.people.caller import Caller
from server.people.models import Client, SessionScope, Staff
from server.people.schemas import SignIn
from server.people.throttle import Limit

T = TypeVar("T")

log = logging.getLogger("handrail.people")

WRONG = (
    "E-mail, password or code is not right. All three are needed. After many wrong tries, wait 15 minutes."
)


async def by_password(
    caller: Caller, given: SignIn, more: Callable[[Tx, UUID, SessionScope], T]
) -> tuple[str, T]:
    """The whole way of a sign-in by password; returns the session's token, and what `more` found beside it.

    The same steps are gone for a password that fits nowhere. Unauthenticated at the end of them; TooManyTries
    before the password is looked at.
    """
    candidates = await caller.write_kept(lambda tx: find(tx, given.email, caller.address))
    right = await asyncio.to_thread(with_password, candidates, given.password)
    looked_at = await caller.write(lambda tx: sign_in_tries.count_codes(tx, right, given.otp, caller.address))

    def begin(tx: Tx) -> tuple[str, T]:
        token, found, scope = sign_in(tx, looked_at, given.email, given.otp, caller.address)
        return token, more(tx, found, scope)

    return await caller.write(begin)


class Candidate(msgspec.Struct, frozen=True):
    """An account that somebody who gives its e-mail address may mean."""

    staff_id: UUID
    password_hash: str | None


def find(tx: Tx, email: str, address: str) -> list[Candidate] | Refusal:
    """Count the try against the account and the address, then find the accounts: one in each programme at most.

    Counted before it is known how it ends, so that a hundred at once are no way around; who comes in gets it back.
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
    """Begin a staff session where the password was right. Without a second factor it only opens enrolment.

    Where the password fits in several programmes, a code opens the one it belongs to, and no code the one that has
    no second factor yet. Unauthenticated where it fits none of `staff_ids`.
    """
    known = accounts(tx, email)
    row = _meant(tx, known, staff_ids, otp)
    if row is None:
        raise Unauthenticated(WRONG)
    tx.actor = _actor(row)
    scope = SessionScope.FULL if row.totp_confirmed_at is not None else SessionScope.ENROL
    if len(known) == 1:  # or a sign-in to one's own account would give new tries at another's
        throttle.forgive(tx, Limit.SIGN_IN_ACCOUNT, f"{normal_email(email)} {address}")
    sign_in_tries.give_back(tx, normal_email(email), address)
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


def _meant(tx: Tx, known: Sequence[Staff], right: Collection[UUID], otp: str | None) -> Staff | None:
    """The account that is meant. A code is compared wherever it might fit, also where the password did not."""
    fits = _fitting(tx, known, otp) if otp else {}
    mine = [row for row in known if row.id in right]
    if otp and any(row.totp_confirmed_at is not None for row in mine):
        steps = [(row, fits[row.id]) for row in mine if row.id in fits]
        return next((row for row, step in steps if second_factor.use_up(tx, row, step)), None)
    return next((row for row in mine if row.totp_confirmed_at is None), None)


def _fitting(tx: Tx, known: Sequence[Staff], otp: str) -> dict[UUID, int]:
    """The accounts the code fits, with its step. Where there are none, somebody else's takes the same time."""
    enrolled = [row for row in known if row.totp_confirmed_at is not None]
    anybody = select(Staff).where(Staff.totp_confirmed_at.is_not(None)).limit(1)
    found: dict[UUID, int] = {}
    for row in enrolled or tx.session.scalars(anybody).all():
        try:
            step = second_factor.new_step(tx, row, otp)
        except SealBroken:
            log.error("the second factor of staff member %s does not open", row.id)
            continue
        if step is not None and row in enrolled:
            found[row.id] = step
    return found


def _actor(row: Staff) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=row.id, programme_id=row.programme_id, role=row.role)


def count_code(tx: Tx, address: str) -> Refusal | None:
    """Count a try with a one-time code; done before anything slow is done for a stranger."""
    return throttle.count(tx, Limit.CODE_ADDRESS, address)


def activate(tx: Tx, code: str, password: str, password_hash: str) -> Refusal | None:
    """A staff member's first password, or a new one for a lost one, set with their one-time code.

    A short one is for whoever has an authenticator; anybody else keeps the code for a longer one.
    """
    invitation = invitations.redeem(tx, code, for_staff=True)
    if isinstance(invitation, Refusal):
        return invitation
    row = tx.session.get_one(Staff, invitation.staff_id)
    if row.left_at is not None:
        return NotFound()
    wrong = passwords.problem(password, second_factor=row.totp_confirmed_at is not None)
    if wrong:
        invitation.used_at = None
        return Invalid.field("password", wrong)
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
