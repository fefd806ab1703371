"""What people do with people: programmes, staff, clients, care teams. Each verb works in the caller's transaction."""

from uuid import UUID

import phonenumbers
from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.exc import IntegrityError

from server.core import audit
from server.core.db import Tx
from server.core.errors import Conflict, EditedMeanwhile, Invalid
from server.core.tables import new_id
from server.core.vault import SubjectKey
from server.core.zones import UnknownZone, zone
from server.people import access, care_team, invitations, programmes, proofs, sent_again, sessions, teams
from server.people.given import checked_email, checked_name
from server.people.models import CareSpell, Client, Invitation, Programme, Staff
from server.people.roles import Action
from server.people.schemas import CareSpellNew, ClientEdit, ClientNew, CollateralContact, StaffNew
from server.people.terms import CareRole, RiskLevel, Role
from server.people.unreadable import text_or


def checked_zone(name: str, path: str = "zone") -> str:
    """The zone's name when it is on the allow-list built from the time-zone wheel; Invalid otherwise."""
    try:
        zone(name)
    except UnknownZone:
        raise Invalid.field(path, "this is no time zone we know; write it as America/Chicago") from None
    return name


def checked_phone(number: str, path: str) -> str:
    """A phone number in its international form; Invalid when it is not one."""
    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        raise Invalid.field(path, "this is not a phone number") from None
    if not phonenumbers.is_possible_number(parsed):
        raise Invalid.field(path, "this phone number has too few or too many digits")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def checked_line(number: str, path: str) -> str:
    """As `checked_phone`, for a number the service itself relies on: Invalid as well when no telephone can have it."""
    written = checked_phone(number, path)
    if not phonenumbers.is_valid_number(phonenumbers.parse(written)):
        raise Invalid.field(path, "no telephone has such a number; look at its first digits again")
    return written


def normal_email(email: str) -> str:
    """The form an e-mail address is compared in."""
    return email.strip().lower()


def create_programme(tx: Tx, name: str, zone_name: str) -> Programme:
    """A new programme with default settings."""
    programme_id = new_id()
    row = Programme(
        id=programme_id,
        name=checked_name(name, "programme"),
        zone=checked_zone(zone_name),
        wrapped_key=tx.vault.new_subject_key(programme_id),
        settings={},
        created_at=tx.now,
    )
    tx.session.add(row)
    tx.session.flush()
    audit.record(tx, "programme.create", programme_id=programme_id, row_id=programme_id)
    return row


def create_staff(tx: Tx, programme_id: UUID, new: StaffNew) -> tuple[Staff, Invitation, str]:
    """A new staff member without a password, and the code they set one with.

    An e-mail address is taken within its programme only: what is elsewhere is none of this programme's business.
    """
    proofs.insist_on_fresh_proof(tx)
    if new.role is Role.CLIENT:
        raise Invalid.field("role", "a client is not staff")
    email, name = normal_email(checked_email(new.email)), checked_name(new.name)
    index = tx.vault.blind("staff.email", email)
    taken = exists().where(Staff.email_index == index, Staff.programme_id == programme_id)
    if tx.session.scalar(select(taken)):
        raise Conflict("Somebody with this e-mail address exists already.")
    staff_id = new_id()
    key = programmes.key(tx, programmes.facts(tx, programme_id))
    row = Staff(
        id=staff_id,
        programme_id=programme_id,
        role=new.role,
        name=key.seal_text("staff.name", staff_id, name),
        email=key.seal_text("staff.email", staff_id, email),
        email_index=index,
        created_at=tx.now,
    )
    tx.session.add(row)
    tx.session.flush()
    audit.record(tx, "staff.create", programme_id=programme_id, row_id=staff_id, data={"role": new.role})
    invitation, code = invitations.create(tx, staff_id=staff_id)
    return row, invitation, code


def new_staff_code(tx: Tx, staff_id: UUID) -> tuple[Staff, Invitation, str]:
    """A new code for somebody who lost their password; their sessions end when it is used."""
    row = access.colleague(tx, Action.MANAGE_STAFF, staff_id)
    proofs.insist_on_fresh_proof(tx)
    if row.left_at is not None:
        raise Conflict("This staff member has left.")
    return row, *invitations.create(tx, staff_id=row.id)


def staff_leaves(tx: Tx, staff_id: UUID) -> None:
    """A staff member leaves: sessions end at once, care spells end, and cases they own are called again."""
    row = access.colleague(tx, Action.MANAGE_STAFF, staff_id)
    proofs.insist_on_fresh_proof(tx)
    if row.id == tx.actor.id:
        raise Conflict("You cannot remove yourself; ask another administrator.")
    row.left_at = row.left_at or tx.now
    sessions.revoke(tx, staff_id=staff_id)
    _end_spells(tx, CareSpell.staff_id == staff_id)
    teams.calendar_changed(tx, row.programme_id)
    audit.record(tx, "staff.leave", row_id=staff_id)


