"""The timeline of a case, which is also the live stream. Lines are only added, in order of commit."""

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select

from notifications.escalations.models import Case, CaseEvent, EventKind
from server.core.actor import SYSTEM
from server.core.db import Tx
from server.core.tables import new_id
from server.core.vault import SubjectKey

NOTE = "case_events.note"

_UUID = 36
"""The length of an id as text."""


def record(
    tx: Tx,
    case: Case,
    kind: EventKind,
    *,
    data: Mapping[str, object] | None = None,
    note: str | None = None,
    key: SubjectKey | None = None,
    by_service: bool = False,
) -> None:
    """Add a line. `data` holds ids and plain words; `note` is sealed with the client's `key`.

    `by_service`: the service does it by itself, in whoever's request it happens.
    """
    tx.session.flush()
    row = new_id()
    sealed = key.seal_text(NOTE, row, note) if note and key else None
    insert_line(tx, case.id, case.programme_id, kind, data or {}, sealed, row, by_service=by_service)


def insert_line(
    tx: Tx,
    case_id: UUID,
    programme_id: UUID,
    kind: EventKind,
    data: Mapping[str, object],
    note: bytes | None = None,
    note_row: UUID | None = None,
    *,
    by_service: bool = False,
) -> None:
    """Add a line without a case object at hand; the note is sealed already."""
    in_order(tx, programme_id)
    actor = SYSTEM if by_service else tx.actor
    tx.connection.execute(
        insert(CaseEvent),
        {
            "programme_id": programme_id,
            "case_id": case_id,
            "kind": kind.value,
            "at": tx.now,
            "actor_kind": actor.kind.value,
            "actor_id": actor.id,
            "data": dict(data),
            "note": note,
            "note_row": note_row if note else None,
        },
    )


def people_in(data: Mapping[str, Any], *singly: str) -> list[UUID]:
    """The staff in a line's `people`, and under the names `singly`; whoever stands there by a word is no staff."""
    found = [*data.get("people", ()), *(data.get(name) for name in singly)]
    return [UUID(person) for person in found if isinstance(person, str) and len(person) == _UUID]


def in_order(tx: Tx, programme_id: UUID) -> None:
    """Let one transaction at a time add lines in a programme, so that a later number never commits first.

    Without it a reader of the stream could see line 8, move on, and never be shown line 7.
    """
    if tx.sqlite:
        return
    number = hashlib.blake2b(b"case events" + programme_id.bytes, digest_size=8).digest()
    lock = func.pg_advisory_xact_lock(int.from_bytes(number, signed=True))
    tx.connection.execute(select(lock))
