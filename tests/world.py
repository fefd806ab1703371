"""The whole service in one process, with a named cast, a movable clock and strict phones.

Requests go through the real application, pushes through the genuine firebase-admin to a stand-in over a real
socket. A message that a test did not take from its phone fails the test.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Self
from uuid import UUID, uuid4

import httpx
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import select

from notifications.delivery.channels.fcm import FcmChannel
from notifications.delivery.enveloping import NOTICE
from notifications.delivery.models import ChannelName, Message
from server.app import create_app, fresh_state
from server.core.db import Database, Tx
from server.core.settings import Settings, check
from server.core.tables import new_id
from server.people import actions, sessions
from server.people.models import CareSpell, Client, Staff
from server.people.schemas import StaffNew
from server.people.terms import CareRole, Language, RiskLevel, Role
from server.worker import Jobs
from tests.clock import MovableClock
from tests.fakes.fcm import Delivery, FcmServer

TASKS = ("open_due", "remind_due", "close_missed", "climb_due", "send_due")


_apps: list[Litestar] = []


def an_app(db: Database, settings: Settings) -> Litestar:
    """The application over this database. It is built once for each test process and holds nothing but its state."""
    if not _apps:
        _apps.append(create_app(db, settings))
    _apps[0].state = fresh_state(db, settings)
    return _apps[0]


class Api:
    """Requests as one person, through the real application."""

    def __init__(self, client: TestClient[Any], token: Callable[[], str] | None) -> None:
        self._client = client
        self._token = token

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        own = {"Authorization": f"Bearer {self._token()}"} if self._token else {}
        headers = {**own, **options.pop("headers", {})}
        address = path if path.startswith("/health") else f"/api{path}"
        return self._client.request(method, address, headers=headers, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.call("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        return (
            self.call("POST", path, json=json, **options)
            if json is not None
            else self.call("POST", path, **options)
        )

    def put(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        return (
            self.call("PUT", path, json=json, **options)
            if json is not None
            else self.call("PUT", path, **options)
        )

    def delete(self, path: str, **options: Any) -> httpx.Response:
        return self.call("DELETE", path, **options)


@dataclass
class Phone:
    """One person's phone at the push service. What arrives has to be taken, or the test fails."""

    fcm: FcmServer
    token: str
    db: Database
    _taken: int = 0

    def waiting(self) -> list[Delivery]:
        """What arrived and was not taken, oldest first."""
        return self.fcm.inbox(self.token)[self._taken :]

    def kind_of(self, delivery: Delivery) -> str:
        """What it is about. A client's push does not say: only the outbox knows."""
        data = delivery.message["data"]
        if data["kind"] != NOTICE:
            return str(data["kind"])
        assert set(data) == {"kind", "message"}, data
        query = select(Message.kind).where(Message.id == UUID(data["message"]))
        return self.db.read_now(lambda tx: tx.session.scalars(query).one())

    def take(self, kind: str) -> Delivery:
        """The next message, which has to be of this kind."""
        waiting = self.waiting()
        assert waiting, f"{self.token}: expected {kind}, nothing arrived"
        found = self.kind_of(waiting[0])
        assert found == kind, f"{self.token}: expected {kind}, {found} arrived"
        self._taken += 1
        return waiting[0]

    def take_all(self) -> list[str]:
        """Everything that arrived, by kind; for tests that are about something else."""
        kinds = [self.kind_of(delivery) for delivery in self.waiting()]
        self._taken += len(kinds)
        return kinds

    def nothing(self) -> None:
        """Nothing arrived."""
        kinds = [self.kind_of(delivery) for delivery in self.waiting()]
        assert not kinds, f"{self.token}: unexpected {kinds}"


@dataclass
class Person:
    """Somebody of the cast."""

    id: UUID
    name: str
    token: str
    api: Api
    phone: Phone
    device_id: UUID = field(default_factory=uuid4)


@dataclass(frozen=True)
class Cast:
    """Who is in a database that `World` has filled before: to be met there again, in a copy of it."""

    programme_id: UUID
    other_programme_id: UUID
    people: tuple[tuple[UUID, str, str, UUID], ...]
    """Each one's id, name, token and device."""


