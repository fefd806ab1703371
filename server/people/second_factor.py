"""The second factor of staff: an authenticator app's secret, set up once, and a code of it that counts once."""

from sqlalchemy import update

from server.core import audit
from server.core.db import Tx
from server.core.errors import Conflict, Invalid, Refusal
from server.people import passkeys, passwords, programmes, proofs, sessions, throttle
from server.people.models import Staff
from server.people.throttle import Limit


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


def _secret(tx: Tx, row: Staff) -> str:
    if row.totp_secret is None:
        raise Conflict("Ask for a secret first.")
    key = programmes.key(tx, programmes.facts(tx, row.programme_id))
    return key.open_text("staff.totp_secret", row.id, row.totp_secret)


def new_step(tx: Tx, row: Staff, otp: str) -> int | None:
    """The step a code belongs to; None when it fits none, or none after the last one used."""
    step = passwords.step(_secret(tx, row), otp.strip(), tx.now)
    return step if step is not None and step > row.totp_last_step else None


def use_up(tx: Tx, row: Staff, step: int) -> bool:
    """Use a step up. Each counts once, also for two requests at the same moment."""
    used = (
        update(Staff)
        .where(Staff.id == row.id, Staff.totp_last_step < step)
        .values(totp_last_step=step, version=Staff.version + 1)
        .returning(Staff.id)
        .execution_options(synchronize_session=False)
    )
    return tx.session.execute(used).one_or_none() is not None


def _fits(tx: Tx, row: Staff, otp: str) -> bool:
    step = new_step(tx, row, otp)
    return step is not None and use_up(tx, row, step)


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
    if not _fits(tx, row, otp):
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
    if row.totp_confirmed_at is None or not _fits(tx, row, otp):
        return Invalid.field("otp", "this code does not fit, or was used before; wait for the next one")
    throttle.forgive(tx, Limit.SECOND_FACTOR, str(row.id))
    proofs.given(tx, "code")
    return None


def reset(tx: Tx, row: Staff) -> None:
    """An administrator takes a lost second factor away, passkeys too; every session of that person ends."""
    proofs.insist_on_fresh_proof(tx)
    passkeys.forget(tx, row.id)
    row.totp_secret, row.totp_confirmed_at = None, None
    tx.session.flush()
    sessions.revoke(tx, staff_id=row.id)
    audit.record(tx, "totp.reset", row_id=row.id)
