"""A programme's settings: one JSON object whose sections belong to the packages that read them."""

from functools import lru_cache
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import select

from server.core.db import Tx
from server.core.errors import NotFound
from server.core.vault import SealBroken, SubjectKey
from server.people.models import Programme

T = TypeVar("T")


class ProgrammeFacts(msgspec.Struct, frozen=True):
    """What a request needs to know of its programme. `sections` is the settings JSON by section name."""

    id: UUID
    name: str
    zone: str
    version: int
    wrapped_key: bytes
    sections: dict[str, msgspec.Raw]


_remembered: dict[UUID, ProgrammeFacts] = {}


def facts(tx: Tx, programme_id: UUID, version: int | None = None) -> ProgrammeFacts:
    """The programme's facts; remembered per process while `version` is unchanged.

    Only what was read for a `version` that stands in the database is remembered: a transaction that is changing
    the programme may yet be taken back.
    """
    known = _remembered.get(programme_id)
    if known is not None and version is not None and known.version == version:
        return known
    row = tx.session.get(Programme, programme_id)
    if row is None:
        raise NotFound
    sections = {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in row.settings.items()}
    known = ProgrammeFacts(row.id, row.name, row.zone, row.version, row.wrapped_key, sections)
    if version == known.version:
        _remembered[programme_id] = known
    return known


@lru_cache(maxsize=512)
def _typed(raw: bytes, kind: type[T]) -> T:
    return msgspec.json.decode(raw, type=kind)


def section(programme: ProgrammeFacts, name: str, default: T) -> T:
    """One typed section of the settings, or `default` while the programme has not set its own."""
    raw = programme.sections.get(name)
    return default if raw is None else _typed(bytes(raw), type(default))


def key(tx: Tx, programme: ProgrammeFacts) -> SubjectKey:
    """The key that seals what belongs to the programme rather than to one client (staff names, e-mails)."""
    return tx.vault.subject(programme.id, programme.wrapped_key)


class EmergencyContact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody outside the staff who is told when a case has climbed past everybody else. `phone` is E.164 or empty."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    email: Annotated[str, msgspec.Meta(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$(?!\n)")]
    phone: Annotated[str, msgspec.Meta(max_length=40)] = ""


EMERGENCY_CONTACT = "programmes.emergency_contact"


def seal_emergency_contact(tx: Tx, programme: ProgrammeFacts, contact: EmergencyContact) -> bytes:
    """The contact as it is kept, under the programme's key."""
    return key(tx, programme).seal_json(EMERGENCY_CONTACT, programme.id, contact)


def open_emergency_contact(key: SubjectKey, programme_id: UUID, sealed: bytes) -> EmergencyContact:
    """The contact in the open."""
    return key.open_json(EMERGENCY_CONTACT, programme_id, sealed, EmergencyContact)


def emergency_contact(tx: Tx, programme_id: UUID) -> EmergencyContact | None:
    """The programme's emergency contact; None where there is none, or it no longer opens."""
    query = select(Programme.emergency_contact).where(Programme.id == programme_id)
    sealed = tx.connection.execute(query).scalar_one_or_none()
    try:
        own = key(tx, facts(tx, programme_id))
        return open_emergency_contact(own, programme_id, sealed) if sealed else None
    except (SealBroken, msgspec.MsgspecError):
        return None


def of_actor(tx: Tx) -> ProgrammeFacts:
    """The acting person's programme."""
    known = tx.seen.get("programme")
    if known is None:
        if tx.actor.programme_id is None:
            raise NotFound
        known = tx.seen["programme"] = facts(tx, tx.actor.programme_id)
    return known