class World:
    """Riverside with Mara, Ben, Sol, Ida, Adi and the client Noor; Otto works for another programme."""

    mara: Person
    ben: Person
    sol: Person
    ida: Person
    adi: Person
    otto: Person
    noor: Person

    def __init__(
        self,
        db: Database,
        clock: MovableClock,
        folder: Path,
        fcm: FcmServer,
        channel: FcmChannel,
        cast: Cast | None = None,
    ) -> None:
        """With `cast`, those who are in this database already; without, they are added to it."""
        self._known = cast
        self.db = db
        self.clock = clock
        self.folder = folder
        self.fcm = fcm
        self.channel = channel
        self.people: dict[str, Person] = {}

    def __enter__(self) -> Self:
        self.fcm.forget()
        self.jobs = Jobs(self.db, {ChannelName.FCM: self.channel})
        settings = check({"data": str(self.folder), "base_url": "https://handrail.example"})
        self.client = TestClient(an_app(self.db, settings))
        self.client.__enter__()
        if self._known:
            self._meet(self._known)
        else:
            self._add_cast()
        return self

    def __exit__(self, *problem: object) -> None:
        self.client.__exit__(None, None, None)
        self.jobs.close()

    # the cast

    def cast(self) -> Cast:
        """Everybody who is here, to be met again in a copy of this database."""
        people = ((each.id, each.name, each.token, each.device_id) for each in self.people.values())
        return Cast(self.programme_id, self.other_programme_id, tuple(people))

    def _meet(self, cast: Cast) -> None:
        self.programme_id, self.other_programme_id = cast.programme_id, cast.other_programme_id
        for person_id, name, token, device_id in cast.people:
            person = self._person(person_id, name, token, device=False)
            person.device_id = device_id
            setattr(self, name.lower(), person)

    def _add_cast(self) -> None:
        riverside = self.db.write_now(
            lambda tx: actions.create_programme(tx, "Riverside", "America/Chicago").id
        )
        elsewhere = self.db.write_now(
            lambda tx: actions.create_programme(tx, "Elsewhere", "America/New_York").id
        )
        self.programme_id, self.other_programme_id = riverside, elsewhere
        for name, role, programme in (
            ("mara", Role.CASE_MANAGER, riverside),
            ("ben", Role.CASE_MANAGER, riverside),
            ("sol", Role.SUPERVISOR, riverside),
            ("ida", Role.CLINICIAN, riverside),
            ("adi", Role.ADMINISTRATOR, riverside),
            ("otto", Role.SUPERVISOR, elsewhere),
        ):
            setattr(self, name, self.staff(name.title(), role, programme))
        self.noor = self.add_client("Noor")

    def staff(self, name: str, role: Role, programme_id: UUID, *, device: bool = True) -> Person:
        """A staff member, signed in, with a phone that takes pushes."""

        def create(tx: Tx) -> tuple[UUID, str]:
            email = f"{name.lower()}@{programme_id.hex[-6:]}.example"
            row, _, _ = actions.create_staff(tx, programme_id, StaffNew(name=name, email=email, role=role))
            row.email_proved_at = tx.now
            return row.id, sessions.start(tx, programme_id=programme_id, staff_id=row.id)

        staff_id, token = self.db.write_now(create)
        return self._person(staff_id, name, token, device=device)

    def add_client(
        self,
        name: str,
        *,
        zone: str = "America/Chicago",
        language: Language = Language.EN,
        risk_level: RiskLevel = RiskLevel.LOW,
        device: bool = True,
        team: bool = True,
    ) -> Person:
        """A client with Mara, Ben, Sol and Ida on the care team, paired with a phone that takes pushes."""

        def create(tx: Tx) -> tuple[UUID, str]:
            client_id = new_id()
            wrapped = tx.vault.new_subject_key(client_id)
            row = Client(
                id=client_id,
                programme_id=self.programme_id,
                zone=zone,
                language=language,
                risk_level=risk_level,
                wrapped_key=wrapped,
                name=tx.vault.subject(client_id, wrapped).seal_text("clients.name", client_id, name),
                plan_revision=0,
                created_at=tx.now,
            )
            tx.session.add(row)
            tx.session.flush()
            if team:
                for role, person in (
                    (CareRole.CASE_MANAGER, self.mara),
                    (CareRole.BACKUP, self.ben),
                    (CareRole.SUPERVISOR, self.sol),
                    (CareRole.CLINICIAN, self.ida),
                ):
                    spell = CareSpell(
                        client_id=client_id, staff_id=person.id, role=role, from_at=tx.now, to_at=None
                    )
                    tx.session.add(spell)
            tx.session.flush()
            return client_id, sessions.start(tx, programme_id=self.programme_id, client_id=client_id)

        client_id, token = self.db.write_now(create)
        return self._person(client_id, name, token, device=device)

    def _person(self, person_id: UUID, name: str, token: str, *, device: bool) -> Person:
        signed_in_at = [self.clock.at]

        def current() -> str:
            """The person's token; they sign in again when the session has grown old."""
            if self.clock.at - signed_in_at[0] > timedelta(minutes=20):
                person.token = self.new_session(person)
                signed_in_at[0] = self.clock.at
            return person.token

        person = Person(
            id=person_id,
            name=name,
            token=token,
            api=Api(self.client, current),
            phone=Phone(self.fcm, f"phone-of-{name.lower()}-{person_id.hex[-8:]}", self.db),
        )
        self.people[name.lower()] = person
        if device:
            body = {"channel": "fcm", "token": person.phone.token}
            answer = person.api.put(f"/me/devices/{person.device_id}", body)
            assert answer.status_code in (200, 201, 204), answer.text
        return person

    def anybody(self) -> Api:
        """Requests without signing in."""
        return Api(self.client, None)

    # time

    def tick(self) -> None:
        """What the worker does at this instant: every job until nothing is due, and every send recorded."""
        for _ in range(50):
            done = sum(self.jobs.run(name) for name in TASKS)
            self.jobs.sender.drain()
            if not done:
                return
        raise AssertionError("the jobs never came to rest")

    def pass_time(self, *, step_seconds: float = 30, **parts: float) -> None:
        """Let time pass with the worker beating, for instance pass_time(minutes=12)."""
        until = self.clock.at + timedelta(**parts)
        self.tick()
        while self.clock.at < until:
            self.clock.set(min(until, self.clock.at + timedelta(seconds=step_seconds)))
            self.tick()

    def new_session(self, person: Person) -> str:
        """Another session of this person's."""

        def start(tx: Tx) -> str:
            row = tx.session.get(Client, person.id)
            if row is not None:
                return sessions.start(tx, programme_id=row.programme_id, client_id=row.id)
            found = tx.session.get_one(Staff, person.id)
            return sessions.start(tx, programme_id=found.programme_id, staff_id=found.id)

        return self.db.write_now(start)

    def nothing_unexpected(self) -> None:
        """Every phone is empty."""
        self.tick()
        for person in self.people.values():
            person.phone.nothing()