def _seal_profile(tx: Tx, row: Client, new: ClientNew | ClientEdit, key: SubjectKey) -> None:
    """What is stored and does not open stays as it is, unless something is written in its place."""
    row.zone = checked_zone(new.zone)
    if new.risk_level is RiskLevel.LOW:
        row.at_risk_since = None
    elif row.at_risk_since is None:
        row.at_risk_since = tx.now
    row.language, row.risk_level = new.language, new.risk_level
    name_stays = new.name == access.stand_in(row.id) and _shut(key, "clients.name", row.id, row.name)
    if not name_stays:
        row.name = key.seal_text("clients.name", row.id, checked_name(new.name))
    phone = checked_phone(new.phone, "phone") if new.phone else None
    if phone or not _shut(key, "clients.phone", row.id, row.phone):
        row.phone = key.seal_text("clients.phone", row.id, phone) if phone else None
        row.phone_index = tx.vault.blind("clients.phone", phone) if phone else None
    if new.address or not _shut(key, "clients.address", row.id, row.address):
        row.address = key.seal_text("clients.address", row.id, new.address) if new.address else None
    contacts = [_checked_contact(contact, n) for n, contact in enumerate(new.collateral_contacts)]
    column = "clients.collateral_contacts"
    if contacts or not _shut(key, column, row.id, row.collateral_contacts):
        row.collateral_contacts = key.seal_json(column, row.id, contacts) if contacts else None


def _shut(key: SubjectKey, column: str, row: UUID, sealed: bytes | None) -> bool:
    """Whether something is stored that does not open."""
    return bool(sealed) and text_or(key, column, row, sealed, None) is None


def _checked_contact(contact: CollateralContact, number: int) -> CollateralContact:
    checked_name(contact.name, f"collateral_contacts[{number}].name")
    if contact.phone:
        checked_phone(contact.phone, f"collateral_contacts[{number}].phone")
    return contact


_CREATOR_BECOMES = {
    Role.CASE_MANAGER: CareRole.CASE_MANAGER,
    Role.CLINICIAN: CareRole.CLINICIAN,
    Role.SUPERVISOR: CareRole.SUPERVISOR,
}


def create_client(tx: Tx, new: ClientNew) -> Client:
    """A new client; whoever creates the record starts on the care team in their own role.

    With an id of the sender's choice, the same sent twice is one client.
    """
    access.require(tx, Action.CREATE_CLIENT)
    client_id = new.id or new_id()
    try:
        with tx.savepoint():
            return _sent_before(tx, client_id, new) or _new_client(tx, client_id, new)
    except IntegrityError:  # another request added it at this moment
        if (found := _sent_before(tx, client_id, new)) is None:
            raise
        return found


def _sent_before(tx: Tx, client_id: UUID, new: ClientNew) -> Client | None:
    if new.id is None:
        return None
    return sent_again.client(tx, client_id, new, checked_phone(new.phone, "phone") if new.phone else None)


def _new_client(tx: Tx, client_id: UUID, new: ClientNew) -> Client:
    programme = programmes.of_actor(tx)
    row = Client(
        id=client_id,
        programme_id=programme.id,
        wrapped_key=tx.vault.new_subject_key(client_id),
        created_at=tx.now,
        plan_revision=0,
    )
    _seal_profile(tx, row, new, tx.vault.subject(row.id, row.wrapped_key))
    tx.session.add(row)
    tx.session.flush()
    audit.record(tx, "client.create", client_id=client_id)
    role = _CREATOR_BECOMES[Role(tx.actor.role)]
    assert tx.actor.id is not None  # noqa: S101  the table lets only staff create clients
    _begin_spell(tx, client_id, role, tx.actor.id)
    return row


def edit_client(tx: Tx, client_id: UUID, edit: ClientEdit, version: int) -> Client:
    """Change a client's record; refused when somebody else saved after `version` was read.

    What is stored and no longer opens stays for a repair, where nothing is written in its place.
    """
    facts = access.client(tx, Action.EDIT_CLIENT, client_id)
    row = tx.session.get_one(Client, facts.id, with_for_update=True)
    if row.version != version:
        raise EditedMeanwhile(extra={"version": row.version})
    _seal_profile(tx, row, edit, access.key(tx, facts))
    audit.record(tx, "client.edit", client_id=client_id)
    tx.session.flush()
    return row


def set_care_role(tx: Tx, client_id: UUID, new: CareSpellNew) -> None:
    """Give a care role from now on (or leave it empty); the spell before ends at the same instant.

    Changes of one client's team wait for each other.
    """
    facts = access.client(tx, Action.EDIT_CARE_TEAM, client_id)
    tx.session.get_one(Client, facts.id, with_for_update=True)
    if new.staff_id is not None:
        row = access.colleague(tx, Action.EDIT_CARE_TEAM, new.staff_id)
        reason = care_team.why_not(new.role, row.role)
        if reason or row.left_at is not None:
            raise Invalid.field("staff_id", reason or "this staff member has left")
    give_care_role(tx, facts.id, new.role, new.staff_id)
    audit.record(tx, "care_team.set", client_id=facts.id, row_id=new.staff_id, data={"role": new.role})


def give_care_role(tx: Tx, client_id: UUID, role: CareRole, staff_id: UUID | None) -> None:
    """The spell of a role ends and the next begins, without asking who may: callers have asked and record it."""
    _end_spells(tx, CareSpell.client_id == client_id, CareSpell.role == role)
    if staff_id is not None:
        _begin_spell(tx, client_id, role, staff_id)


def _end_spells(tx: Tx, *which: ColumnElement[bool]) -> None:
    running = (*which, CareSpell.to_at.is_(None))
    # A spell that began at this very instant never counted for anybody.
    tx.session.execute(delete(CareSpell).where(*running, CareSpell.from_at >= tx.now))
    tx.session.execute(update(CareSpell).where(*running).values(to_at=tx.now))


def _begin_spell(tx: Tx, client_id: UUID, role: CareRole, staff_id: UUID) -> None:
    tx.session.add(
        CareSpell(id=new_id(), client_id=client_id, staff_id=staff_id, role=role, from_at=tx.now, to_at=None)
    )
    tx.session.flush()
