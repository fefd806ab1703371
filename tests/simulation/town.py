"""Who lives in the town: a programme, its staff, and clients with schedules, made by the service's own verbs."""

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import UUID, uuid4

from checkins import schedules
from checkins.schedule import Frequency, Recurrence
from checkins.schemas import ScheduleIn
from notifications.delivery import devices
from notifications.delivery.schemas import FcmDeviceIn
from server.core.actor import Actor, ActorKind
from server.core.db import Database, Tx
from server.people import actions, sessions
from server.people.schemas import CareSpellNew, ClientNew, StaffNew
from server.people.terms import CareRole, RiskLevel, Role
from tests.simulation import laws
from tests.simulation.duty import Book, open_book

ZONES = (
    "America/Chicago",
    "America/New_York",
    "America/Denver",
    "America/Los_Angeles",
    "Europe/Madrid",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/St_Johns",
)
_STAFF = ((Role.SUPERVISOR, 3), (Role.CLINICIAN, 4), (Role.CASE_MANAGER, 22), (Role.ADMINISTRATOR, 1))


@dataclass
class Someone:
    """A staff member or a client as the simulation acts for them."""

    actor: Actor
    name: str
    team: dict[CareRole, "Someone"] = field(default_factory=dict)
    here: bool = True

    @property
    def id(self) -> UUID:
        assert self.actor.id is not None
        return self.actor.id


@dataclass
class Town:
    """Everybody."""

    programme_id: UUID
    staff: dict[UUID, Someone]
    clients: dict[UUID, Someone]
    book: Book

    def addresses(self, person: UUID) -> set[str]:
        """Where this person is: a phone, and staff a mailbox."""
        mailbox = {_mailbox(self.staff[person].name)} if person in self.staff else set[str]()
        return {f"phone of {person}", *mailbox}

    def of(self, role: Role) -> list[Someone]:
        """Those of a role who still work here."""
        return [one for one in self.staff.values() if one.actor.role == role and one.here]


def settle(db: Database, dice: Random, *, clients: int, staff: int) -> Town:
    """An empty database becomes the town. About `staff` people work there, whatever the number of clients."""
    programme_id = db.write_now(lambda tx: actions.create_programme(tx, "Riverside", "America/Chicago").id)
    hired: dict[UUID, Someone] = {}
    whole = sum(count for _, count in _STAFF)
    for role, share in _STAFF:
        for number in range(max(2, round(share * staff / whole)) if role is not Role.ADMINISTRATOR else 1):
            one = db.write_now(lambda tx, role=role, n=number: _hire(tx, programme_id, role, f"{role} {n}"))
            hired[one.id] = one
    elsewhere = db.write_now(lambda tx: actions.create_programme(tx, "Elsewhere", "America/Chicago").id)
    for role in (Role.SUPERVISOR, Role.CASE_MANAGER):  # they must hear of nothing
        db.write_now(lambda tx, role=role: _hire(tx, elsewhere, role, f"{role} of Elsewhere"))
    db.write_now(lambda tx: [tx.connection.exec_driver_sql(index) for index in laws.FOUND_BY])
    town = Town(programme_id, hired, {}, Book([], []))
    managers = [one.id for one in town.of(Role.CASE_MANAGER)]
    town.book = open_book(db, town.of(Role.SUPERVISOR)[0].actor, managers)
    for number in range(clients):
        one = db.write_now(lambda tx, n=number: _arrive(tx, town, dice, f"Client {n}"))
        town.clients[one.id] = one
    return town


def _hire(tx: Tx, programme_id: UUID, role: Role, name: str) -> Someone:
    new = StaffNew(name=name, email=_mailbox(name), role=role)
    row, _, _ = actions.create_staff(tx, programme_id, new)
    row.email_proved_at = tx.now
    one = Someone(Actor(kind=ActorKind.STAFF, id=row.id, programme_id=programme_id, role=role.value), name)
    tx.actor = one.actor
    devices.register(tx, uuid4(), FcmDeviceIn(token=f"phone of {one.id}"))
    return one


def _mailbox(name: str) -> str:
    return f"{name.replace(' ', '.')}@riverside.example"


def _arrive(tx: Tx, town: Town, dice: Random, name: str) -> Someone:
    team = {
        CareRole.CASE_MANAGER: dice.choice(town.of(Role.CASE_MANAGER)),
        CareRole.BACKUP: dice.choice(town.of(Role.CASE_MANAGER)),
        CareRole.SUPERVISOR: dice.choice(town.of(Role.SUPERVISOR)),
        CareRole.CLINICIAN: dice.choice(town.of(Role.CLINICIAN)),
    }
    manager = team[CareRole.CASE_MANAGER]
    tx.actor = manager.actor
    risk = dice.choice(tuple(RiskLevel))
    client_id = actions.create_client(tx, ClientNew(name=name, zone=dice.choice(ZONES), risk_level=risk)).id
    for role, who in team.items():
        if role is not CareRole.CASE_MANAGER and who is not manager:
            actions.set_care_role(tx, client_id, CareSpellNew(role=role, staff_id=who.id))
    times = tuple(
        sorted(
            f"{hour:02}:{dice.choice((0, 15, 30)):02}"
            for hour in dice.sample(range(dice.choice((0, 1)), 24, 2), dice.choice((1, 1, 2)))
        )
    )
    schedules.create(
        tx,
        client_id,
        ScheduleIn(
            recurrence=Recurrence(frequency=Frequency.DAILY, times=times),
            window_minutes=dice.choice((45, 60)),
            reminders=(15,),
            starts_on=(tx.now + timedelta(days=dice.choice((0, 0, 1)))).date(),
        ),
    )
    token = sessions.start(tx, programme_id=town.programme_id, client_id=client_id)
    tx.seen.clear()
    one = Someone(sessions.authenticate(tx, token), name, team)
    tx.actor = one.actor
    devices.register(tx, uuid4(), FcmDeviceIn(token=f"phone of {client_id}"))
    return one
