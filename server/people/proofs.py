"""Showing again that it is you. Rule: a sensitive act needs a proof (code or passkey) of the last ten minutes.

A session may be open for hours on a desk that somebody else sits down at. Who adds staff, takes a second factor
away, makes a code that lets a client's phone in, replaces the programme's crisis lines or changes what the
programme does shows the second factor once more, in the session they act in: at the console in the form itself,
elsewhere by `POST /api/step-up`.
"""

from datetime import timedelta

from sqlalchemy import select, update

from server.core import audit
from server.core.actor import ActorKind
from server.core.db import Tx
from server.core.errors import Refusal
from server.people.models import SessionRow

FRESH = timedelta(minutes=10)


class ProofNeeded(Refusal):
    """The last proof in this session is older than ten minutes."""

    status = 403
    title = "Show that it is you"
    kind = "proof-needed"


def is_fresh(tx: Tx) -> bool:
    """Whether the acting session holds a proof of the last ten minutes; the service itself needs none."""
    if tx.actor.kind is ActorKind.SYSTEM:
        return True
    query = select(SessionRow.proved_at).where(SessionRow.id == tx.actor.session_id)
    proved_at = tx.session.scalar(query)
    return proved_at is not None and tx.now < proved_at + FRESH


def insist_on_fresh_proof(tx: Tx) -> None:
    """Raise ProofNeeded unless the proof in this session is fresh."""
    if not is_fresh(tx):
        raise ProofNeeded("The last proof is over ten minutes old. Give the code again, or use your passkey.")


def given(tx: Tx, by: str) -> None:
    """Note that the acting session has just been proved."""
    mine = update(SessionRow).where(SessionRow.id == tx.actor.session_id)
    tx.session.execute(mine.values(proved_at=tx.now))
    audit.record(tx, "proof", row_id=tx.actor.id, data={"by": by})
