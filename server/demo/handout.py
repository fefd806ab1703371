"""What the demonstration hands out: addresses, staff sign-ins and pairing codes, on screen and in demo.json."""

import os
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import select

from server.core.actor import Actor, ActorKind
from server.core.db import Database, Tx
from server.core.settings import Settings
from server.demo.people import StaffCard
from server.people import invitations
from server.people.models import Client, Invitation

FILE = "demo.json"


class ClientCard(Struct, frozen=True):
    """A client and the code a phone is paired with."""

    id: UUID
    name: str
    pairing_code: str


class Handout(Struct, frozen=True):
    """Everything somebody needs to try the demonstration."""

    base_url: str
    staff: list[StaffCard]
    clients: list[ClientCard]


def write(handout: Handout, folder: Path) -> None:
    """Store demo.json for the owner's eyes only, whole or not at all."""
    unfinished = folder / f"{FILE}.new"
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(handout), indent=2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / FILE)


def read(folder: Path) -> Handout:
    """What was handed out before."""
    return msgspec.json.decode((folder / FILE).read_bytes(), type=Handout)


def renewed(handout: Handout, settings: Settings, db: Database) -> Handout:
    """The same with the address of today, and a new code in place of each that was used or has run out."""
    clients = [db.write_now(lambda tx, card=card: _renewed(tx, card)) for card in handout.clients]
    return Handout(base_url=settings.address, staff=handout.staff, clients=clients)


def invited(tx: Tx, client_id: UUID, name: str, programme_id: UUID) -> ClientCard:
    """A client with a fresh code, of the service's own making: nobody sits at a desk to show who they are."""
    tx.actor = Actor(kind=ActorKind.SYSTEM, programme_id=programme_id)
    _, code = invitations.create(tx, client_id=client_id)
    return ClientCard(id=client_id, name=name, pairing_code=code)


def _renewed(tx: Tx, card: ClientCard) -> ClientCard:
    row = tx.session.get(Client, card.id)
    if row is None or row.discharged_at is not None or _still_works(tx, card):
        return card
    return invited(tx, card.id, card.name, row.programme_id)


def _still_works(tx: Tx, card: ClientCard) -> bool:
    query = select(Invitation.verifier).where(
        Invitation.client_id == card.id,
        Invitation.used_at.is_(None),
        Invitation.revoked_at.is_(None),
        Invitation.expires_at > tx.now,
        Invitation.tries_left > 0,
    )
    wanted = tx.vault.blind("invitations.verifier", card.pairing_code)
    return wanted in tx.session.scalars(query).all()


def table(handout: Handout) -> str:
    """The handout as text for a terminal."""
    staff = [("NAME", "ROLE", "E-MAIL", "PASSWORD", "TOTP SECRET")]
    staff += [
        (card.name, card.role.replace("_", " "), card.email, card.password, card.totp_secret)
        for card in handout.staff
    ]
    clients = [("CLIENT", "PAIRING CODE")]
    clients += [(card.name, f"{card.pairing_code[:5]} {card.pairing_code[5:]}") for card in handout.clients]
    base = handout.base_url
    places = [
        ("Phone app", f"{base}/app"),
        ("API", f"{base}/api/openapi.json"),
        ("Health", f"{base}/health/ready"),
    ]
    note = "Add a TOTP secret to an authenticator app to sign in. Everybody here is invented. Ctrl-C stops."
    blocks = [_columns(places), _columns(staff), _columns(clients), note]
    return "\n" + "\n\n".join(blocks) + "\n"


def _columns(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
    return "\n".join(f"  {line}" for line in lines)
